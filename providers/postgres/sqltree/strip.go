package sqltree

import (
	"errors"
	"fmt"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// Stripped is the result of Strip.
type Stripped struct {
	SQL string
	// Changed: something was removed.
	Changed bool
	// Calls are the functions that the rest calls, by name without schema.
	Calls []string
}

// Strip writes the CREATE TABLE or CREATE DOMAIN in sql without the defaults and checks for which leave returns true,
// and the statements beside it as they are.
func Strip(sql string, leave func(clause Clause, name string) bool) (Stripped, error) {
	tree, err := pgparse.Parse(sql)
	if err != nil {
		return Stripped{}, fmt.Errorf("reading a statement: %w", err)
	}
	out, changed := Stripped{}, false
	strip := func(list []*pg.Node, column string) []*pg.Node {
		return slices.DeleteFunc(list, func(n *pg.Node) bool {
			c := n.GetConstraint()
			gone := false
			switch c.GetContype() {
			case pg.ConstrType_CONSTR_DEFAULT:
				gone = !takesNextValue(c.RawExpr) && leave(Default, column)
			case pg.ConstrType_CONSTR_CHECK:
				gone = leave(Check, c.Conname)
			}
			changed = changed || gone
			return gone
		})
	}
	for _, s := range tree.Stmts {
		changed = false
		if t := s.GetStmt().GetCreateStmt(); t != nil {
			t.TableElts = strip(t.TableElts, "")
			for _, e := range t.TableElts {
				if c := e.GetColumnDef(); c != nil {
					c.Constraints = strip(c.Constraints, c.Colname)
				}
			}
		}
		if d := s.GetStmt().GetCreateDomainStmt(); d != nil {
			d.Constraints = strip(d.Constraints, "")
		}
		text := sql[s.StmtLocation:]
		if s.StmtLen > 0 {
			text = text[:s.StmtLen]
		}
		if changed {
			one := &pg.ParseResult{Version: tree.Version, Stmts: []*pg.RawStmt{{Stmt: s.Stmt}}}
			if text, err = pgparse.Deparse(one); err != nil {
				return Stripped{}, fmt.Errorf("writing a statement: %w", err)
			}
		}
		out.SQL += text + ";\n"
		out.Changed = out.Changed || changed
		out.Calls = append(out.Calls, called(s.ProtoReflect())...)
	}
	if !out.Changed {
		out.SQL = sql
	}
	return out, nil
}

// called returns the names of the functions that a tree calls, without their schemas.
func called(tree protoreflect.Message) []string {
	var out []string
	visit(tree, func(m protoreflect.Message) bool {
		if f, ok := m.Interface().(*pg.FuncCall); ok && len(f.Funcname) > 0 {
			out = append(out, f.Funcname[len(f.Funcname)-1].GetString_().GetSval())
		}
		return true
	})
	return out
}

// takesNextValue reports whether an expression calls nextval.
func takesNextValue(n *pg.Node) bool {
	return n != nil && slices.Contains(called(n.ProtoReflect()), "nextval")
}

// SetsNextValue reports whether sql is an ALTER TABLE that sets a default to the next value of a sequence.
func SetsNextValue(sql string) (bool, error) {
	tree, err := pgparse.Parse(sql)
	if err != nil {
		return false, fmt.Errorf("reading a default: %w", err)
	}
	if len(tree.Stmts) != 1 || tree.Stmts[0].GetStmt().GetAlterTableStmt() == nil {
		return false, errors.New("reading a default: it is no ALTER TABLE")
	}
	return slices.Contains(called(tree.ProtoReflect()), "nextval"), nil
}
