package sqltree

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// Clause is a part of a statement that says something by itself.
type Clause int

const (
	// Whole is all of a statement that is no other clause.
	Whole Clause = iota
	// Default is that of a column or a domain, Check a CHECK constraint of a table or a domain.
	Default
	Check
	// Generated is the expression of a generated column.
	Generated
)

// Piece is a clause with all texts and numbers in it, names included.
type Piece struct {
	Clause Clause
	// Name is the column's or the constraint's, "" for what has none.
	Name  string
	Texts []string
}

// Pieces takes statements apart.
func Pieces(sql string) ([]Piece, error) {
	tree, err := pgparse.Parse(sql)
	if err != nil {
		return nil, fmt.Errorf("reading a statement: %w", err)
	}
	var out []Piece
	for _, s := range tree.Stmts {
		whole := Piece{}
		visit(s.ProtoReflect(), func(m protoreflect.Message) bool {
			switch n := m.Interface().(type) {
			case *pg.ColumnDef:
				whole.Texts = append(whole.Texts, n.Colname)
				for _, c := range n.Constraints {
					out = append(out, constraintPiece(c.GetConstraint(), n.Colname))
				}
				rest := slices.DeleteFunc(textsOf(n.TypeName.ProtoReflect()), func(s string) bool { return s == "" })
				whole.Texts = append(whole.Texts, rest...)
				return false
			case *pg.Constraint:
				out = append(out, constraintPiece(n, ""))
				return false
			}
			whole.Texts = append(whole.Texts, own(m)...)
			return true
		})
		out = append(out, whole)
	}
	return out, nil
}

func constraintPiece(c *pg.Constraint, column string) Piece {
	p := Piece{Name: column}
	switch c.GetContype() {
	case pg.ConstrType_CONSTR_DEFAULT:
		p.Clause = Default
	case pg.ConstrType_CONSTR_CHECK:
		p.Clause, p.Name = Check, c.Conname
	case pg.ConstrType_CONSTR_GENERATED:
		p.Clause = Generated
	}
	p.Texts = textsOf(c.ProtoReflect())
	return p
}

// textsOf returns all texts of a tree.
func textsOf(tree protoreflect.Message) []string {
	var out []string
	visit(tree, func(m protoreflect.Message) bool { out = append(out, own(m)...); return true })
	return out
}

// own returns the texts of a message without those of its parts, and of the body of a function what the statements in
// it hold, too, where it can be read.
func own(m protoreflect.Message) []string {
	var out []string
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if d.Kind() == protoreflect.StringKind && !d.IsList() && !d.IsMap() {
			out = append(out, v.String())
		}
		return true
	})
	f, ok := m.Interface().(*pg.CreateFunctionStmt)
	if !ok {
		return out
	}
	language, bodies := "", []string(nil)
	for _, o := range f.Options {
		switch d := o.GetDefElem(); d.GetDefname() {
		case "language":
			language = d.GetArg().GetString_().GetSval()
		case "as":
			for _, b := range d.GetArg().GetList().GetItems() {
				bodies = append(bodies, b.GetString_().GetSval())
			}
		}
	}
	if !strings.EqualFold(language, "sql") {
		return out
	}
	for _, body := range bodies {
		if tree, err := pgparse.Parse(body); err == nil {
			out = append(out, textsOf(tree.ProtoReflect())...)
		}
	}
	return out
}
