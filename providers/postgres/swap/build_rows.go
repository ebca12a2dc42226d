package swap

import (
	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// copies adds the steps that move rows. Straight: a snapshot, then copy[…] for each table. Staged:
//
//	stage ── snapshot ── export[…] ── import[…] ── remove
//
// All that reads the source is one atomic set: what is staged must be of one snapshot.
func (b *build) copies() {
	b.copied = map[uint32]string{}
	begin := []string{b.schemaID}
	staging := b.Staging
	if staging == nil {
		staging = &Staging{}
	}
	if staging.Begin != nil {
		begin = append(begin, b.add(staging.Begin(b.step("stage", "", "get the bucket ready", nil))))
	}
	first := b.schemaID
	if b.Open != nil {
		s := b.step("snapshot", "", "open a snapshot of the source", begin)
		s.Atomic = b.prefix + "data"
		first = b.add(b.Open(s))
	}
	ready := []string{b.schemaID}
	if staging.Prepare != nil {
		ready = []string{
			b.add(staging.Prepare(b.step("prepare", "", "get "+b.Names.Next+" ready for loading",
				[]string{b.schemaID}))),
		}
	}
	for _, t := range b.Tables {
		if t.Treatment != decide.Copy {
			continue
		}
		if b.Staging == nil {
			b.copied[t.Source.OID] = b.add(b.Copy(t, b.rows("copy", t, []string{first}, b.prefix+"data")))
			continue
		}
		needs := append([]string(nil), ready...)
		if staging.Export != nil {
			needs = append(needs, b.add(staging.Export(t, b.rows("export", t, []string{first}, b.prefix+"data"))))
		}
		b.copied[t.Source.OID] = b.add(b.Copy(t, b.rows("import", t, needs, "")))
	}
	b.loaded(staging)
}

// rows returns the step that moves the rows of a table.
func (b *build) rows(what string, t decide.Table, needs []string, atomic string) engine.Step {
	path := ddl.Path(t.Source.Schema, t.Source.Name)
	s := b.step(what, path, what+" "+path, needs)
	s.Atomic, s.Priority = atomic, b.rank[t.Source.OID]
	if t.Range != nil {
		s.Range, s.Snippet = t.Range, t.Snippet
	}
	return s
}

// loaded adds what comes when all rows are there.
func (b *build) loaded(staging *Staging) {
	needs := []string{b.schemaID}
	for _, id := range b.copied {
		needs = append(needs, id)
	}
	if staging.Finish != nil {
		b.add(staging.Finish(b.step("finish", "", "take back what loading needed", append([]string(nil), needs...))))
	}
	if staging.Remove != nil && !staging.Last {
		b.add(staging.Remove(b.step("remove", "", "remove what is staged", append([]string(nil), needs...))))
	}
}

// removeLast is for what is staged by somebody else: it stays until the copy is in place, so that a run that fails can
// begin again.
func (b *build) removeLast() {
	if b.Staging != nil && b.Staging.Remove != nil && b.Staging.Last {
		b.add(b.Staging.Remove(b.step("remove", "", "remove what is staged", b.all())))
	}
}
