package replace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// foreignKeys chooses how foreign keys are kept from refusing rows on the way, and the order of the tables. auto takes
// what needs the least: the order of loading, where there is one; else the session setting, whose keys are checked by
// queries afterwards; else dropping and adding constraints, for an owner; else the parameter group of the target's
// cluster, which others feel too.
func (b *build) foreignKeys() ([]*decide.Table, treatment) {
	order, cycle := b.order()
	kind := b.Refresh.ForeignKeys
	auto := kind == spec.FKAuto
	if auto {
		switch {
		case cycle == nil:
			kind = spec.FKOrder
		case b.Rights.Replica && b.unchecked() == nil:
			kind = spec.FKReplica
		case b.Rights.Owner:
			kind = spec.FKConstraints
		case b.Rights.Group && b.unchecked() == nil:
			kind = spec.FKParameterGroup
		default:
			b.diags.Errorf(b.at(), "Foreign keys stand in the way",
				"The tables %s refer to each other in a circle, so no order of loading holds. %q may not set "+
					"session_replication_role (GRANT SET ON PARAMETER session_replication_role TO %s, from 15 on; or "+
					"rds_superuser, on RDS), does not own all of them (to drop and add constraints), and there is no "+
					"parameter group to do it: %s. Or make the keys deferrable, or use mode swap.",
				strings.Join(cycle, " -> "), b.Live.Server.User, sqltext.Ident(b.Live.Server.User), b.noGroup())
			return nil, treatment{}
		}
	}
	t := treatment{Kind: kind}
	circle := ""
	if cycle != nil && auto {
		circle = ", because the tables " + strings.Join(cycle, " -> ") + " refer to each other"
	}
	switch kind {
	case spec.FKOrder:
		if cycle != nil {
			b.diags.Errorf(b.at(), "There is no order of loading",
				"foreign_keys = \"order\", but the tables %s refer to each other in a circle. Use "+
					"\"auto\" or \"constraints\".", strings.Join(cycle, " -> "))
		}
		t.Reason = "parents are filled before their children, so every key is checked by its own trigger"
	case spec.FKConstraints:
		t.Reason = "dropped and added again in the same transaction, which checks them" + circle
		if auto && !b.Rights.Replica {
			t.Reason += fmt.Sprintf("; %q may not set session_replication_role", b.Live.Server.User)
		}
		if !b.Rights.Owner {
			b.diags.Errorf(b.at(), "Not enough privileges on the target",
				"foreign_keys = \"constraints\" needs the owner of the tables, and %q is not.", b.Live.Server.User)
		}
	case spec.FKReplica:
		t.Reason = "not checked while loading (session_replication_role = replica in this session), then " +
			"checked by a query for each" + circle
		if !b.Rights.Replica {
			b.diags.Errorf(b.at(), "Not enough privileges on the target",
				"foreign_keys = \"replica\" needs the right to set session_replication_role, and %q has it not. "+
					"GRANT SET ON PARAMETER session_replication_role TO %s; helps (from 15 on; revoke it before a "+
					"major upgrade on RDS, which it stands in the way of), or rds_superuser on RDS.",
				b.Live.Server.User, sqltext.Ident(b.Live.Server.User))
		}
	case spec.FKParameterGroup:
		t.Reason = "not checked while loading (session_replication_role = replica in the parameter group of the " +
			"cluster, for everybody, until it is put back), then checked by a query for each" + circle
		if auto {
			t.Reason += fmt.Sprintf("; %q may neither set session_replication_role nor drop constraints",
				b.Live.Server.User)
		}
		if !b.Rights.Group {
			b.diags.Errorf(b.at(), "The parameter group cannot be used", "foreign_keys = \"parameter_group\", but %s.",
				b.noGroup())
		}
	}
	if names := b.unchecked(); bypasses(kind) && names != nil {
		b.diags.Errorf(b.at(), "A constraint that nothing would check",
			"Deferrable exclusion constraints are not checked while foreign keys are not, and no query checks them "+
				"afterwards: %s. Use foreign_keys = \"constraints\" or mode swap.", strings.Join(names, ", "))
	}
	return order, t
}

