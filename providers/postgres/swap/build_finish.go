package swap

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

func identOf(e ddl.Entry) string { return sqltext.Ident(e.Schema, e.Table) }

// sequences adds the step that sets all sequences. It waits for all rows: a value that is
// read before them could be lower than a key among them.
func (b *build) sequences() {
	inCopy := map[catalog.Ref]bool{}
	for _, e := range b.Script.Entries {
		if e.Type == "SEQUENCE" {
			inCopy[catalog.Ref{Schema: e.Schema, Name: e.Name}] = true
		}
	}
	o := SetSequences{Database: b.inNext(), Source: op.SourceOf(b.Refresh)}
	ofExtensions := o // they belong to who creates the extensions
	ofExtensions.Role = ""
	for _, q := range b.Source.Sequences {
		if !inCopy[catalog.Ref{Schema: q.Schema, Name: q.Name}] && !b.bringsSequence(q) {
			continue
		}
		s := transfer.NewSequence(q, b.Sequences)
		if q.Extension != "" && o.Role != "" && b.Target.Administers(q.Extension) {
			ofExtensions.Sequences = append(ofExtensions.Sequences, s)
		} else {
			o.Sequences = append(o.Sequences, s)
		}
		if s.Value != nil || s.Readable {
			continue
		}
		note := "sequence %s may not be read on the source and starts anew; " +
			"GRANT SELECT ON SEQUENCE %s gives its own value"
		if s.Column != "" {
			note = "sequence %s may not be read on the source and starts after the largest copied value; " +
				"GRANT SELECT ON SEQUENCE %s gives its own"
		}
		b.draft.Notes = append(b.draft.Notes,
			fmt.Sprintf(note, ddl.Path(q.Schema, q.Name), sqltext.Ident(q.Schema, q.Name)))
	}
	if len(o.Sequences) > 0 {
		b.add(op.Fill(b.step("sequences", "", "set the sequences", []string{b.rowsID}), o))
	}
	if len(ofExtensions.Sequences) > 0 {
		s := b.step("sequences", "extensions", "set the sequences of extensions", []string{b.rowsID})
		b.add(op.Fill(s, ofExtensions))
	}
}

// bringsSequence reports whether the copy has a sequence from its extension.
func (b *build) bringsSequence(q catalog.Sequence) bool {
	return q.Extension != "" && !b.Refresh.SkipsExtension(q.Extension) &&
		(b.Refresh.Schemas == nil || slices.Contains(b.Refresh.Schemas, q.Schema))
}

// matviews adds the refresh of each materialised view that holds rows on the source, after
// those it reads. A function in it may read any table, so all rows and indexes come first.
func (b *build) matviews() {
	inCopy := map[catalog.Ref]bool{}
	for _, e := range b.Script.Entries {
		if e.Type == "MATERIALIZED VIEW" {
			inCopy[catalog.Ref{Schema: e.Schema, Name: e.Name}] = true
		}
	}
	var todo []catalog.MatView
	for _, v := range b.Source.MatViews {
		if v.Populated && inCopy[catalog.Ref{Schema: v.Schema, Name: v.Name}] {
			todo = append(todo, v)
		}
	}
	if todo == nil {
		return
	}
	base := b.barrier("built", "", "all tables are copied, with their indexes and keys", b.all())
	ids := map[catalog.Ref]string{}
	for _, v := range todo {
		ref := catalog.Ref{Schema: v.Schema, Name: v.Name}
		ids[ref] = b.prefix + "matview[" + ddl.Path(v.Schema, v.Name) + "]"
	}
	for _, v := range todo {
		path, ref := ddl.Path(v.Schema, v.Name), catalog.Ref{Schema: v.Schema, Name: v.Name}
		needs := []string{base}
		for _, d := range v.DependsOn {
			if id, ok := ids[d]; ok {
				needs = append(needs, id)
			}
		}
		s := b.step("matview", path, "refresh materialized view "+path, needs)
		view := RefreshView{
			Database: b.inNext(),
			Schema:   v.Schema,
			View:     v.Name,
			Memory:   b.memory(),
			Looking:  b.looking(ref, "", catalog.SearchingView),
		}
		a := b.step("analyze", path, "analyze "+path, []string{b.add(op.Fill(s, view))})
		b.add(op.Fill(a, Analyze{
			Database: b.inNext(),
			Schema:   v.Schema,
			Table:    v.Name,
			Looking:  b.looking(ref, "", catalog.SearchingIndex, catalog.SearchingStatistics),
		}))
	}
}

