package reach

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
)

// The codes of the diagnostics of this package. They are part of the interface.
const (
	// a SELECT would run a user-defined function
	CodeReached   = "code_reached"
	CallsNothing  = "calls_nothing"  // calls names a function that is not called
	LoginTriggers = "login_triggers" // a user's event trigger runs at the start of a session
)

// Verdict is what is known of the tables of a refresh.
type Verdict struct {
	// Refused are the tables whose SELECT must not even be planned.
	Refused map[catalog.Ref]bool
	// Names are the qualified functions and operators that the SELECTs call, sorted.
	Names []string
}

// Judge checks the SELECTs of tables against the untrusted code of their database. The SELECT of a refused table must
// not be planned, because planning evaluates constant expressions.
func (c *Code) Judge(tables []decide.Table) (Verdict, diag.Diagnostics) {
	v := Verdict{Refused: map[catalog.Ref]bool{}}
	var ds diag.Diagnostics
	names := map[string]bool{}
	for i := range tables {
		if tables[i].Treatment != decide.Copy {
			continue
		}
		j := judge{Code: c, table: &tables[i], names: names, used: map[string]bool{}}
		problems := j.judge()
		if problems.HasErrors() || len(c.logins) > 0 {
			v.Refused[tables[i].Source.Ref()] = true
		}
		ds.Append(problems...)
	}
	for _, l := range c.logins {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     LoginTriggers,
			Summary:  "An event trigger of the source runs in every session",
			Detail: fmt.Sprintf("The event trigger %s runs %s, which is owned by %s, whenever a session begins, and "+
				"could change what this one reads. "+
				"Have a superuser own the function as an extension's, or disable the trigger.", sqltext.Plain(l.name),
				l.function.Signature(), sqltext.Plain(l.function.Owner)),
		})
	}
	for name := range names {
		v.Names = append(v.Names, name)
	}
	sort.Strings(v.Names)
	return v, ds
}

// judge checks one table.
type judge struct {
	*Code
	table   *decide.Table
	columns map[string]mask.Type
	names   map[string]bool
	used    map[string]bool // of the table's calls
	diags   diag.Diagnostics
}

func (j *judge) judge() diag.Diagnostics {
	t := j.table
	if j.Empty() && len(t.Calls) == 0 {
		return nil
	}
	j.columns = make(map[string]mask.Type, len(t.Columns))
	for _, c := range t.Columns {
		j.columns[c.Name] = c.Type
	}
	for i := range t.Columns {
		j.column(&t.Columns[i])
	}
	if condition := t.Condition(); condition != "" {
		j.expression("The condition of "+t.FullName(), nil, t.Range, t.Snippet, Expression{
			SQL:       condition,
			Written:   true,
			Condition: true,
		})
	}
	j.report("Reading "+t.FullName(), nil, t.Range, t.Snippet, j.Planned(t.Source.Ref()))
	for _, name := range t.Calls {
		if !j.used[name] {
			j.diags.Append(diag.Diagnostic{
				Severity: diag.Warning,
				Code:     CallsNothing,
				Summary:  "A function is named that nothing calls",
				Detail: fmt.Sprintf("calls of %s names %s, and reading the table reaches no function of that name "+
					"that is not trusted already.", t.FullName(), name),
				Range:   t.Range,
				Snippet: t.Snippet,
			})
		}
	}
	return j.diags
}

// column checks a column's expression, and the text form that verification compares.
func (j *judge) column(c *decide.Column) {
	if c.Decision == decide.Generated || c.Expr.SQL == "" { // a mask that does not fit is already reported
		return
	}
	what := "Reading " + j.table.FullName() + "." + c.Name
	var calls []string
	e := Expression{SQL: c.Type.Text(sqltext.Ident(c.Name))}
	if c.Decision == decide.Masked {
		what, calls = "The mask of "+j.table.FullName()+"."+c.Name, c.Mask.Calls()
		e.Written = c.Mask.Written()
		e.SQL = "(" + c.Expr.SQL + "), " + e.SQL
	}
	if !e.Written && j.plain(c) {
		return
	}
	j.expression(what, calls, c.Range, c.Snippet, e)
}

// plain reports whether a built-in mask reads only values of built-in types, so that it calls built-in functions only.
// (Superusers can add casts between those types and functions to pg_catalog; then nothing is plain.)
func (j *judge) plain(c *decide.Column) bool {
	for _, name := range append([]string{c.Name}, c.Expr.Reads...) {
		if t, ok := j.columns[name]; !ok || !isOwn(t) {
			return false
		}
	}
	return isOwn(c.Domain) && !j.altered
}

// isOwn reports whether a type and the types that it consists of are built in.
func isOwn(t mask.Type) bool {
	return t.Schema == "pg_catalog" && (t.Elem == nil || isOwn(*t.Elem)) || t.Schema == ""
}

func (j *judge) expression(what string, calls []string, at *diag.Range, snippet *diag.Snippet, e Expression) {
	e.Table, e.Columns = j.table.Source.Ref(), j.columns
	reached, names, err := j.Reach(e)
	for _, name := range names {
		j.names[name] = true
	}
	if err != nil {
		j.diags.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     CodeReached,
			Summary:  what + " cannot be read",
			Range:    at,
			Snippet:  snippet,
			Detail:   fmt.Sprintf("What code it would run on the source is not known: %s.", err),
		})
		return
	}
	j.report(what, calls, at, snippet, reached)
}

// report reports all functions that the spec does not allow.
func (j *judge) report(what string, calls []string, at *diag.Range, snippet *diag.Snippet, reached []Reached) {
	var ways, missing []string
	for _, r := range reached {
		name, named := r.Name(), false
		for _, n := range []string{name, r.Called} {
			if slices.Contains(j.table.Calls, n) {
				j.used[n], named = true, true
			}
			named = named || slices.Contains(calls, n)
		}
		if named {
			continue
		}
		ways = append(ways, fmt.Sprintf("%s, owned by %s, through %s", r.Signature(), sqltext.Plain(r.Owner),
			r.Through))
		if quoted := fmt.Sprintf("%q", name); !slices.Contains(missing, quoted) {
			missing = append(missing, quoted)
		}
	}
	if ways == nil {
		return
	}
	j.diags.Append(diag.Diagnostic{
		Severity: diag.Error,
		Code:     CodeReached,
		Summary:  what + " runs code that is not PostgreSQL's own",
		Detail: fmt.Sprintf("It would run %s. That code would run on the source as the user who masks, who reads "+
			"every table and has the key of the masks. "+
			"Choose another mask, or, where the code is known to do no harm, name it in the block "+
			"of the table: calls = [%s].",
			strings.Join(ways, "; "), strings.Join(missing, ", ")),
		Range:   at,
		Snippet: snippet,
	})
}
