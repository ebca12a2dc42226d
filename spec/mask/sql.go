package mask

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	pgquery "github.com/wasilibs/go-pgquery"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/diag"
)

// sqlMask is sql(expression): an expression of the team's own.
type sqlMask struct {
	expression string // as PostgreSQL's parser writes it
	reads      []string
	volatile   bool
}

func decodeSQL(a *args) (kind, error) {
	text, err := a.str("the expression")
	if err != nil {
		return nil, err
	}
	at := a.at
	o, err := a.options("volatile")
	if err != nil {
		return nil, err
	}
	m := sqlMask{}
	if m.volatile, err = o.boolean("volatile"); err != nil {
		return nil, err
	}
	a.at = at
	m.expression, m.reads, err = parseExpression(text, m.volatile)
	return m, err
}

func (m sqlMask) compile(c Column) (Expr, error) {
	if err := known(m.reads, c); err != nil {
		return Expr{}, err
	}
	p := Properties{Null: NullUnknown, Unique: Lossy, Deterministic: !m.volatile, MaxLength: -1, Strength: Partial, MayEqualRaw: true}
	if c.NotNull {
		p.Null = NullKept // what cannot be known here, the target's NOT NULL refuses
	}
	if len(m.reads) == 0 {
		p.Strength = Constant
	}
	return Expr{SQL: c.cast(m.expression), Reads: m.reads, Properties: p}, nil
}

// when is when(condition, then, else): a mask by row.
type when struct {
	condition string
	reads     []string
	yes, no   *Mask
}

func decodeWhen(a *args) (kind, error) {
	text, err := a.str("the condition")
	if err != nil {
		return nil, err
	}
	w := when{}
	if w.condition, w.reads, err = parseExpression(text, false); err != nil {
		return nil, err
	}
	if w.yes, err = a.mask("the mask where the condition holds"); err != nil {
		return nil, err
	}
	w.no, err = a.mask("the mask where it does not hold, or is NULL")
	return w, err
}

func (w when) compile(c Column) (Expr, error) {
	if err := known(w.reads, c); err != nil {
		return Expr{}, err
	}
	yes, err := w.yes.Compile(c)
	if err != nil {
		return Expr{}, err
	}
	no, err := w.no.Compile(c)
	if err != nil {
		return Expr{}, err
	}
	p := Properties{
		Null:          weakerNull(yes.Null, no.Null),
		Unique:        Lossy,
		Deterministic: yes.Deterministic && no.Deterministic,
		Keyed:         yes.Keyed,
		MaxLength:     max(yes.MaxLength, no.MaxLength),
		KeepsLength:   yes.KeepsLength && no.KeepsLength,
		Strength:      min(yes.Strength, no.Strength),
		MayEqualRaw:   yes.MayEqualRaw || no.MayEqualRaw,
	}
	if p.Keyed == NotKeyed {
		p.Keyed = no.Keyed
	}
	if yes.Unique != Lossy && no.Unique != Lossy {
		// A value that one branch makes may be one that the other keeps.
		p.Unique, p.Bits = Likely, max(yes.Bits, no.Bits)
	}
	if yes.MaxLength < 0 && !yes.KeepsLength || no.MaxLength < 0 && !no.KeepsLength {
		p.MaxLength = -1
	}
	if (yes.KeepsLength || no.KeepsLength) && !p.KeepsLength {
		// One branch is bounded by the column already, the other by its own length.
		p.MaxLength = max(yes.MaxLength, no.MaxLength)
	}
	sql := fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", w.condition, c.cast(yes.SQL), c.cast(no.SQL))
	return Expr{SQL: sql, Reads: unite(w.reads, yes.Reads, no.Reads), Properties: p}, nil
}

func weakerNull(a, b NullHandling) NullHandling {
	switch {
	case a == b:
		return a
	case a == NullUnknown || b == NullUnknown || a == NullAlways || b == NullAlways:
		return NullUnknown
	}
	return NullKept
}

func unite(lists ...[]string) []string {
	seen := map[string]bool{}
	for _, l := range lists {
		for _, s := range l {
			seen[s] = true
		}
	}
	out := make([]string, 0, len(seen))
	for s := range seen {
		out = append(out, s)
	}
	sort.Strings(out)
	return out
}

