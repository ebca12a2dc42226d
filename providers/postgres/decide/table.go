package decide

import (
	"sort"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
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
	// masks has the SQL of each mask once: that of many columns is the same, and holds lists of words.
	masks map[string]string
}

// tableNode is a Table while it is being decided.
type tableNode struct {
	Table
	block    *spec.Table
	root     *tableNode // the table that decides for it: itself, or for a partition without a block one above
	parts    []*tableNode
	columns  []*columnNode // in order
	byName   map[string]*columnNode
	siblings []string
	types    map[string]mask.Type
	rulings  map[string]ruling  // what the block says of columns; filled on first use
	rules    []*rule            // for columns of this table; filled on first use
	keys     [][]string         // those that identify rows; filled on first use
	checked  *check.MaskedTable // what is known of masked values; filled on first use
	tells    *personal.Table    // of people; filled on first use
}

// columnNode is a column of the source while it is being decided.
type columnNode struct {
	table   *tableNode
	source  *catalog.Column
	decided *Column // nil while it is not
	// refs are the keys that it refers to, referrers the columns that refer to it.
	refs      []reference
	referrers []*columnNode
	// choice is a link whose key depends on another column of the row.
	choice   *choice
	domain   *domain  // filled on first use
	tags     []string // filled on first use
	visiting bool     // its domain is being looked for: a cycle of keys
}

func (c *columnNode) fullName() string { return c.table.FullName() + "." + c.source.Name }

// masked returns the decision on a column if it is masked, else nil.
func (c *columnNode) masked() *Column {
	if c == nil || c.decided == nil || c.decided.Decision != Masked {
		return nil
	}
	return c.decided
}

// isAlwaysNull reports whether a mask makes a column NULL in every row.
func (c *columnNode) isAlwaysNull() bool {
	d := c.masked()
	return d != nil && d.Expr.Null == mask.NullAlways
}

// crosses reports whether the rows of the table or of its partitions are copied.
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

// selectTables selects the tables of the refresh's schemas. An empty selection is an error, never an empty copy.
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
		r.errorf(UnknownSchema, at, "Unknown schema", "%s selects schema %q, which does not exist on the source.%s",
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
		r.errorf(EmptySelection, at, "No tables selected",
			"%s finds no table on the source. Does %s connect to the right database, and does its "+
				"user have USAGE on the schemas?",
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

// applies reports whether a block that lists refreshes is about this one.
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

// bindBlocks finds the table of each table block for this refresh.
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
			r.errorf(OutsideRefresh, &at, "Table outside the refresh",
				"%s selects only the schemas %v, and this table is in %q. Remove the block, add the schema, or list "+
					"with refreshes = […] the refreshes that it is for.",
				r.Refresh.Address(), r.Refresh.Schemas, b.Schema)
			continue
		}
		r.unknownTable(&at, ref)
	}
}

func (r *resolver) unknownTable(at *diag.Range, ref catalog.Ref) {
	var known []string
	for _, t := range r.order {
		known = append(known, t.FullName())
	}
	r.errorf(UnknownTable, at, "Unknown table", "The source of %s has no table %s.%s", r.Refresh.Address(), ref,
		diag.DidYouMean(ref.String(), known))
}

// findRoot finds the table that decides for a partition: its nearest parent with a block, else the topmost.
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
