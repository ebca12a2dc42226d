package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// uniqueKey is a unique index with the columns that its expressions read.
type uniqueKey struct {
	catalog.Index
	// columns are the plain columns of the key; inside are those that its expressions and generated columns read.
	columns, inside []string
	// opaque are those of inside whose values the expressions may make equal.
	opaque     map[string]bool
	predicate  *sqltree.Node
	nullsEqual bool // NULLS NOT DISTINCT
	folded     bool // an expression lower() or upper() over one column
}

// readKey reads a unique index. Only one with expressions is parsed.
func readKey(i catalog.Index) (uniqueKey, error) {
	k := uniqueKey{Index: i, opaque: map[string]bool{}}
	if i.Partial || slices.Contains(i.Columns, "") || strings.Contains(i.Definition, " NULLS NOT DISTINCT") {
		read, err := sqltree.ParseIndex(i.Definition)
		if err != nil {
			return k, err
		}
		k.predicate, k.nullsEqual = read.Predicate, read.NullsEqual
		for n, e := range read.Keys {
			if _, alone := sqltree.Column(e.GetColumnRef()); !alone {
				k.read(e)
				k.folded = k.folded || n == 0 && len(read.Keys) == 1 && folds(e)
			}
		}
	}
	return k, nil
}

// read takes in an expression of the key.
func (k *uniqueKey) read(e *sqltree.Node) {
	names := sqltree.Columns(e)
	k.inside = append(k.inside, names...)
	if !keepsApart(e) {
		for _, name := range names {
			k.opaque[name] = true
		}
	}
}

// uniqueKeys returns the unique indexes of a table.
func (t *tableNode) uniqueKeys() []uniqueKey {
	var out []uniqueKey
	for _, i := range t.Source.Indexes {
		if !i.Unique {
			continue
		}
		k, err := readKey(i)
		if err != nil {
			continue
		}
		for _, name := range i.Columns {
			c := t.byName[name]
			switch {
			case c == nil:
			case t.madeOf(c) != nil:
				k.read(t.results().Generated[name])
			default:
				k.columns = append(k.columns, name)
			}
		}
		out = append(out, k)
	}
	return out
}

// ApartIn returns what a unique index of a table asks of the masks of the columns that it reads.
func ApartIn(t *catalog.Table, i catalog.Index) map[string]Apartness {
	k, err := readKey(i)
	if err != nil || !i.Unique {
		return nil
	}
	out := map[string]Apartness{}
	made := generatedIn(t)
	for _, name := range i.Columns {
		switch {
		case name == "":
		case made[name] != nil:
			k.read(made[name])
		default:
			out[name] = Apart
		}
	}
	for _, name := range k.inside {
		for _, c := range t.Columns {
			switch {
			case c.Name != name || !isWhole(c.Type):
			case k.opaque[name]:
				out[name] = Lost
			default:
				out[name] = max(out[name], Within)
			}
		}
	}
	return out
}

// isWhole reports whether an expression that reads a value of a type reads all of it, and not a part of a document.
func isWhole(t mask.Type) bool {
	u := t.Underlying()
	return u.Category != 'A' && u.Category != 'C' && u.Name != "json" && u.Name != "jsonb" && u.Name != "hstore" &&
		u.Name != "xml"
}

// keepsApart reports whether an expression over one column gives different values where masks do that keep values
// apart: none of them needs letter case, or spaces at its ends, to tell two values from each other.
func keepsApart(n *sqltree.Node) bool {
	switch {
	case n.GetColumnRef() != nil:
		return true
	case n.GetTypeCast() != nil:
		names := n.GetTypeCast().GetTypeName().GetNames()
		return len(n.GetTypeCast().GetTypeName().GetTypmods()) == 0 && len(names) > 0 &&
			slices.Contains([]string{"text", "varchar", "citext"}, names[len(names)-1].GetString_().GetSval()) &&
			keepsApart(n.GetTypeCast().GetArg())
	case n.GetCollateClause() != nil:
		return keepsApart(n.GetCollateClause().GetArg())
	case n.GetCoalesceExpr() != nil:
		args := n.GetCoalesceExpr().GetArgs()
		return keepsApart(args[0]) && len(sqltree.Columns(args[1:]...)) == 0
	case n.GetFuncCall() != nil && len(n.GetFuncCall().GetArgs()) == 1:
		names := n.GetFuncCall().GetFuncname()
		return slices.Contains([]string{"lower", "upper", "btrim", "ltrim", "rtrim", "md5"},
			names[len(names)-1].GetString_().GetSval()) && keepsApart(n.GetFuncCall().GetArgs()[0])
	}
	return false
}

