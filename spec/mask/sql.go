package mask

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	pganalyze "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
)

// sqlMask is sql(expression): an expression of the team's own.
type sqlMask struct {
	expression expression
	volatile   bool
}

func decodeSQL(a *args) (kind, error) {
	text, err := a.str("the expression")
	if err != nil {
		return nil, err
	}
	at := a.at
	o, err := a.options("volatile", "calls")
	if err != nil {
		return nil, err
	}
	m := sqlMask{}
	if m.volatile, err = o.boolean("volatile"); err != nil {
		return nil, err
	}
	calls, err := o.strs("calls")
	if err != nil {
		return nil, err
	}
	a.at = at
	m.expression, err = parseExpression(text, allowed{volatile: m.volatile, calls: calls})
	return m, err
}

func (m sqlMask) compile(c Column) (Expr, error) {
	if err := m.expression.checkColumns(c); err != nil {
		return Expr{}, err
	}
	p := Properties{
		Null:          NullUnknown,
		Unique:        Lossy,
		Collisions:    "what the expression does to values is not known",
		Deterministic: !m.volatile,
		MaxLength:     -1,
		Strength:      Partial,
		MayEqualRaw:   true,
	}
	if c.NotNull {
		p.Null = NullKept // what cannot be known here, the target's NOT NULL refuses
	}
	if len(m.expression.reads) == 0 {
		p.Strength = Constant
	}
	return Expr{SQL: c.cast(m.expression.sql), Reads: m.expression.reads, Properties: p}, nil
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

// allowed is what an expression may do besides computing with the row.
type allowed struct {
	volatile bool
	// moments are now() and its like: one value for all rows of a run, another one in the next.
	moments bool
	// calls are functions and operators that are not PostgreSQL's own: "public.unaccent", "public.->".
	calls    []string
	anyCalls bool
}

// expression is a SQL expression over the columns of one row.
type expression struct {
	sql    string   // as PostgreSQL's parser writes it
	reads  []string // columns, sorted
	tables []string // what columns are qualified with, sorted
	calls  []string // what it may call that is not PostgreSQL's own
}

// checkColumns checks that what an expression reads are columns of the table.
func (x expression) checkColumns(c Column) error {
	for _, t := range x.tables {
		if t != c.Table {
			return fmt.Errorf("%q is not the table; a mask reads its own row, so write the column alone", t)
		}
	}
	for _, r := range x.reads {
		switch {
		case slices.Contains(c.Siblings, r):
		case r == c.Table:
			return fmt.Errorf("%q is the whole row: name the columns that are meant", r)
		default:
			return fmt.Errorf("table %s.%s has no column %q.%s", c.Schema, c.Table, r, diag.DidYouMean(r, c.Siblings))
		}
	}
	return nil
}

// ParseCondition checks the SQL of a table's rows: one expression without sub-selects and functions that differ from
// row to row. The time of the run is allowed: conditions such as "of the last two years" need it. It returns
// the condition as it will run, without comments that could reach out of it, and the columns that it reads, sorted.
func ParseCondition(sql string) (condition string, reads []string, err error) {
	x, err := parseExpression(sql, allowed{anyCalls: true, moments: true})
	return strings.TrimSuffix(strings.TrimPrefix(x.sql, "("), ")"), x.reads, err
}

// parseExpression parses text with PostgreSQL's own parser as one scalar expression over the columns of one
// row, and writes it anew from the tree, so that no comment and no bracket of it can reach out.
func parseExpression(text string, may allowed) (expression, error) {
	if strings.TrimSpace(text) == "" {
		return expression{}, errors.New("the expression is empty")
	}
	if strings.ContainsRune(text, 0) {
		return expression{}, errors.New("the expression has a NUL byte")
	}
	tree, err := oneExpression(text)
	if err != nil {
		return expression{}, err
	}
	w := walker{allowed: may, reads: map[string]bool{}, tables: map[string]bool{}, called: map[string]bool{}}
	w.walk(tree.Stmts[0].GetStmt().GetSelectStmt().TargetList[0].ProtoReflect())
	for _, name := range may.calls {
		if !w.called[name] {
			w.problem("calls names %q, which the expression does not call", name)
		}
	}
	if len(w.problems) > 0 {
		return expression{}, errors.New(strings.Join(w.problems, "; "))
	}
	sql, err := deparse(tree, text)
	return expression{sql: sql, reads: sorted(w.reads), tables: sorted(w.tables), calls: may.calls}, err
}

// deparse returns the SQL of a tree in brackets. What was checked is what runs: it is parsed once more, and must mean
// the same tree. The parser's own form comes first, for it has no comments; it is not right for every tree, and then
// the text itself may do.
func deparse(tree *pganalyze.ParseResult, text string) (string, error) {
	deparsed, err := pgparse.Deparse(tree)
	if err != nil {
		return "", fmt.Errorf("writing the expression: %w", err)
	}
	own := "(" + strings.TrimRight(text, " \t\n\r\f\v") + "\n)" // the line ends what a comment at its end would hide
	for _, sql := range []string{"(" + strings.TrimPrefix(deparsed, "SELECT ") + ")", own} {
		if again, err := oneExpression(sql); err == nil && pgparse.Same(tree, again) {
			return sql, nil
		}
	}
	return "", fmt.Errorf("the expression cannot be written as it was read (%s); write it in a simpler form", deparsed)
}

// oneExpression parses text that must be exactly one expression.
func oneExpression(text string) (*pganalyze.ParseResult, error) {
	tree, err := pgparse.Parse("SELECT " + text + "\n")
	if err != nil {
		return nil, fmt.Errorf("this is not a SQL expression: %w", err)
	}
	if len(tree.Stmts) != 1 {
		return nil, errors.New("this is more than one statement; a mask is one expression")
	}
	s := tree.Stmts[0].GetStmt().GetSelectStmt()
	if s == nil || len(s.TargetList) != 1 || len(s.FromClause) > 0 || s.WhereClause != nil || len(s.GroupClause) > 0 ||
		s.HavingClause != nil || len(s.WindowClause) > 0 ||
		len(s.ValuesLists) > 0 || len(s.SortClause) > 0 || s.LimitCount != nil || s.LimitOffset != nil ||
		len(s.LockingClause) > 0 || s.WithClause != nil ||
		len(s.DistinctClause) > 0 || s.IntoClause != nil || s.Larg != nil || s.Rarg != nil {
		return nil,
			errors.New("this is more than an expression; FROM, WHERE, commas and the like have no place in a mask")
	}
	if target := s.TargetList[0].GetResTarget(); target.GetName() != "" {
		return nil, errors.New("an expression has no name; leave out AS")
	}
	return tree, nil
}