// known checks that the columns an expression reads are the table's.
func known(reads []string, c Column) error {
	for _, r := range reads {
		if !slices.Contains(c.Siblings, r) {
			return fmt.Errorf("table %s.%s has no column %q.%s", c.Schema, c.Table, r, diag.DidYouMean(r, c.Siblings))
		}
	}
	return nil
}

// ParseCondition checks the SQL of a table's rows: one expression without sub-selects and volatile
// functions. It gives the columns that it reads, sorted.
func ParseCondition(sql string) (reads []string, err error) {
	_, reads, err = parseExpression(sql, false)
	return reads, err
}

// parseExpression parses text with PostgreSQL's own parser as one scalar expression over the columns of one
// row, and writes it anew from the tree, so that no comment and no bracket of it can reach out.
func parseExpression(text string, volatile bool) (expression string, reads []string, err error) {
	if strings.TrimSpace(text) == "" {
		return "", nil, errors.New("the expression is empty")
	}
	if strings.ContainsRune(text, 0) {
		return "", nil, errors.New("the expression has a NUL byte")
	}
	tree, err := pgquery.Parse("SELECT " + text + "\n")
	if err != nil {
		return "", nil, fmt.Errorf("this is not a SQL expression: %w", err)
	}
	if len(tree.Stmts) != 1 {
		return "", nil, errors.New("this is more than one statement; a mask is one expression")
	}
	s := tree.Stmts[0].GetStmt().GetSelectStmt()
	if s == nil || len(s.TargetList) != 1 || len(s.FromClause) > 0 || s.WhereClause != nil || len(s.GroupClause) > 0 || s.HavingClause != nil || len(s.WindowClause) > 0 ||
		len(s.ValuesLists) > 0 || len(s.SortClause) > 0 || s.LimitCount != nil || s.LimitOffset != nil || len(s.LockingClause) > 0 || s.WithClause != nil ||
		len(s.DistinctClause) > 0 || s.IntoClause != nil || s.Larg != nil || s.Rarg != nil {
		return "", nil, errors.New("this is more than an expression; FROM, WHERE, commas and the like have no place in a mask")
	}
	if target := s.TargetList[0].GetResTarget(); target.GetName() != "" {
		return "", nil, errors.New("an expression has no name; leave out AS")
	}
	w := walker{volatile: volatile, reads: map[string]bool{}}
	w.walk(s.TargetList[0].ProtoReflect())
	if len(w.problems) > 0 {
		return "", nil, errors.New(strings.Join(w.problems, "; "))
	}
	sql, err := pgquery.Deparse(tree)
	if err != nil {
		return "", nil, fmt.Errorf("writing the expression: %w", err)
	}
	for name := range w.reads {
		reads = append(reads, name)
	}
	sort.Strings(reads)
	return "(" + strings.TrimPrefix(sql, "SELECT ") + ")", reads, nil
}

// walker looks at every node of an expression's tree.
type walker struct {
	volatile bool
	reads    map[string]bool
	problems []string
}

func (w *walker) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(w.problems, text) {
		w.problems = append(w.problems, text)
	}
}

func (w *walker) walk(m protoreflect.Message) {
	switch m.Descriptor().Name() {
	case "SubLink", "SelectStmt", "RangeSubselect":
		w.problem("a sub-select has no place in a mask: it could bring other rows' raw values in")
		return
	case "ParamRef":
		w.problem("there are no parameters")
	case "WindowDef", "GroupingFunc":
		w.problem("window functions and grouping look at other rows; a mask sees one")
	case "SetToDefault", "CurrentOfExpr":
		w.problem("DEFAULT and CURRENT OF have no place in an expression")
	case "ColumnRef":
		w.column(m)
	case "FuncCall":
		w.function(m)
	case "TypeCast":
		w.moment(m)
	case "SQLValueFunction":
		if !w.volatile {
			w.problem("CURRENT_TIMESTAMP and the like change from run to run; say { volatile = true } if that is meant")
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				w.walk(v.List().Get(i).Message())
			}
		case !f.IsList() && !f.IsMap() && f.Message() != nil:
			w.walk(v.Message())
		}
		return true
	})
}

