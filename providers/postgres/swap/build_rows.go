package swap

import (
	"maps"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// copies adds the steps that move rows. Straight: a snapshot, then copy[…] for each table. Staged:
//
//	stage ── snapshot ── export[…] ── import[…] ── remove
//
// All that reads the source is one atomic set: what is staged must be of one snapshot.
func (b *build) copies() {
	begin := []string{b.schemaID}
	if o := b.Rows.Reserve; o != nil {
		begin = append(begin, b.add(op.Fill(b.step("stage", "", "get the bucket ready", nil), o)))
	}
	first := b.schemaID
	if o := b.Rows.Open; o != nil {
		s := b.step("snapshot", "", "open a snapshot of the source", begin)
		s.Atomic = b.prefix + "data"
		first = b.add(op.Fill(s, o))
	}
	ready := b.schemaID
	if o := b.Rows.Prepare; o != nil {
		s := b.step("prepare", "", "get "+b.Names.Next+" ready for loading", []string{b.schemaID})
		ready = b.add(op.Fill(s, o))
	}
	byRef := map[catalog.Ref]TableRows{}
	for _, t := range b.Rows.Tables {
		byRef[t.Table.Source.Ref()] = t
	}
	visited := map[catalog.Ref]bool{}
	read := "" // what the CHECKs of other tables may read is there
	var load func(t TableRows)
	load = func(t TableRows) {
		source := t.Table.Source
		if visited[source.Ref()] {
			return
		}
		visited[source.Ref()] = true
		var keys []string // the keys of an extension's tables are there before the rows
		for _, k := range source.Constraints {
			to, ok := byRef[k.RefTable]
			if k.Kind != catalog.ForeignKey || source.Configuration == nil || !ok {
				continue
			}
			load(to)
			if id := b.copied[to.Table.Source.OID]; id != "" {
				keys = append(keys, id)
			}
		}
		if read != "" {
			keys = append(keys, read)
		}
		b.copied[source.OID] = b.load(t, first, ready, keys)
	}
	reads := func(t TableRows) bool { return slices.Contains(b.Source.Readers, t.Table.Source.Ref()) }
	for _, t := range b.Rows.Tables {
		if !reads(t) {
			load(t)
		}
	}
	if len(b.copied) > 0 && slices.ContainsFunc(b.Rows.Tables, reads) {
		copied := slices.Collect(maps.Values(b.copied))
		read = b.barrier("readable", "", "the tables that CHECKs may read are copied", copied)
	}
	for _, t := range b.Rows.Tables {
		load(t)
	}
	b.filling = map[string]bool{}
	for _, s := range b.draft.Steps {
		b.filling[s.ID] = true
	}
	b.loaded()
}

// load adds the steps of a table, after the snapshot is open, the next database is ready and the tables are filled that
// its keys refer to, and returns the ID of the last of them.
func (b *build) load(t TableRows, snapshot, ready string, keys []string) string {
	switch {
	case t.Export != nil:
		export := b.rows("export", t, []string{snapshot}, b.prefix+"data", t.Export)
		return b.rows("import", t, append(keys, ready, export), "", t.Load)
	case b.Rows.Open == nil:
		return b.rows("import", t, append(keys, ready), "", t.Load)
	}
	return b.rows("copy", t, append(keys, snapshot), b.prefix+"data", t.Load)
}

// rows adds a step that moves the rows of a table.
func (b *build) rows(what string, t TableRows, needs []string, atomic string, o op.Op) string {
	path := ddl.Path(t.Table.Source.Schema, t.Table.Source.Name)
	s := b.step(what, path, what+" "+path, needs)
	s.Atomic, s.Priority = atomic, b.rank[t.Table.Source.OID]
	if t.Table.Source.Configuration != nil {
		s.Priority = -1 // whether its rows may be written is seen only now
	}
	if t.Table.Range != nil {
		s.Range = t.Table.Range
	}
	return b.add(op.Fill(s, o))
}

// loaded adds what comes when all rows are loaded.
func (b *build) loaded() {
	needs := []string{b.schemaID}
	for _, id := range b.copied {
		needs = append(needs, id)
	}
	b.rowsID = b.barrier("rows", "", "all rows are copied", needs)
	if o := b.Rows.Finish; o != nil {
		b.add(op.Fill(b.step("finish", "", "take back what loading needed", []string{b.rowsID}), o))
	}
	if o := b.Rows.Remove; o != nil && !b.Rows.RemoveLast {
		b.add(op.Fill(b.step("remove", "", "remove what is staged", []string{b.rowsID}), o))
	}
}

// removeLast is for what is staged by somebody else: it stays until the copy is in place, so that a run that fails can
// begin again.
func (b *build) removeLast() {
	if o := b.Rows.Remove; o != nil && b.Rows.RemoveLast {
		b.add(op.Fill(b.step("remove", "", "remove what is staged", b.all()), o))
	}
}
