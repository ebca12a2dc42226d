package swap

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// last are the types that come when the rows have been checked: they act on rows or on who
// may see them, and nothing is built on them. A rule named _RETURN is the body of a view.
func last(e ddl.Entry) bool {
	switch e.Type {
	case "TRIGGER", "POLICY", "ROW SECURITY", "COMMENT", "EVENT TRIGGER":
		return true
	case "RULE":
		return e.Name != "_RETURN"
	}
	return false
}

// postSteps remembers which steps touch which table, while postData goes through the entries.
type postSteps struct {
	made        map[int][]string    // ID of an entry: the steps after which it exists
	constraints map[uint32][]string // by table
	tables      map[int]uint32      // ID of a TABLE entry: its OID
}

// postData adds a step for each index, key, foreign key and late view. Their order, and why no
// two of them can wait for each other's locks (each step is one transaction of its own):
//
//   - An index or key is built when its table has its rows, in a tree when all of it has. The
//     keys of a table come one after the other (ACCESS EXCLUSIVE), then its indexes all at once
//     (SHARE does not conflict with itself). What has more than one statement upgrades its
//     lock, and therefore has the table to itself.
//   - ATTACH takes a parent and its child: one step a tree, after all its indexes.
//   - A foreign key takes both tables (SHARE ROW EXCLUSIVE). It is added NOT VALID, which reads
//     nothing, after all indexes of both trees, with both for itself. Then it is validated
//     (SHARE UPDATE EXCLUSIVE on its own table, ROW SHARE on the other), so that the keys of
//     several tables are checked at once even where they refer to one. On partitioned tables
//     that is not possible before 18, and would leave the partitions' keys unvalidated.
//
// Locks: manual, 13.3.1, and the notes of ALTER TABLE.
func (b *build) postData() {
	p := &postSteps{
		made:        map[int][]string{},
		constraints: map[uint32][]string{},
		tables:      map[int]uint32{},
	}
	for _, e := range b.Script.Entries {
		if e.Type == "TABLE" {
			p.tables[e.ID] = e.TableOID
		}
	}
	var keys, indexes, attach, foreign, objects []ddl.Entry
	entries := b.Script.InSection(ddl.Post)
	early := builtUpon(entries)
	for _, e := range entries {
		switch {
		case e.Type == "EVENT TRIGGER", e.Type == "COMMENT" && strings.HasPrefix(e.Name, "EVENT TRIGGER "):
			b.eventTriggers = append(b.eventTriggers, e)
		case last(e) && !early[e.ID]:
			b.final = append(b.final, e)
		case e.Type == "CONSTRAINT" || e.Type == "CHECK CONSTRAINT":
			keys = append(keys, e)
		case e.Type == "INDEX":
			indexes = append(indexes, e)
		case e.Type == "INDEX ATTACH":
			attach = append(attach, e)
		case e.Type == "FK CONSTRAINT":
			foreign = append(foreign, e)
		default:
			objects = append(objects, e)
		}
	}
	// IDs first: entries of one kind may depend on those of a later kind.
	for _, e := range slices.Concat(keys, indexes, objects) {
		p.made[e.ID] = []string{b.reserve(e)}
	}
	for _, e := range keys {
		p.constraints[e.TableOID] = append(p.constraints[e.TableOID], p.made[e.ID]...)
	}
	for _, e := range slices.Concat(keys, indexes) {
		tree := b.on(e.TableOID)
		tree.built = append(tree.built, p.made[e.ID]...)
	}
	for _, e := range keys {
		b.keyOrIndex(p, e, CheckConstraint)
	}
	for _, e := range indexes {
		b.keyOrIndex(p, e, CheckIndex)
	}
	b.attachments(p, attach)
	for _, e := range objects {
		b.object(p, e)
	}
	for _, e := range foreign {
		b.foreignKey(p, e)
	}
}

// builtUpon finds the entries of the last group that something earlier depends on.
func builtUpon(entries []ddl.Entry) map[int]bool {
	early := map[int]bool{}
	for _, e := range slices.Backward(entries) {
		if last(e) && !early[e.ID] {
			continue
		}
		for _, dep := range e.Depends {
			early[dep] = true
		}
	}
	return early
}

// reserve returns the ID that the step of an entry will have.
func (b *build) reserve(e ddl.Entry) string { return b.step(nameOf(e), of(e), "", nil).ID }

// nameOf returns the name of the step that makes an entry.
func nameOf(e ddl.Entry) string {
	switch e.Type {
	case "CONSTRAINT", "CHECK CONSTRAINT":
		return "constraint"
	case "INDEX":
		return "index"
	case "FK CONSTRAINT":
		return "foreign_key"
	}
	return "object"
}

func of(e ddl.Entry) string {
	if nameOf(e) == "object" {
		return e.Object()
	}
	return e.Path()
}

// entryStep adds the step of an entry under the ID that is reserved for it.
func (b *build) entryStep(p *postSteps, e ddl.Entry, check CheckKind, needs, contends []string) {
	id := p.made[e.ID][0]
	for _, dep := range e.Depends {
		needs = append(needs, p.made[dep]...)
	}
	needs = slices.DeleteFunc(needs, func(need string) bool { return need == id })
	delete(b.ids, id)
	s := b.step(nameOf(e), of(e), "create "+e.Object(), needs)
	s.ID = id
	b.ids[id] = true
	b.post(s, e, check, contends, e.SQL)
}