// madeOf returns the masked columns that a generated column is computed from; nil if there are none.
func (t *tableNode) madeOf(c *columnNode) []string {
	if c.source.Generated == "" {
		return nil
	}
	return t.results().Reads(t.results().Generated[c.source.Name])
}

// isVoid reports whether a key never compares two rows: one of its columns is NULL in every row.
func (k uniqueKey) isVoid(t *tableNode) bool {
	return !k.nullsEqual &&
		slices.ContainsFunc(k.columns, func(name string) bool { return t.byName[name].isAlwaysNull() })
}

// folds reports whether an expression is lower() or upper().
func folds(n *sqltree.Node) bool {
	names := n.GetFuncCall().GetFuncname()
	if len(names) == 0 {
		return false
	}
	name := names[len(names)-1].GetString_().GetSval()
	return name == "lower" || name == "upper"
}

// checkUnique reports masks that make values equal which must differ. A key holds if the columns of another key within
// it are masked without loss.
func (r *resolver) checkUnique(t *tableNode) {
	lossy := map[string]*Column{}
	masked := false
	for _, c := range t.columns {
		if d := c.masked(); d != nil && d.Expr.SQL != "" {
			masked = true
			if !KeepsDistinct(t.Source, c.source, d.Mask, d.Expr) {
				lossy[d.Name] = d
			}
		}
	}
	if !masked {
		return
	}
	keys := t.uniqueKeys()
	reported := map[string]bool{}
	for _, k := range keys {
		if t.root != t && t.root.hasKey(k) || k.isVoid(t) || t.never(k.predicate) {
			continue
		}
		found := Constraint{Kind: UniqueRule, Name: k.Name, Definition: k.Definition, Columns: t.maskedIn(k)}
		found.Open.Append(r.checkPredicate(t, k)...)
		found.Open.Append(r.checkCase(t, k, keys)...)
		holds := k.heldByAnother(t, keys, lossy)
		if !holds {
			refused := r.checkPlain(t, k, lossy, reported)
			inside, refusedInside := r.checkInside(t, k, reported)
			if refused || refusedInside {
				continue
			}
			found.Open.Append(inside...)
		}
		if len(found.Columns) > 0 && (!holds || found.Open != nil) {
			t.Constraints = append(t.Constraints, found)
		}
	}
}

// maskedIn returns the masked columns that a key looks at, sorted.
func (t *tableNode) maskedIn(k uniqueKey) []string {
	names := slices.Concat(k.columns, k.inside)
	if k.predicate != nil {
		names = append(names, t.results().Reads(k.predicate)...)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return t.byName[name].masked() == nil })
	slices.Sort(names)
	return slices.Compact(names)
}

// checkPlain reports masks of columns that a key compares as they are. It reports whether one is refused, here or
// before.
func (r *resolver) checkPlain(t *tableNode, k uniqueKey, lossy map[string]*Column, reported map[string]bool) bool {
	refused := false
	for _, name := range k.columns {
		c := lossy[name]
		if c == nil {
			continue
		}
		refused = true
		if reported[name] {
			continue
		}
		reported[name] = true
		if c.Expr.Null == mask.NullAlways {
			r.errorf(LossyUnique, c.Range, "Mask of a unique column is not unique",
				"%s is NULL in every row, and %s.%s is in the unique key %s, which has room for one "+
					"NULL (NULLS NOT DISTINCT). %s",
				c.Mask.Text, t.FullName(), name, k.Name, adviseDistinct(t, c))
			continue
		}
		r.errorf(LossyUnique, c.Range, "Mask of a unique column is not unique",
			"%s can give equal values for different ones, and %s.%s is in the unique key %s. %s",
			c.Mask.Text, t.FullName(), name, k.Name, adviseDistinct(t, c))
	}
	return refused
}

