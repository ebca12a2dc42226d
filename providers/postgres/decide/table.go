package decide

import (
	"sort"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// resolver is one run of Resolve.
type resolver struct {
	Input
	diags   diag.Diagnostics
	schemas map[string]bool // those that the refresh takes; nil: all
	tables  map[catalog.Ref]*tableNode
	byName  map[string]*tableNode // as PartitionOf names them
	order   []*tableNode
	rules   []*rule
	// relations are the foreign keys and links between tables of the refresh.
	relations []*relation
}

// tableNode is a Table with what is known of it while it is decided.
type tableNode struct {
	Table
	block    *spec.Table
	root     *tableNode // whose decision it shares: itself, unless it is a partition without a block of its own
	parts    []*tableNode
	columns  []*columnNode // in order
	byName   map[string]*columnNode
	siblings []string
	types    map[string]mask.Type
	spoken   map[string]said    // what the block says of columns; filled when first asked for
	rules    []*rule            // for columns of this table; filled when first asked for
	keys     [][]string         // those that tell all rows apart; filled when first asked for
	checked  *check.MaskedTable // what is known of masked values; filled when first asked for
}

// columnNode is a column of the source while it is decided.
type columnNode struct {
	table   *tableNode
	source  *catalog.Column
	decided *Column // nil where nobody did
	// refs are the keys that it refers to, the referring columns the way back.
	refs      []reference
	referrers []*columnNode
	// choice is a link whose target depends on another column of the row.
	choice *choice
	domain *domain  // found when first asked for
	tags   []string // filled when first asked for
	asking bool     // its domain is being looked for: a cycle of keys
}

func (c *columnNode) fullName() string { return c.table.Source.FullName() + "." + c.source.Name }

// crosses reports whether the table's rows are in the copy, its own or those of its partitions.
func (t *tableNode) crosses() bool { return t.Treatment == Copy || t.Treatment == Partitioned }

func newTable(source *catalog.Table) *tableNode {
	t := &tableNode{
		Table:  Table{Source: source},
		byName: make(map[string]*columnNode, len(source.Columns)),
		types:  make(map[string]mask.Type, len(source.Columns)),
	}
	t.root = t
	for i := range source.Columns {
		c := &columnNode{table: t, source: &source.Columns[i]}
		t.columns = append(t.columns, c)
		t.byName[c.source.Name] = c
		t.siblings = append(t.siblings, c.source.Name)
		t.types[c.source.Name] = c.source.Type
	}
	return t
}

// selectTables takes the tables of the refresh's schemas. An empty selection is an error, never an empty copy.
func (r *resolver) selectTables() {
	if r.Refresh.Schemas != nil {
		r.schemas = map[string]bool{}
	}
	missing := map[string]bool{}
	for _, s := range r.Refresh.Schemas {
		r.schemas[s], missing[s] = true, true
	}
	var known []string
	for _, s := range r.Source.Schemas {
		known = append(known, s.Name)
		delete(missing, s.Name)
	}
	at := &r.Refresh.At.Schemas.Range
	for _, s := range sorted(missing) {
		r.errorf(UnknownSchema, at, "Unknown schema", "%s takes schema %q, which the source does not have.%s",
			r.Refresh.Address(), s, diag.DidYouMean(s, known))
	}
	for i := range r.Source.Tables {
		source := &r.Source.Tables[i]
		if !r.inSchemas(source.Schema) {
			continue
		}
		t := newTable(source)
		r.tables[source.Ref()], r.byName[source.FullName()] = t, t
		r.order = append(r.order, t)
	}
	if len(r.order) == 0 && len(missing) == 0 {
		r.errorf(EmptySelection, at, "An empty selection",
			"%s finds no table on the source. Does %s connect to the right database, and may it use the schemas?",
			r.Refresh.Address(), r.Refresh.From.Address())
	}
}

func (r *resolver) inSchemas(schema string) bool { return r.schemas == nil || r.schemas[schema] }

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for s := range set {
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}

// applies reports whether a block that is limited to some refreshes is about this one.
func (r *resolver) applies(list []*spec.Refresh) bool {
	if list == nil {
		return true
	}
	for _, x := range list {
		if x == r.Refresh {
			return true
		}
	}
	return false
}

// bindBlocks finds the table of each table block that is about this refresh.
func (r *resolver) bindBlocks() {
	for _, b := range r.Tables {
		if !r.applies(b.Refreshes) {
			continue
		}
		ref := catalog.Ref{Schema: b.Schema, Name: b.Name}
		if t := r.tables[ref]; t != nil {
			t.block = b
			continue
		}
		at := b.Range
		if !r.inSchemas(b.Schema) {
			r.errorf(OutsideRefresh, &at, "Table outside of the refresh",
				"%s takes only the schemas %v, and this table is in %q. Take the block away, add the schema, or say "+
					"with refreshes = […] which refresh it is for.",
				r.Refresh.Address(), r.Refresh.Schemas, b.Schema)
			continue
		}
		r.unknownTable(&at, ref)
	}
}

func (r *resolver) unknownTable(at *diag.Range, ref catalog.Ref) {
	var known []string
	for _, t := range r.order {
		known = append(known, t.Source.FullName())
	}
	r.errorf(UnknownTable, at, "Unknown table", "The source of %s has no table %s.%s", r.Refresh.Address(), ref,
		diag.DidYouMean(ref.String(), known))
}

// findRoot finds the table whose decision a partition shares: its nearest parent with a block, else the top.
func (r *resolver) findRoot(t *tableNode) {
	if parent := r.byName[t.Source.PartitionOf]; parent != nil {
		parent.parts = append(parent.parts, t)
	}
	for t.root.Source.PartitionOf != "" && t.root.block == nil {
		parent := r.byName[t.root.Source.PartitionOf]
		if parent == nil {
			return
		}
		t.root = parent
	}
}
