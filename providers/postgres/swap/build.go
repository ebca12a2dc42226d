package swap

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// Kinds returns the kinds of steps of this package.
func Kinds() op.Kinds {
	return op.Kinds{
		CreateDatabase{}, CreateObjects{}, CreatePostData{}, SetSequences{}, RefreshView{}, Analyze{}, CarrySettings{},
		Swap{}, Rollback{},
	}
}

// Build returns the steps of a refresh in mode swap:
//
//	create_database ── schema ── copy[…] ── constraint[…] ── index[…] ── attach[…] ── foreign_key[…] ── validate[…]
//	                                 └─ sequences        └─ object[…], matview[…], analyze[…]
//	… all of them ── verify ── objects ── (grants) ── record ── event_triggers ── settings ── swap
//
// Between them are barriers: rows, and those of trees of tables. What many steps wait for is named once.
//
// Rows are checked before triggers, policies and row security come, which would hide rows from
// an owner whom they are forced on. It is pure; equal input gives equal steps.
func Build(in Input) (Draft, diag.Diagnostics) {
	b := &build{Input: in, prefix: in.Refresh.Address() + ".", ids: map[string]bool{}, copied: map[uint32]string{},
		onTree: map[uint32]*treeSteps{}}
	b.trees = newTrees(in.Script, in.Source)
	b.rankTables()

	b.createDatabase()
	b.schema()
	b.copies()
	b.sequences()
	b.postData()
	b.matviews()
	b.analyze()
	if in.Verify != nil {
		b.add(op.Fill(b.step("verify", "", "verify the copy", b.all()), in.Verify))
	}
	b.group("objects", "create triggers, rules, policies and comments", b.final)
	b.grants()
	if in.Record != nil {
		b.add(op.Fill(b.step("record", "", "record how the copy was made", b.all()), in.Record))
	}
	b.group("event_triggers", "create event triggers", b.eventTriggers)
	b.settings()
	b.serve(b.swap())
	b.removeLast()
	b.notes()
	return b.draft, preflight(in)
}

// build is one run of Build.
type build struct {
	Input
	draft  Draft
	prefix string
	ids    map[string]bool
	trees  *trees
	rank   map[uint32]int // OID of a table: 0 for the largest

	create, schemaID string
	copied           map[uint32]string // OID of a table: its copy step
	filling          map[string]bool   // IDs of the steps that fill the tables, and of those before them
	rowsID           string            // all rows are copied
	onTree           map[uint32]*treeSteps
	// final and eventTriggers are created when the rows have been checked.
	final, eventTriggers []ddl.Entry
}

// treeSteps are the steps that concern one tree of tables.
type treeSteps struct {
	built   []string // constraints, indexes and attachments
	objects []string // what else is made of its tables
	// rowsID and builtID are what a step waits for that needs all rows, or all that is built; "" until one does.
	rowsID, builtID string
}

// on returns the steps on the tree that a table is in.
func (b *build) on(oid uint32) *treeSteps {
	root := b.trees.root(oid)
	if b.onTree[root] == nil {
		b.onTree[root] = &treeSteps{}
	}
	return b.onTree[root]
}

func (b *build) rankTables() {
	tables := slices.Clone(b.Source.Tables)
	slices.SortStableFunc(tables, func(x, y catalog.Table) int { return cmp.Compare(y.Bytes, x.Bytes) })
	b.rank = map[uint32]int{}
	for i, t := range tables {
		b.rank[t.OID] = i
	}
}

// step returns a step with what all have in common. what is its name; of, unless "", the object in brackets.
func (b *build) step(what, of, title string, needs []string) engine.Step {
	id := b.prefix + what
	if of != "" {
		id += "[" + of + "]"
	}
	unique := id
	for n := 2; b.ids[unique]; n++ { // overloaded names that are quoted alike
		unique = fmt.Sprintf("%s#%d", id, n)
	}
	b.ids[unique] = true
	sort.Strings(needs)
	rng := b.Refresh.Range
	return engine.Step{
		ID:       unique,
		Address:  b.Refresh.Address(),
		Title:    title,
		Provider: op.Provider,
		Needs:    slices.Compact(needs),
		Range:    &rng,
	}
}

func (b *build) add(s engine.Step) string {
	b.draft.Steps = append(b.draft.Steps, s)
	return s.ID
}

// serve marks what is built on the rows as serving the swap: when one table cannot be filled, the others are filled for
// the faults that show, and nothing more is built.
func (b *build) serve(swap string) {
	for i := range b.draft.Steps {
		s := &b.draft.Steps[i]
		if s.Address == b.Refresh.Address() && s.ID != swap && !b.filling[s.ID] {
			s.Serves = swap
		}
	}
}

// barrier returns the ID of what a step waits for that needs all the given steps: a new barrier, unless it is one step.
func (b *build) barrier(what, of, title string, needs []string) string {
	if len(needs) == 1 {
		return needs[0]
	}
	s := b.step(what, of, title, needs)
	s.Kind = engine.KindBarrier
	return b.add(s)
}