// checkInside checks masks of columns that a key reads within an expression. The expression may read a part of a
// document that the mask leaves alone, and may itself make values equal that the mask keeps distinct: that is open.
func (r *resolver) checkInside(t *tableNode, k uniqueKey, reported map[string]bool) (open diag.Diagnostics,
	refused bool) {
	for _, name := range k.inside {
		c := t.byName[name]
		if c == nil || c.decided == nil || c.decided.Decision != Masked || reported[name] ||
			c.decided.Expr.Null == mask.NullAlways && !k.nullsEqual {
			continue
		}
		d := c.decided
		switch {
		case d.Expr.Unique == mask.Lossy && isWhole(d.Type):
			reported[name], refused = true, true
			r.errorf(LossyUnique, d.Range, "Mask of a unique column is not unique",
				"%s can give equal values for different ones, and the unique key %s reads %s.%s: %s. %s",
				d.Mask.Text, k.Name, t.FullName(), name, k.Definition, adviseDistinct(t, d))
		case k.opaque[name]:
			reported[name] = true
			open.Append(r.warning(UniqueUnknown, d.Range, "Unique key reads a masked column in an expression",
				"Whether the masked values of %s.%s stay distinct in %s cannot be known without rows: %s. If they "+
					"do not, the run fails and leaves the live copy as it is.",
				t.FullName(), name, k.Name, k.Definition))
		}
	}
	return open, refused
}

// checkPredicate warns of a mask that changes which rows are in a partial key.
func (r *resolver) checkPredicate(t *tableNode, k uniqueKey) diag.Diagnostics {
	if k.predicate == nil {
		return nil
	}
	reads := t.results().Reads(k.predicate)
	if len(reads) == 0 || t.results().Same(k.predicate) {
		return nil
	}
	d := t.byName[reads[0]].decided
	return diag.Diagnostics{r.warning(UniqueUnknown, d.Range, "Mask changes which rows are in a unique key",
		"%s reads %s.%s to decide which rows it contains, and %s changes which they are: %s. If two of them are "+
			"equal, the run fails and leaves the live copy as it is. Keep the column, or mask it with null_value().",
		k.Name, t.FullName(), reads[0], d.Mask.Text, k.Definition)}
}

// checkCase warns of case-insensitive masks on case-sensitive keys: two addresses that differ only in case become one.
// A key on lower() of the same column shows that there are none.
func (r *resolver) checkCase(t *tableNode, k uniqueKey, keys []uniqueKey) diag.Diagnostics {
	if len(k.columns) != 1 || len(k.Columns) != 1 || t.root != t {
		return nil
	}
	c := t.byName[k.columns[0]]
	d := c.decided
	if d == nil || d.Decision != Masked || !d.Mask.FoldsCase(c.source.Type) || c.source.Collation != "" ||
		t.lowered(c) {
		return nil
	}
	for _, other := range keys {
		if other.folded && slices.Equal(other.inside, k.columns) && !other.Partial {
			return nil
		}
	}
	return diag.Diagnostics{r.warning(CaseFolding, d.Range, "Unique key is case-sensitive, but its mask is not",
		"%s gives equal values for values of %s that differ only in case, which %s treats as distinct. If there are "+
			"any, the run fails and leaves the live copy as it is; a unique index on "+
			"lower(%s) shows that there are none.",
		d.Mask.Text, c.fullName(), k.Name, c.source.Name)}
}

// lowered reports whether a CHECK of the table or of the domain requires the column to be in lower case.
func (t *tableNode) lowered(c *columnNode) bool {
	for of := &c.source.Type; of != nil; of = of.Base {
		for _, definition := range of.Checks {
			if strings.Contains(definition, "VALUE = lower(VALUE)") {
				return true
			}
		}
	}
	for _, k := range t.Source.Constraints {
		if k.Kind == catalog.CheckRule && k.Validated && slices.Equal(k.Columns, []string{c.source.Name}) &&
			strings.Contains(k.Definition, " = lower(") {
			return true
		}
	}
	return false
}

// hasKey reports whether a partition's parent has a key of the same columns, and is checked for it.
func (t *tableNode) hasKey(k uniqueKey) bool {
	return slices.ContainsFunc(t.Source.Indexes, func(i catalog.Index) bool {
		return i.Unique && i.Partial == k.Partial && slices.Equal(i.Columns, k.Columns) &&
			!slices.Contains(i.Columns, "")
	})
}

// heldByAnother reports whether the key contains the columns of another one, none of which is masked with loss.
func (k uniqueKey) heldByAnother(t *tableNode, keys []uniqueKey, lossy map[string]*Column) bool {
	for _, other := range keys {
		if other.Partial || len(other.Columns) == 0 || len(other.inside) > 0 {
			continue
		}
		holds := true
		for _, name := range other.Columns {
			c := t.byName[name]
			// rows that are NULL there are not compared
			apart := c != nil && (!k.nullsEqual || other.nullsEqual || c.source.NotNull)
			holds = holds && apart && lossy[name] == nil && slices.Contains(k.columns, name)
		}
		if holds {
			return true
		}
	}
	return false
}
