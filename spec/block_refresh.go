package spec

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
)

func (l *loader) readRefreshes() {
	l.refreshes = l.declareAll("refresh", func(in *instance) cty.Value {
		r := &Refresh{
			Name:    in.block.Labels[0],
			EachKey: in.key,
			Range:   rangeOf(in.block.DefRange()),
			Ranges:  in.ranges(),
			Jobs:    4,
			From:    reference[Database](in, "from", databaseType, "a database, such as database.prod"),
			To:      reference[Database](in, "to", databaseType, "a database, such as database.staging"),
			Key:     reference[Secret](in, "key", secretType, "a secret, such as secret.mask_key"),
			Mode:    Mode(in.choice("mode", string(Swap), string(Replace))),
			ForeignKeys: ForeignKeys(in.choice("foreign_keys", string(FKAuto), string(FKOrder), string(FKConstraints),
				string(FKReplica), string(FKParameterGroup))),
			Verify:     in.choice("verify", "sample", "full", "off"),
			Disconnect: in.choice("disconnect", "terminate", "wait"),
			Schemas:    in.strs("schemas", false),
			Owner:      l.roleName(in, "owner"),
		}
		r.MinChanged = in.share("min_changed")
		if n := in.integer("jobs", 1, 64); n != nil {
			r.Jobs = *n
		}
		r.Export, r.Import = Way(in.choice("export", string(WayAuto), string(WayServer), string(WayClient))),
			Way(in.choice("import", string(WayAuto), string(WayServer), string(WayClient)))
		l.checkRefresh(in, r)
		l.readStructure(in, r)
		l.later(func() {
			l.via(in, r)
			l.copies(in, r)
		})
		l.project.Refreshes = append(l.project.Refreshes, r)
		return cty.CapsuleVal(refreshType, r)
	})
}

func (l *loader) checkRefresh(in *instance, r *Refresh) {
	if in.has("schemas") && len(r.Schemas) == 0 {
		l.errorf(in.at("schemas"), "An empty selection", "schemas = [] selects nothing. Leave it out for all schemas.")
	}
	if r.From != nil && r.From == r.To {
		l.errorf(in.at("to"), "Source and target are the same", "%s would be copied onto itself.", r.From.Address())
	}
	if r.Mode == Swap && in.has("foreign_keys") {
		l.errorf(in.at("foreign_keys"), "foreign_keys is for mode replace",
			"In mode swap foreign keys are added when the rows are there.")
	}
	if r.Mode == Replace && in.has("owner") {
		l.errorf(in.at("owner"), "owner is for mode swap",
			"In mode replace the tables are there already and keep their owners.")
	}
	if r.ForeignKeys == FKParameterGroup && r.To != nil && r.To.Cluster == nil {
		l.errorf(in.at("foreign_keys"), "The parameter group of which cluster?",
			"%s has no cluster. Write cluster = cluster.x there.", r.To.Address())
	}
	for _, other := range l.project.Refreshes {
		if other.To != nil && other.To == r.To {
			l.errorf(in.at("to"), "Two refreshes fill one database", "%s fills %s too. Give each its own target.",
				other.Address(), r.To.Address())
		}
	}
}

// via reads the bucket that rows are staged in, which is declared after the refreshes.
func (l *loader) via(in *instance, r *Refresh) {
	r.Via = reference[Bucket](in, "via", bucketType, "a bucket, such as bucket.transfer")
	for _, name := range []string{"export", "import"} {
		if in.has(name) && !in.has("via") {
			l.errorf(in.at(name), name+" is for rows that are staged",
				"Without via the rows go straight from source to target. Add via = bucket.NAME, or take %s away.", name)
		}
	}
	if r.Via == nil || r.Via.In == nil || r.Export != WayServer || r.From == nil || r.From.Cluster == nil ||
		r.From.Cluster.In == nil {
		return
	}
	if b, c := r.Via.In, r.From.Cluster.In; b.Account != c.Account || b.Region != c.Region {
		l.errorf(in.at("via"), "A server exports within its account and region only",
			"%s is in %s of account %s, and %s in %s of %s. Put the bucket beside the source, "+
				"or take export = \"client\".",
			r.Via.Address(), b.Region, b.Account, r.From.Cluster.Address(), c.Region, c.Account)
	}
}

// roleName reads an argument that is a role's name, or a declared role.
func (l *loader) roleName(in *instance, name string) string {
	v, ok := in.value(name, false)
	if !ok || v.IsNull() {
		return ""
	}
	if v.Type() == roleType {
		return v.EncapsulatedValue().(*Role).Name
	}
	return in.str(name)
}

// ranges gives the places of the arguments that are written.
func (in *instance) ranges() map[string]diag.Range {
	out := make(map[string]diag.Range, len(in.content.Attributes))
	for name, a := range in.content.Attributes {
		out[name] = rangeOf(a.Expr.Range())
	}
	return out
}

// list reads an argument that is a list of blocks of a kind.
func list[T any](in *instance, name string, t cty.Type, what string) []*T {
	v, ok := in.value(name, false)
	if !ok || v.IsNull() {
		return nil
	}
	if v.Type() == t {
		return []*T{v.EncapsulatedValue().(*T)}
	}
	var out []*T
	if v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if e.Type() != t || e.IsNull() {
				in.l.errorf(in.at(name), "Wrong type of argument", "%q must be a list of %s.", name, what)
				return nil
			}
			out = append(out, e.EncapsulatedValue().(*T))
		}
		return out
	}
	in.l.errorf(in.at(name), "Wrong type of argument", "%q must be a list of %s.", name, what)
	return nil
}