// all returns the IDs of the steps so far that nothing needs yet: a step that waits for them waits for all.
func (b *build) all() []string {
	needed := map[string]bool{}
	for _, s := range b.draft.Steps {
		for _, id := range s.Needs {
			needed[id] = true
		}
	}
	var out []string
	for _, s := range b.draft.Steps {
		if !needed[s.ID] {
			out = append(out, s.ID)
		}
	}
	return out
}

func (b *build) createDatabase() {
	live := b.Target.Databases[b.Names.Live]
	user, _, _ := ParseComment(live.Comment)
	o := CreateDatabase{
		Database:   b.inMaintenance(),
		Names:      b.Names,
		Refresh:    b.Refresh.Address(),
		Create:     createStatement(b.Names, b.Refresh.Owner, b.Refresh.Template, b.Locale, live, b.Target.VersionNum),
		Template:   b.Refresh.Template,
		Comment:    user,
		Privileges: privilegeStatements(b.Names.Next, live),
	}
	for _, name := range []string{b.Names.Old, b.Names.Next} {
		if _, exists := b.Target.Databases[name]; exists {
			o.Leftovers = append(o.Leftovers, name)
		}
	}
	b.create = b.add(op.Fill(b.step("create_database", "", "create database "+b.Names.Next, slices.Clone(b.Roles)), o))
}

func (b *build) schema() {
	b.schemaID = b.create
	if id := b.group("schema", "copy the structure", b.Script.InSection(ddl.Pre)); id != "" {
		b.schemaID = id
	}
}

// group adds one step that creates entries in order, in few transactions. It waits for all
// before it.
func (b *build) group(name, title string, entries []ddl.Entry) string {
	if len(entries) == 0 {
		return ""
	}
	o := CreateObjects{Database: b.inNext(), Group: name}
	for _, e := range entries {
		o.Objects = append(o.Objects, objectOf(e, b.asAdministrator(e)))
	}
	return b.add(op.Fill(b.step(name, "", title, b.all()), o))
}

// objectOf returns what creates the object of an entry with sql.
func objectOf(e ddl.Entry, sql string) Object {
	o := Object{Name: e.Object(), Code: runsCode(e.Type), SQL: sql}
	if e.Type == "EXTENSION" {
		o.Extension = e.Name
	}
	return o
}

// runsCode reports whether objects of a type run what somebody wrote on the source.
func runsCode(entryType string) bool {
	switch entryType {
	case "FUNCTION", "PROCEDURE", "AGGREGATE", "TRIGGER", "EVENT TRIGGER", "RULE", "POLICY", "VIEW",
		"MATERIALIZED VIEW", "CAST", "TRANSFORM", "OPERATOR", "OPERATOR CLASS", "EXTENSION", "PROCEDURAL LANGUAGE",
		"ACCESS METHOD", "CONVERSION":
		return true
	}
	return false
}

// needsSuperuser reports whether the owner of the copy may not create objects of a type but a superuser who makes the
// copy may.
func needsSuperuser(entryType string) bool {
	switch entryType {
	case "EXTENSION", "EVENT TRIGGER", "ACCESS METHOD", "OPERATOR CLASS", "OPERATOR FAMILY", "SHELL TYPE",
		"TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "PROCEDURAL LANGUAGE":
		return true
	}
	return false
}

func (b *build) asAdministrator(e ddl.Entry) string {
	asUser := b.Target.Superuser && needsSuperuser(e.Type) || e.Type == "EXTENSION" && b.Target.Administers(e.Name)
	if b.owner() == "" || !asUser {
		return e.SQL
	}
	return "RESET ROLE;\n" + e.SQL + "\nSET ROLE " + sqltext.Ident(b.owner()) + ";"
}

// rowsOf returns the ID of what a step waits for that needs all rows of the tree that a table is in.
func (b *build) rowsOf(oid uint32) string {
	tree := b.on(oid)
	if tree.rowsID != "" {
		return tree.rowsID
	}
	var needs []string
	for _, member := range b.trees.of(oid) {
		if id, ok := b.copied[member]; ok {
			needs = append(needs, id)
		}
	}
	if needs == nil {
		needs = []string{b.schemaID}
	}
	path := b.trees.paths[b.trees.root(oid)]
	tree.rowsID = b.barrier("rows", path, "the rows of "+path+" are copied", needs)
	return tree.rowsID
}

// builtOn returns the IDs of what a step waits for that needs all constraints and indexes of the tree that a table is
// in. It is asked when all of them are planned.
func (b *build) builtOn(oid uint32) []string {
	tree := b.on(oid)
	if len(tree.built) == 0 {
		return nil
	}
	if tree.builtID == "" {
		path := b.trees.paths[b.trees.root(oid)]
		tree.builtID = b.barrier("built", path, path+" has its indexes and keys", tree.built)
	}
	return []string{tree.builtID}
}
