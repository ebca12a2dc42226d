package mask

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// checkConvertible rejects a column whose values cannot be written as those of the key that it refers to, or whose
// masked values cannot come back. PostgreSQL itself compares the types of a foreign key, so that there numbers and
// times of all kinds meet.
func (c Column) checkConvertible(m *Mask) error {
	own, key := c.Type.Underlying(), c.Domain.Underlying()
	switch {
	case own.storage() == key.storage(), own.isText() && key.isText(), own.isInteger() && key.isInteger(), !c.Unchecked:
		return nil
	case own.isText() && (key.isInteger() || key.Name == "uuid"):
		return nil
	case own.Name == "uuid" && key.isText() && m.Name == "uuid":
		return nil
	}
	return fmt.Errorf("the key is %s, and its masked values cannot be written as %s; decide both columns by themselves",
		c.Domain.Formatted, c.Type.Formatted)
}

// guard applies e only to values of the key's type: a cast of any other would fail the export. No value passes raw.
func (m *Mask) guard(c Column, e Expr) (Expr, error) {
	outsiders := c.outsiders()
	if !c.Unchecked || outsiders == nil {
		return e, nil
	}
	otherwise, err := c.otherwise(m)
	if err != nil {
		return Expr{}, err
	}
	var sql strings.Builder
	sql.WriteString("CASE")
	for _, condition := range outsiders {
		fmt.Fprintf(&sql, " WHEN %s THEN %s", condition, c.cast(otherwise.SQL))
	}
	fmt.Fprintf(&sql, " ELSE %s END", e.SQL)
	out := eitherOf(e, otherwise)
	out.SQL, out.Reads = sql.String(), unite(e.Reads, otherwise.Reads, []string{c.Name})
	return out, nil
}

// outsiders returns conditions that hold for values which are none of the Domain's; nil where every value is one. A
// later one is safe where those before it do not hold.
func (c Column) outsiders() []string {
	own, key := c.Type.Underlying(), c.Domain.Underlying()
	low, high := integerLimits(key)
	switch {
	case own.isText() && key.Name == "uuid":
		return []string{c.text() + " !~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'"}
	case own.isText() && key.isInteger():
		return []string{
			c.text() + " !~ '^-?[0-9]{1,19}$'", fmt.Sprintf("(%s)::numeric NOT BETWEEN %s AND %s", c.text(), low, high),
		}
	case own.isInteger() && key.isInteger() && key.width() < own.width():
		return []string{fmt.Sprintf("%s NOT BETWEEN %s AND %s", c.value(), low, high)}
	}
	return nil
}

func integerLimits(t Type) (low, high string) {
	switch t.Name {
	case "int2":
		return "-32768", "32767"
	case "int4":
		return "-2147483648", "2147483647"
	}
	return "-9223372036854775808", "9223372036854775807"
}

// otherwise compiles the replacement of a value that cannot be the key's.
func (c Column) otherwise(m *Mask) (Expr, error) {
	own := c
	own.Domain, own.Unchecked = nil, false
	if c.Otherwise != nil {
		return c.Otherwise.Compile(own)
	}
	if m != nil {
		// A mask that leaves a part of a number would leave a part of a name.
		if e, err := m.Compile(own); err == nil && len(e.Reads) <= 1 && e.Strength >= Pseudonym {
			return e, nil
		}
	}
	if c.NotNull || c.Type.notNull() {
		return Expr{},
			errors.New("the column is NOT NULL, and nothing says what becomes of a value that cannot be the key's; " +
				"give the link otherwise = MASK, such as fixed()")
	}
	return nullValue{}.compile(own)
}

// eitherOf returns the properties of a result that is one of two.
func eitherOf(a, b Expr) Expr {
	p := Properties{
		Null:          weakerNull(a.Null, b.Null),
		Unique:        Lossy,
		Collisions:    "a value that one branch makes may be one that another keeps or makes",
		Deterministic: a.Deterministic && b.Deterministic,
		Keyed:         weakerKeyed(a.Keyed, b.Keyed),
		MaxLength:     max(a.MaxLength, b.MaxLength),
		KeepsLength:   a.KeepsLength && b.KeepsLength,
		Strength:      min(a.Strength, b.Strength),
		MayEqualRaw:   a.MayEqualRaw || b.MayEqualRaw,
	}
	if a.MaxLength < 0 && !a.KeepsLength || b.MaxLength < 0 && !b.KeepsLength {
		p.MaxLength = -1
	}
	if apart := func(e Expr) bool { return e.Unique != Lossy || e.Null == NullAlways }; apart(a) && apart(b) {
		// NULL equals nothing; what one branch makes may be what another does.
		p.Unique, p.Bits = Likely, fewerBits(a.Bits, b.Bits)
	}
	return Expr{Properties: p}
}

// Branch is one of the keys that a column can refer to.
type Branch struct {
	When   string // the value of the column that tells the keys apart
	Mask   *Mask  // nil: the key is kept
	Domain Type   // of the key
}

// byType is the mask of a column that refers to one of several keys, by another column of the row.
type byType struct {
	by        string
	branches  []Branch
	otherwise *Mask
}

// Choose returns the mask that each key's mask is in its own branch. A row whose type is none of the branches' takes
// otherwise; nil is NULL.
func Choose(by string, branches []Branch, otherwise *Mask) *Mask {
	var parts []string
	for _, b := range branches {
		text := "keep()"
		if b.Mask != nil {
			text = b.Mask.Text
		}
		parts = append(parts, b.When+" = "+text)
	}
	if otherwise != nil {
		parts = append(parts, "otherwise = "+otherwise.Text)
	}
	return &Mask{
		Name: "link",
		Text: "by " + by + " { " + strings.Join(parts, ", ") + " }",
		kind: byType{by, branches, otherwise},
	}
}

func (k byType) compile(c Column) (Expr, error) {
	c.Otherwise = k.otherwise
	otherwise, err := c.otherwise(nil)
	if err != nil {
		return Expr{}, err
	}
	out := otherwise
	var sql strings.Builder
	sql.WriteString("CASE " + c.sibling(k.by))
	for _, b := range k.branches {
		in := c
		in.Domain, in.Unchecked = &b.Domain, true
		m := b.Mask
		if m == nil {
			in.Domain, m = nil, &Mask{Name: "keep", Text: "keep()", kind: keep{}}
		}
		e, err := m.Compile(in)
		if err != nil {
			return Expr{}, fmt.Errorf("where %s is %s: %w", k.by, b.When, err)
		}
		fmt.Fprintf(&sql, " WHEN %s THEN %s", sqltext.Literal(b.When), c.cast(e.SQL))
		reads := unite(out.Reads, e.Reads)
		out = eitherOf(out, e)
		out.Reads = reads
	}
	fmt.Fprintf(&sql, " ELSE %s END", c.cast(otherwise.SQL))
	out.SQL, out.Reads = sql.String(), unite(out.Reads, []string{k.by, c.Name})
	return out, nil
}
