package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// scriptLabels reads the labels of a script in its order. What is no SQL for the parser, such as the rows of a dump and
// psql's own commands, is passed over: then the statements alone are looked for.
func scriptLabels(script string) ([]Label, error) {
	tree, err := pgparse.Parse(script)
	if err != nil {
		return scannedLabels(script)
	}
	var out []Label
	for _, s := range tree.Stmts {
		if l, ok := labelOf(s.GetStmt()); ok {
			out = append(out, l)
		}
	}
	return lastLabels(out), nil
}

// lastLabels returns what a script leaves behind: a label takes the place of the one before it, and NULL takes it away.
func lastLabels(labels []Label) []Label {
	var out []Label
	for _, l := range labels {
		at := slices.IndexFunc(out, func(o Label) bool { o.Text = l.Text; return o == l })
		switch {
		case l.Text == "" && at >= 0:
			out = slices.Delete(out, at, at+1)
		case l.Text == "":
		case at >= 0:
			out[at] = l
		default:
			out = append(out, l)
		}
	}
	return out
}

var labelBegins = regexp.MustCompile(`(?im)^[ \t]*(SECURITY\s+LABEL|COMMENT\s+ON\s+COLUMN)\s`)

func scannedLabels(script string) ([]Label, error) {
	var out []Label
	for _, at := range labelBegins.FindAllStringIndex(script, -1) {
		statement := script[at[0]:statementEnd(script, at[0])]
		tree, err := pgparse.Parse(statement)
		if err != nil {
			line := 1 + strings.Count(script[:at[0]], "\n")
			return nil, fmt.Errorf("line %d: this statement cannot be read: %w", line, err)
		}
		for _, s := range tree.Stmts {
			if l, ok := labelOf(s.GetStmt()); ok {
				out = append(out, l)
			}
		}
	}
	return lastLabels(out), nil
}

var dollar = regexp.MustCompile(`^\$(?:[A-Za-z_]\w*)?\$`)

// statementEnd finds the semicolon that ends a statement, outside of quotes.
func statementEnd(s string, from int) int {
	for i := from; i < len(s); i++ {
		quote := ""
		switch s[i] {
		case ';':
			return i
		case '\'', '"':
			quote = s[i : i+1]
		case '$':
			quote = dollar.FindString(s[i:])
		}
		if quote == "" {
			continue
		}
		end := strings.Index(s[i+len(quote):], quote)
		if end < 0 {
			return len(s)
		}
		i += len(quote) + end + len(quote) - 1
	}
	return len(s)
}

// labelOf reads a statement. Before it had labels, the extension read comments.
func labelOf(n *pg_query.Node) (Label, bool) {
	if s := n.GetSecLabelStmt(); s != nil {
		l := Label{Provider: s.GetProvider(), Text: s.GetLabel()}
		names := nameParts(s.GetObject())
		switch s.GetObjtype() {
		case pg_query.ObjectType_OBJECT_COLUMN:
			l.Kind = "column"
			l.Schema, l.Table, l.Column = qualified(names)
		case pg_query.ObjectType_OBJECT_TABLE:
			l.Kind = "table"
			l.Schema, l.Table, _ = qualified(append(names, ""))
		default:
			l.Kind = strings.ToLower(strings.TrimPrefix(s.GetObjtype().String(), "OBJECT_"))
			l.Object = strings.Join(names, ".")
		}
		return l, true
	}
	if c := n.GetCommentStmt(); c != nil && c.GetObjtype() == pg_query.ObjectType_OBJECT_COLUMN &&
		strings.HasPrefix(strings.ToUpper(strings.TrimSpace(c.GetComment())), "MASKED WITH ") {
		l := Label{Kind: "column", Provider: "anon", Text: c.GetComment()}
		l.Schema, l.Table, l.Column = qualified(nameParts(c.GetObject()))
		return l, true
	}
	return Label{}, false
}

func nameParts(object *pg_query.Node) []string {
	if s := object.GetString_(); s != nil {
		return []string{s.GetSval()}
	}
	var out []string
	for _, item := range object.GetList().GetItems() {
		out = append(out, item.GetString_().GetSval())
	}
	if f := object.GetObjectWithArgs(); f != nil {
		for _, item := range f.GetObjname() {
			out = append(out, item.GetString_().GetSval())
		}
	}
	return out
}

// qualified returns the parts of a column's name; the schema is public where none is written.
func qualified(names []string) (schema, table, column string) {
	schema = "public"
	n := len(names)
	if n > 2 {
		schema = names[n-3]
	}
	if n > 1 {
		table = names[n-2]
	}
	if n > 0 {
		column = names[n-1]
	}
	return schema, table, column
}
