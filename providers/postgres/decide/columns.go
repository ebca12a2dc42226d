package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// unknownColumns reports columns of a block that the table does not have.
func (r *resolver) unknownColumns(t *tableNode) {
	if t.block == nil {
		return
	}
	check := func(name string, at diag.Range) {
		if t.byName[name] == nil {
			r.unknownColumn(&at, t, name)
		}
	}
	masked := map[string]diag.Range{}
	for _, c := range t.block.Columns {
		check(c.Name, c.Range)
		masked[c.Name] = c.Range
	}
	for _, k := range t.block.Keep {
		check(k.Name, k.Range)
		if at, twice := masked[k.Name]; twice {
			r.errorf(DecidedTwice, &k.Range, "Column decided twice",
				"%q is in keep, but also has a column block at %s.",
				k.Name, at)
		}
	}
}

// decideExplicitly returns what the spec itself says of a column, nil if nothing: its block, then keep, then the one
// rule that matches.
func (r *resolver) decideExplicitly(c *columnNode) *Column {
	return r.decideAs(c, r.rulingOn(c))
}

// decideByDefault returns what the rules say of a column that decide what nothing else does. Columns that refer to a
// key follow the key, or must be kept with it.
func (r *resolver) decideByDefault(c *columnNode) *Column {
	if len(c.refs) > 0 || c.choice != nil {
		return nil
	}
	d := r.decideAs(c, r.rulingByRules(c, true))
	if asked := r.askedBy(c); d != nil && asked != nil {
		asked.matched = true
	}
	return d
}

// decideAs returns a column as a ruling decides it, nil where that says nothing.
func (r *resolver) decideAs(c *columnNode, by ruling) *Column {
	d := &Column{
		Name:     c.source.Name,
		Type:     c.source.Type,
		Domain:   *c.domainType(),
		Decision: Kept,
		Expr:     mask.Expr{SQL: sqltext.Ident(c.source.Name), Reads: []string{c.source.Name}},
	}
	masked := by.mask != nil && by.mask.Name != "keep"
	switch {
	case c.source.Generated != "":
		if masked {
			r.errorf(GeneratedMasked, by.at, "Generated columns cannot be masked",
				"The target computes %s of %s from other columns: mask those.", c.source.Name, c.table.FullName())
		}
		d.Decision, d.Basis, d.Because = Generated, FromTarget, "the target computes it"
		return d
	case by.basis == 0:
		return nil
	}
	d.Basis, d.Because, d.Range, d.MinChanged = by.basis, by.because, by.at, by.share
	if masked {
		r.compile(c, d, by.mask)
	}
	return d
}

// ruling is what the spec says of one column. The mask is nil for keep; share is the least share of its values that the
// mask must change.
type ruling struct {
	basis   Basis
	because string
	mask    *mask.Mask
	at      *diag.Range
	share   *float64
}

// rulingOn returns what the spec says of a column; its basis is 0 if that is nothing.
func (r *resolver) rulingOn(c *columnNode) ruling {
	root := c.table.root
	if by, ok := root.blockRulings()[c.source.Name]; ok {
		return by
	}
	return r.rulingByRules(c, false)
}

// rulingByRules returns what the rules say of a column: those that are a default, or those that are not.
func (r *resolver) rulingByRules(c *columnNode, byDefault bool) ruling {
	var by *spec.Rule
	var matched string
	for _, rule := range c.table.root.rulesOf(r) {
		tag, ok := rule.column(c)
		if !ok || rule.Mask == nil || rule.Default != byDefault {
			continue
		}
		rule.matched = true
		if by != nil && !by.Mask.Same(rule.Mask) {
			r.errorf(RuleClash, &rule.At.Mask.Range, "Conflicting rules",
				"%s is masked with %s by %s (%s) and with %s by %s. Narrow one of them, or give the table a block "+
					"for the column.",
				c.fullName(), by.Mask.Text, by.Address(), by.At.Mask, rule.Mask.Text, rule.Address())
			continue
		}
		by, matched = rule.Rule, tag
	}
	if by == nil {
		return ruling{}
	}
	because := by.Address()
	if byDefault {
		because += " (default)"
	}
	if matched != "" {
		because += " (tag " + matched + ")"
	}
	return ruling{FromRule, because, by.Mask, &by.At.Mask.Range, by.MinChanged}
}

// blockRulings returns what the table's block says, by column: a column block wins over keep.
func (t *tableNode) blockRulings() map[string]ruling {
	if t.rulings == nil && t.block != nil {
		t.rulings = map[string]ruling{}
		for _, k := range t.block.Keep {
			t.rulings[k.Name] = ruling{FromKeep, engine.ByKeep, nil, &k.Range, nil}
		}
		for _, b := range t.block.Columns {
			t.rulings[b.Name] = ruling{FromBlock, engine.ByColumnBlock, b.Mask, &b.Range, b.MinChanged}
		}
	}
	return t.rulings
}

// compile sets a column's mask and its SQL, and reports a mask that does not fit.
func (r *resolver) compile(c *columnNode, d *Column, m *mask.Mask) {
	d.Decision, d.Mask = Masked, m
	r.compiled(c, d, func() (mask.Expr, error) { return m.Compile(c.target()) })
}

func (r *resolver) compiled(c *columnNode, d *Column, compile func() (mask.Expr, error)) {
	expr, err := compile()
	if err != nil {
		r.errorf(MaskUnfit, d.Range, "Mask does not fit the column", "%s: %s", c.table.FullName(),
			sentence(err.Error()))
		return
	}
	if same, ok := r.masks[expr.SQL]; ok {
		expr.SQL = same
	} else {
		r.masks[expr.SQL] = expr.SQL
	}
	d.Expr = expr
	if expr.Keyed != mask.NotKeyed && r.Refresh.Key == nil {
		r.errorf(NoKey, d.Range, "Keyed mask without a key", "%s is keyed, but %s has no key. Add key = secret.NAME.",
			d.Mask.Text, r.Refresh.Address())
	}
}

// target returns a column as masks see it.
func (c *columnNode) target() mask.Column {
	t, end := c.table.Source, c.domainOf()
	return mask.Column{
		Schema:    t.Schema,
		Table:     t.Name,
		Name:      c.source.Name,
		Type:      c.source.Type,
		NotNull:   c.source.NotNull,
		Default:   c.source.Default,
		Domain:    &end.Type,
		Unchecked: end.unchecked,
		Otherwise: end.otherwise,
		Siblings:  c.table.siblings,
		Types:     c.table.types,
		Keys:      c.table.keysWithoutNull(),
	}
}

// keysWithoutNull returns the columns of each unique key without NULLs.
func (t *tableNode) keysWithoutNull() [][]string {
	if t.keys != nil {
		return t.keys
	}
	t.keys = [][]string{}
	for _, i := range t.Source.Indexes {
		if i.Unique && !i.Partial && !slices.ContainsFunc(i.Columns, t.nullable) {
			t.keys = append(t.keys, i.Columns)
		}
	}
	return t.keys
}

// nullable reports whether a column can be NULL; an expression can.
func (t *tableNode) nullable(name string) bool {
	c := t.byName[name]
	return c == nil || !c.source.NotNull && !c.source.Type.NotNull
}

// sentence adds a full stop to text that ends without one.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}