// analyze adds the statistics of each table whose rows were copied, and of partitioned ones, whose
// ANALYZE takes their partitions in. It needs the table's indexes (statistics of expressions).
func (b *build) analyze() {
	for _, t := range b.Source.Tables {
		if t.PartitionOf != "" || b.trees.paths[t.OID] == "" {
			continue
		}
		members := b.trees.of(t.OID)
		if !slices.ContainsFunc(members, func(oid uint32) bool { return b.copied[oid] != "" }) {
			continue
		}
		path := ddl.Path(t.Schema, t.Name)
		needs := append(slices.Clone(b.on(t.OID).objects), b.rowsOf(t.OID))
		if len(members) == 1 {
			needs = append(needs, b.on(t.OID).built...)
		} else {
			needs = append(needs, b.builtOn(t.OID)...)
		}
		s := b.step("analyze", path, "analyze "+path, needs)
		s.Contends = []string{b.tree(t.OID)}
		s.Priority = b.rank[t.OID]
		b.add(op.Fill(s, Analyze{
			Database: b.inNext(),
			Schema:   t.Schema,
			Table:    t.Name,
			Looking:  b.looking(t.Ref(), "", catalog.SearchingIndex, catalog.SearchingStatistics),
		}))
	}
}

func (b *build) grants() {
	if len(b.Grants) == 0 {
		return
	}
	first := b.barrier("complete", "", "the copy is complete but for its privileges", b.all())
	for _, s := range b.Grants {
		s.Needs = append(slices.Clone(s.Needs), first)
		slices.Sort(s.Needs)
		s.Needs = slices.Compact(s.Needs)
		b.add(s)
	}
}

func (b *build) settings() {
	texts := settingStatements(b.Names.Next, b.Target.Databases[b.Names.Live], b.Target.Settings)
	if len(texts) == 0 {
		return
	}
	o := CarrySettings{Database: b.inMaintenance(), Next: b.Names.Next, Settings: texts}
	b.add(op.Fill(b.step("settings", "", "carry settings over", b.all()), o))
}

// swap adds the step that makes the copy the live one, and returns its ID.
func (b *build) swap() string {
	n, f := b.Names, b.Target
	live, hadLive := f.Databases[n.Live]
	_, hadPrevious := f.Databases[n.Previous]
	user, mark, ours := ParseComment(live.Comment)
	o := Swap{
		Database:    b.inMaintenance(),
		Names:       n,
		Refresh:     b.Refresh.Address(),
		HadLive:     hadLive,
		HadPrevious: hadPrevious,
		ForeignLive: hadLive && (!ours || mark.Foreign),
		LiveComment: user,
		Wait:        b.Refresh.Disconnect == "wait",
	}
	s := b.step("swap", "", "swap "+n.Next+" in as "+n.Live, b.all())
	s.Contends = []string{"swap:" + b.Refresh.To.Name}
	b.swapNotes(o, live)
	return b.add(op.Fill(s, o))
}

func (b *build) swapNotes(o Swap, live Database) {
	n := b.Names
	note := func(format string, args ...any) { b.draft.Notes = append(b.draft.Notes, fmt.Sprintf(format, args...)) }
	note("built as %s; until the swap %s stays as it is, and a run that fails drops %s", n.Next, n.Live, n.Next)
	switch {
	case o.HadLive && o.Wait:
		note("at the swap, sessions on %s are waited for", n.Live)
	case o.HadLive:
		note("at the swap, sessions on %s are ended", n.Live)
	}
	if o.HadLive {
		note("the copy of now is kept as %s for rollback", n.Previous)
		if b.Refresh.Owner == "" && live.Owner != b.Target.User {
			note("%s belongs to %s, the copy will belong to %s; owner = %q keeps it", n.Live, live.Owner, b.Target.User,
				live.Owner)
		}
	}
	if mark, ok := b.Target.Mark(n.Previous); ok {
		note("the copy before it, %s, is dropped after the swap", n.Previous)
		if mark.Foreign {
			b.draft.Hazards = append(b.draft.Hazards, engine.Hazard{Name: engine.DeletesData,
				Reason: fmt.Sprintf("%s is what %s was before the first refresh, and is dropped after this one",
					n.Previous, n.Live)})
		}
	}
}

// notes adds what concerns the refresh as a whole.
func (b *build) notes() {
	if n := b.Source.LargeObjects; n > 0 {
		b.draft.Notes = append(b.draft.Notes,
			fmt.Sprintf("%d large objects of the source are not copied: they cannot be masked", n))
	}
}