// order sorts the filled tables so that a table comes after those that it refers to; a cycle is given as its path. Keys
// of a table to itself and keys that can be checked at the end of the transaction ask for no order: those of one COPY
// are checked when it ends.
func (b *build) order() (order []*decide.Table, cycle []string) {
	byRef := map[catalog.Ref]*decide.Table{}
	leaves := map[catalog.Ref][]*decide.Table{} // of a partitioned root
	for _, t := range b.filled {
		byRef[t.Source.Ref()] = t
		for parent := b.live[t.Source.Ref()].PartitionOf; parent != ""; {
			p := b.named(parent)
			if p == nil {
				break
			}
			leaves[p.Ref()] = append(leaves[p.Ref()], t)
			parent = p.PartitionOf
		}
	}
	state := map[*decide.Table]int{}
	var path []string
	var visit func(t *decide.Table)
	visit = func(t *decide.Table) {
		state[t] = 1
		path = append(path, t.Source.FullName())
		for _, r := range b.needs(t) {
			targets := leaves[r]
			if one := byRef[r]; one != nil {
				targets = append(targets, one)
			}
			for _, target := range targets {
				switch {
				case target == t:
				case state[target] == 1 && cycle == nil:
					for i, name := range path {
						if name == target.Source.FullName() {
							cycle = append(append([]string(nil), path[i:]...), name)
						}
					}
				case state[target] == 0:
					visit(target)
				}
			}
		}
		path = path[:len(path)-1]
		state[t] = 2
		order = append(order, t)
	}
	// What the CHECKs of a table read is there before its rows, unless a key says otherwise.
	reader := func(t *decide.Table) bool { return slices.Contains(b.Live.Readers, t.Source.Ref()) }
	for _, last := range []bool{false, true} {
		for _, t := range b.filled {
			if state[t] == 0 && reader(t) == last {
				visit(t)
			}
		}
	}
	return order, cycle
}

func (b *build) named(name string) *catalog.Table { return b.names[name] }

// needs are the tables that must be filled before t.
func (b *build) needs(t *decide.Table) []catalog.Ref {
	var out []catalog.Ref
	for _, k := range b.live[t.Source.Ref()].Constraints {
		if k.Kind == catalog.ForeignKey && !k.Deferrable {
			out = append(out, k.RefTable)
		}
	}
	return out
}

// affected are the foreign keys between tables of the refresh, on the target, without those that belong to a parent's.
func (b *build) affected(f func(t *catalog.Table, k catalog.Constraint)) {
	for i := range b.Live.Tables {
		t := &b.Live.Tables[i]
		if !b.empties(t) {
			continue
		}
		for _, k := range t.Constraints {
			if k.Kind == catalog.ForeignKey && !k.Inherited {
				f(t, k)
			}
		}
	}
}

func (b *build) constraints(how treatment) (drop, add []string) {
	if how.Kind != spec.FKConstraints {
		return nil, nil
	}
	b.affected(func(t *catalog.Table, k catalog.Constraint) {
		drop = append(drop, "ALTER TABLE "+sqltext.Ident(t.Schema, t.Name)+" DROP CONSTRAINT "+sqltext.Ident(k.Name))
		add = append(add, "ALTER TABLE "+sqltext.Ident(t.Schema, t.Name)+" ADD CONSTRAINT "+sqltext.Ident(k.Name)+" "+
			k.Definition)
	})
	return drop, add
}

// hasDeferrable reports whether a key can wait for the end of the transaction. It is checked there before anything
// else.
func (b *build) hasDeferrable() bool {
	found := false
	b.affected(func(_ *catalog.Table, k catalog.Constraint) { found = found || k.Deferrable })
	return found
}

// triggers switches the target's own triggers off and back to what they were: a copy must not send the mails of its
// rows. The session setting does that by itself, but for those that are enabled for replicas.
func (b *build) triggers(how treatment) (off, on []string) {
	words := map[byte]string{'O': "ENABLE", 'A': "ENABLE ALWAYS", 'R': "ENABLE REPLICA"}
	for _, r := range b.rewritten() {
		t := b.live[r]
		for _, g := range t.Triggers {
			bypassed := bypasses(how.Kind)
			if g.Enabled == 'D' || bypassed && g.Enabled == 'O' || !bypassed && !b.Rights.Owner && g.Enabled == 'R' {
				continue
			}
			off = append(off, "ALTER TABLE "+sqltext.Ident(t.Schema, t.Name)+" DISABLE TRIGGER "+sqltext.Ident(g.Name))
			on = append(on, "ALTER TABLE "+sqltext.Ident(t.Schema, t.Name)+" "+words[g.Enabled]+" TRIGGER "+
				sqltext.Ident(g.Name))
		}
	}
	if len(off) > 0 && !b.Rights.Owner {
		b.diags.Errorf(b.at(), "Triggers stand in the way",
			"The live tables have triggers that would fire for every row, and %q does not own the tables, so it "+
				"cannot switch them off: %s.", b.Live.Server.User, strings.Join(off, "; "))
	}
	return off, on
}