// names reads a list of String nodes.
func names(m protoreflect.Message, field protoreflect.Name) []string {
	list := m.Get(m.Descriptor().Fields().ByName(field)).List()
	var out []string
	for i := range list.Len() {
		node := list.Get(i).Message()
		inner := node.WhichOneof(node.Descriptor().Oneofs().Get(0))
		if inner == nil || inner.Message().Name() != "String" {
			out = append(out, "*")
			continue
		}
		s := node.Get(inner).Message()
		out = append(out, s.Get(s.Descriptor().Fields().ByName("sval")).String())
	}
	return out
}

func (w *walker) column(m protoreflect.Message) {
	parts := names(m, "fields")
	name := parts[len(parts)-1]
	if slices.Contains(parts, "*") {
		w.problem("* is all columns; name the one that is meant")
		return
	}
	if len(parts) > 2 {
		w.problem("write the column %q without its schema", name)
	}
	w.reads[name] = true
}

// refused are functions that read or change more than the row, whatever is said: files, sessions, sequences,
// other statements. set_config could replace the key.
var refused = regexp.MustCompile(`^(pg_|lo_|loread|lowrite|dblink|set_config|current_setting$|setval|nextval|currval|lastval|(query|table|schema|database|cursor)_to_xml|xpath_table|ts_stat|ts_rewrite|txid_|pg_current_xact|setseed|current_query|inet_(client|server)|aws_s3|version$|current_schema|has_[a-z_]+_privilege$|row_security_active|to_reg|getdatabaseencoding|col_description|obj_description|shobj_description)`)

// changing are functions whose result is not a function of the row.
var changing = regexp.MustCompile(`^(random|random_normal|gen_random_uuid|gen_random_bytes|uuidv7|uuidv4|uuid_generate.*|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|now|gen_salt|fake_.*)$`)

// otherRows are aggregates and set-returning functions of PostgreSQL: the former look at other rows, the
// latter make more of them. Those that a team made itself are found by the plan's PREPARE.
var otherRows = regexp.MustCompile(`^(count|sum|avg|min|max|string_agg|array_agg|json_agg|jsonb_agg|json_object_agg|jsonb_object_agg|bool_and|bool_or|every|xmlagg|any_value|stddev.*|var_.*|variance|corr|mode|percentile_.*|rank|dense_rank|row_number|lag|lead|ntile|generate_series|generate_subscripts|unnest|regexp_matches|regexp_split_to_table|string_to_table|json_array_elements.*|jsonb_array_elements.*|json_each.*|jsonb_each.*|json_object_keys|jsonb_object_keys|json_to_record.*|jsonb_to_record.*|jsonb_path_query)$`)

// moment refuses 'now'::timestamp and its like: the text means another time at each run.
func (w *walker) moment(m protoreflect.Message) {
	node := m.Get(m.Descriptor().Fields().ByName("arg")).Message()
	for _, step := range []protoreflect.Name{"a_const", "sval", "sval"} { // Node, A_Const, String
		field := node.Descriptor().Fields().ByName(step)
		if field == nil || !node.Has(field) {
			return
		}
		if field.Message() == nil {
			word := strings.ToLower(node.Get(field).String())
			if slices.Contains([]string{"now", "today", "tomorrow", "yesterday"}, word) && !w.volatile {
				w.problem("'%s' means another time at each run; say { volatile = true } if that is meant", word)
			}
			return
		}
		node = node.Get(field).Message()
	}
}

func (w *walker) function(m protoreflect.Message) {
	parts := names(m, "funcname")
	name := strings.ToLower(parts[len(parts)-1])
	switch {
	case refused.MatchString(name) && name != "pg_typeof" && name != "pg_column_size":
		w.problem("%s() reaches beyond the row and is never allowed in a mask", name)
	case otherRows.MatchString(name):
		w.problem("%s() looks at or makes other rows; a mask is one value from one row", name)
	case changing.MatchString(name) && !w.volatile:
		w.problem("%s() gives another result each time; say { volatile = true } if that is meant", name)
	}
}