// post fills in a step that runs SQL of one entry, and adds it.
func (b *build) post(s engine.Step, e ddl.Entry, check CheckKind, contends []string, sql ...string) string {
	o := CreatePostData{Database: b.inNext(), Memory: b.memory()}
	if e.Table != "" {
		o.Looking = b.looking(catalog.Ref{Schema: e.Schema, Name: e.Table}, e.Name, catalog.SearchingIndex,
			catalog.SearchingConstraint, catalog.SearchingStatistics)
	} else {
		o.Looking = b.looking(catalog.Ref{Schema: e.Schema, Name: e.Name}, "", catalog.SearchingView)
	}
	if check != "" {
		o.Check = &Check{Kind: check, Schema: e.Schema, Table: e.Table, Name: e.Name}
	}
	for _, text := range sql {
		o.Objects = append(o.Objects, objectOf(e, text))
	}
	slices.Sort(contends)
	s.Contends = slices.Compact(contends)
	s.Priority = b.rank[e.TableOID]
	return b.add(op.Fill(s, o))
}

// looking returns where functions that are run for a relation find others, and whether an object of it calls one that
// has to: one of the given kinds, and of the given name where that is not "".
func (b *build) looking(r catalog.Ref, name string, kinds ...catalog.SearchingKind) Looking {
	l := Looking{Path: b.Source.PathOf(r)}
	for _, s := range b.Source.Searching {
		l.Known = l.Known || s.Relation == r && slices.Contains(kinds, s.Kind) && (name == "" || s.Name == name)
	}
	return l
}

// keyOrIndex: a partitioned table's own index or key locks the whole tree, so all rows of a
// tree come first; those of the partitions depend on it.
func (b *build) keyOrIndex(p *postSteps, e ddl.Entry, check CheckKind) {
	needs := []string{b.schemaID, b.rowsOf(e.TableOID)}
	var contends []string
	if e.Type != "INDEX" {
		contends = []string{b.table(e.TableOID)}
	} else {
		needs = append(needs, p.constraints[e.TableOID]...)
		if e.AltersTable() {
			contends = []string{b.table(e.TableOID)}
		}
	}
	b.entryStep(p, e, check, needs, contends)
}

// table and tree name what steps contend for.
func (b *build) table(oid uint32) string { return "table:" + b.Names.Next + ":" + b.trees.paths[oid] }
func (b *build) tree(oid uint32) string {
	return "tree:" + b.Names.Next + ":" + b.trees.paths[b.trees.root(oid)]
}

// attachments adds one step a tree. ALTER INDEX … ATTACH of what is attached already does
// nothing, so that the step can be run again.
func (b *build) attachments(p *postSteps, attach []ddl.Entry) {
	var roots []uint32
	byRoot := map[uint32][]ddl.Entry{}
	for _, e := range attach {
		root := uint32(0)
		for _, dep := range e.Depends {
			if oid, ok := p.tables[dep]; ok {
				root = b.trees.root(oid)
			}
		}
		if byRoot[root] == nil {
			roots = append(roots, root)
		}
		byRoot[root] = append(byRoot[root], e)
	}
	for _, root := range roots {
		var sql, needs []string
		for _, e := range byRoot[root] {
			sql = append(sql, e.SQL)
			for _, dep := range e.Depends {
				needs = append(needs, p.made[dep]...)
			}
		}
		path := b.trees.paths[root]
		s := b.step("attach", path, "attach the indexes of the partitions of "+path, append(needs, b.on(root).built...))
		id := b.post(s, ddl.Entry{Type: "INDEX ATTACH", Name: path, TableOID: root}, "", []string{b.tree(root)}, sql...)
		for _, e := range byRoot[root] {
			p.made[e.ID] = []string{id}
		}
		b.on(root).built = []string{id} // it waits for the others
	}
}

// object adds a step for what is neither index nor key: a view that groups by a primary key,
// extended statistics.
func (b *build) object(p *postSteps, e ddl.Entry) {
	needs := []string{b.schemaID}
	for _, dep := range e.Depends {
		if oid, ok := p.tables[dep]; ok && e.Type == "STATISTICS" {
			needs = append(needs, b.rowsOf(oid))
			needs = append(needs, b.builtOn(oid)...)
		}
	}
	b.entryStep(p, e, "", needs, nil)
	if e.TableOID != 0 {
		tree := b.on(e.TableOID)
		tree.objects = append(tree.objects, p.made[e.ID]...)
	}
}

func (b *build) foreignKey(p *postSteps, e ddl.Entry) {
	needs := []string{}
	contends := []string{b.tree(e.TableOID)}
	split := b.copied[e.TableOID] != "" && !b.trees.partitioned(e.TableOID)
	for _, dep := range e.Depends {
		needs = append(needs, p.made[dep]...)
		oid, ok := p.tables[dep]
		if !ok {
			continue
		}
		split = split && !b.trees.partitioned(oid)
		contends = append(contends, b.tree(oid))
		needs = append(needs, b.builtOn(oid)...)
	}
	// All rows first: a run that is resumed before that copies every table again, and a table that a
	// foreign key refers to cannot be truncated.
	needs = append(needs, b.rowsID)
	add, ok := e.NotValid()
	s := b.step("foreign_key", e.Path(), "add foreign key "+e.Path(), needs)
	if !split || !ok {
		b.post(s, e, CheckConstraint, contends, e.SQL)
		return
	}
	id := b.post(s, e, CheckConstraint, contends, add)
	v := b.step("validate", e.Path(), "check foreign key "+e.Path(), []string{id})
	b.post(v, e, "", []string{b.tree(e.TableOID)},
		"ALTER TABLE ONLY "+identOf(e)+" VALIDATE CONSTRAINT "+quote(e.Name)+";")
}
