package lang

import (
	"github.com/shoji-pg/shoji/spec"
)

func refreshBlock(b *body, r *spec.Refresh) {
	at := &r.At
	b.required("from", databases.ref(&r.From), &at.From, "The source. It is only read.")
	b.required("to", databases.ref(&r.To), &at.To, "The target.")
	b.optional("key", secrets.ref(&r.Key), nil,
		"The key of keyed masks, 16 bytes or more. The same key gives the same masked values.")
	b.optional("mode", choice(&r.Mode, spec.Swap, spec.Replace), nil,
		"`\"swap\"` (default): build beside the live "+
			"copy, then rename. `\"replace\"`: fill the live tables in one transaction.")
	b.optional("schemas", texts(&r.Schemas), &at.Schemas, "Only these schemas; all of the source's without it.")
	b.optional("jobs", integer(&r.Jobs, 1, 64), &at.Jobs, "Connections to each side, 1 to 64, 4 by default.")
	b.optional("foreign_keys", choice(&r.ForeignKeys, spec.FKAuto, spec.FKOrder, spec.FKConstraints, spec.FKReplica,
		spec.FKParameterGroup), &at.ForeignKeys,
		"In mode replace: `\"auto\"` (default), `\"order\"`, `\"constraints\"`, "+
			"`\"replica\"` or `\"parameter_group\"`.")
	b.optional("verify", choice(&r.Verify, "sample", "full", "off"), &at.Verify,
		"`\"sample\"` (default), `\"full\"` or `\"off\"`.")
	b.optional("min_changed", share(&r.MinChanged), nil,
		"The share of each masked column's values that its "+
			"mask must change, 0 to 1; without it, at least one value. [Why](masks.md#a-mask-that-changes-nothing).")
	b.optional("disconnect", choice(&r.Disconnect, "terminate", "wait"), &at.Disconnect,
		"Sessions on the live copy at the swap: `\"terminate\"` (default) or `\"wait\"`.")
	b.optional("owner", roleName(&r.Owner), &at.Owner,
		"The owner of the objects of the copy; the connected user by default.")
	b.optional("template", text(&r.Template), &at.Template,
		"The database of the target's server that a copy begins as, in mode swap: an administrator has created "+
			"extensions in it. An empty one by default. [More](extensions.md#a-template).")
	b.optional("via", buckets.ref(&r.Via), &at.Via,
		"Rows are staged in this bucket; without it they go straight from source to target.")
	ways := []spec.Way{spec.WayAuto, spec.WayServer, spec.WayClient}
	b.optional("export", choice(&r.Export, ways...), &at.Export, "Who writes the bucket: `\"server\"` (the source, by "+
		"`aws_s3`), `\"client\"` (shoji), or `\"auto\"` (default), and the plan says why.")
	b.optional("import", choice(&r.Import, ways...), &at.Import, "Who reads the bucket: `\"server\"` (the target, by "+
		"`aws_s3`), `\"client\"` (shoji), or `\"auto\"` (default).")
	b.nested("clone",
		"Read from a copy-on-write clone of the source's cluster, made for the run and removed after it, "+
			"whatever happens.", func(n *body) { copyBlock(n, r, spec.CopyClone) })
	b.nested("restore",
		"Read from what a snapshot of the source is restored to, where a clone cannot be had: of an RDS "+
			"instance, in another region, or under another account's own key. All of it is removed after the run.",
		func(n *body) { copyBlock(n, r, spec.CopyRestore) })
	b.nested("schema",
		"What of the source's structure crosses beside its tables, in mode swap: at most one a refresh. An "+
			"argument is `true` (default), `false`, or a list of patterns of qualified names; a "+
			"pattern that begins with `!` "+
			"takes names away again. [More](modes-and-types.md#what-of-the-structure-crosses).",
		func(n *body) { structureBlock(n, r) })
	b.nested("extensions",
		"Which extensions of the source the copy has: all without it. [More](extensions.md).",
		func(n *body) { extensionsBlock(n, r) })
	b.check(func() {
		checkMode(b, r)
		checkTargets(b, r)
		checkVia(b, r)
	})
}

func extensionsBlock(b *body, r *spec.Refresh) {
	x := &spec.Extensions{Range: b.place}
	b.optional("skip", texts(&x.Skip), &x.At.Skip, "Names of extensions that are left out, with what depends on them.")
	b.check(func() {
		if r.Extensions != nil {
			b.errorf(b.place, "Extensions block declared twice",
				"A refresh has one extensions block; it is at %s already.", r.Extensions.Range)
			return
		}
		r.Extensions = x
	})
}

// checkMode reports arguments that do not go with the mode.
func checkMode(b *body, r *spec.Refresh) {
	if r.Schemas != nil && len(r.Schemas) == 0 {
		b.errorf(r.At.Schemas.Range, "An empty selection",
			"schemas = [] selects nothing. Omit it to select all schemas.")
	}
	if r.Mode == spec.Swap && r.At.ForeignKeys.Written {
		b.errorf(r.At.ForeignKeys.Range, "foreign_keys is for mode replace",
			"In mode swap foreign keys are added when the rows are there.")
	}
	if r.Mode == spec.Replace && r.At.Owner.Written {
		b.errorf(r.At.Owner.Range, "owner is for mode swap",
			"In mode replace the tables exist already and keep their owners.")
	}
	if r.Mode == spec.Replace && r.At.Template.Written {
		b.errorf(r.At.Template.Range, "template is for mode swap",
			"In mode replace no database is created. Remove the argument.")
	}
	if r.ForeignKeys == spec.FKParameterGroup && r.To != nil && r.To.Cluster == nil {
		b.errorf(r.At.ForeignKeys.Range, "Parameter group without a cluster",
			"%s has no cluster. Write cluster = cluster.x there.", r.To.Address())
	}
}

// checkTargets reports a target that is the source, or that a refresh before this one fills too.
func checkTargets(b *body, r *spec.Refresh) {
	if r.From != nil && r.From == r.To {
		b.errorf(r.At.To.Range, "Source and target are the same", "%s would be copied onto itself.", r.From.Address())
	}
	for _, other := range b.project.Refreshes {
		if other == r {
			return
		}
		if other.To != nil && other.To == r.To {
			b.errorf(r.At.To.Range, "Two refreshes fill one database", "%s fills %s too. Give each its own target.",
				other.Address(), r.To.Address())
		}
	}
}

// checkVia reports what does not go with the bucket that rows are staged in.
func checkVia(b *body, r *spec.Refresh) {
	checkStaged := func(name string, a spec.Argument) {
		if a.Written && !r.At.Via.Written {
			b.errorf(a.Range, name+" is for rows that are staged", "Without via the rows go straight from source to "+
				"target. Add via = bucket.NAME, or remove %s.", name)
		}
	}
	checkStaged("export", r.At.Export)
	checkStaged("import", r.At.Import)
	if r.Via == nil || r.Via.In == nil || r.Export != spec.WayServer || r.From == nil || r.From.Cluster == nil ||
		r.From.Cluster.In == nil {
		return
	}
	if at, source := r.Via.In, r.From.Cluster.In; at.Account != source.Account || at.Region != source.Region {
		b.errorf(r.At.Via.Range, "A server exports within its account and region only",
			"%s is in %s of account %s, and %s "+
				"in %s of %s. Put the bucket beside the source, or set export = \"client\".", r.Via.Address(),
			at.Region,
			at.Account, r.From.Cluster.Address(), source.Region, source.Account)
	}
}
