package sqltree

import (
	"errors"
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// Index is what an index definition says.
type Index struct {
	Keys      []*pg.Node // columns and expressions, without INCLUDE
	Predicate *pg.Node   // nil where it holds all rows
	// NullsEqual: NULLS NOT DISTINCT.
	NullsEqual bool
}

// ParseIndex reads what pg_get_indexdef gives.
func ParseIndex(definition string) (Index, error) {
	tree, err := pgparse.Parse(definition)
	if err != nil {
		return Index{}, fmt.Errorf("reading the definition of an index: %w", err)
	}
	if len(tree.Stmts) != 1 || tree.Stmts[0].GetStmt().GetIndexStmt() == nil {
		return Index{}, errors.New("this is not the definition of an index")
	}
	s := tree.Stmts[0].GetStmt().GetIndexStmt()
	out := Index{Predicate: s.WhereClause, NullsEqual: s.NullsNotDistinct}
	for _, p := range s.IndexParams {
		out.Keys = append(out.Keys, element(p.GetIndexElem()))
	}
	return out, nil
}

// element returns the column or the expression of an element of a key.
func element(e *pg.IndexElem) *pg.Node {
	if e.GetExpr() != nil {
		return e.Expr
	}
	return &pg.Node{
		Node: &pg.Node_ColumnRef{
			ColumnRef: &pg.ColumnRef{
				Fields: []*pg.Node{{Node: &pg.Node_String_{String_: &pg.String{Sval: e.GetName()}}}},
			},
		},
	}
}

// Element is a part of an EXCLUDE constraint: what is compared, and with which operator.
type Element struct {
	Expr *pg.Node
	// Operator is the operator's name, Schema the schema that the definition writes with it, "" for none.
	Schema, Operator string
}

// Constraint is what a CHECK or an EXCLUDE says.
type Constraint struct {
	Check     *pg.Node // nil for EXCLUDE
	Exclude   []Element
	Predicate *pg.Node // of EXCLUDE
}

// ParseConstraint reads what pg_get_constraintdef gives for a CHECK or an EXCLUDE, of a table or a domain.
func ParseConstraint(definition string) (Constraint, error) {
	tree, err := pgparse.Parse("ALTER TABLE t ADD " + definition)
	if err != nil {
		return Constraint{}, fmt.Errorf("reading the definition of a constraint: %w", err)
	}
	if len(tree.Stmts) == 1 {
		if commands := tree.Stmts[0].GetStmt().GetAlterTableStmt().GetCmds(); len(commands) == 1 {
			c := commands[0].GetAlterTableCmd().GetDef().GetConstraint()
			switch c.GetContype() {
			case pg.ConstrType_CONSTR_CHECK:
				return Constraint{Check: c.RawExpr}, nil
			case pg.ConstrType_CONSTR_EXCLUSION:
				out := Constraint{Predicate: c.WhereClause}
				for _, e := range c.Exclusions {
					pair := e.GetList().GetItems()
					if len(pair) != 2 {
						return Constraint{}, errors.New("this is not the definition of a constraint")
					}
					names := pair[1].GetList().GetItems()
					if len(names) == 0 {
						return Constraint{}, errors.New("this is not the definition of a constraint")
					}
					e := Element{
						Expr:     element(pair[0].GetIndexElem()),
						Operator: names[len(names)-1].GetString_().GetSval(),
					}
					if len(names) > 1 {
						e.Schema = names[0].GetString_().GetSval()
					}
					out.Exclude = append(out.Exclude, e)
				}
				return out, nil
			}
		}
	}
	return Constraint{}, errors.New("this is not a CHECK or an EXCLUDE")
}

// Comment is what a COMMENT statement is about.
type Comment struct {
	// Names are the parts of the object's qualified name; of a constraint, a trigger, a rule or a policy with its
	// table.
	Names []string
	// OfConstraint: it is about a constraint of a table or of a domain.
	OfConstraint bool
}

// ParseComment reads a COMMENT statement; false where the text is none.
func ParseComment(sql string) (Comment, bool) {
	tree, err := pgparse.Parse(sql)
	if err != nil || len(tree.Stmts) != 1 {
		return Comment{}, false
	}
	s := tree.Stmts[0].GetStmt().GetCommentStmt()
	if s == nil {
		return Comment{}, false
	}
	names := nameParts(s.Object)
	ofConstraint := s.Objtype == pg.ObjectType_OBJECT_TABCONSTRAINT || s.Objtype == pg.ObjectType_OBJECT_DOMCONSTRAINT
	return Comment{Names: names, OfConstraint: ofConstraint}, len(names) > 0
}

// nameParts returns the parts of a name, however the parser holds it.
func nameParts(n *pg.Node) []string {
	var out []string
	switch {
	case n.GetString_() != nil:
		return []string{n.GetString_().GetSval()}
	case n.GetList() != nil:
		for _, item := range n.GetList().Items {
			out = append(out, nameParts(item)...)
		}
	case n.GetTypeName() != nil:
		for _, item := range n.GetTypeName().Names {
			out = append(out, nameParts(item)...)
		}
	case n.GetObjectWithArgs() != nil:
		for _, item := range n.GetObjectWithArgs().Objname {
			out = append(out, nameParts(item)...)
		}
	}
	return out
}
