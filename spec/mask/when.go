package mask

import "fmt"

// when is when(condition, then, else): a mask by row. More than two branches are one when in another.
type when struct {
	condition expression
	yes, no   *Mask
}

func decodeWhen(a *args) (kind, error) {
	text, err := a.str("the condition")
	if err != nil {
		return nil, err
	}
	w := when{}
	at := a.at
	if w.yes, err = a.mask("the mask where the condition holds"); err != nil {
		return nil, err
	}
	if w.no, err = a.mask("the mask where it does not hold, or is NULL"); err != nil {
		return nil, err
	}
	o, err := a.options("calls")
	if err != nil {
		return nil, err
	}
	calls, err := o.strs("calls")
	if err != nil {
		return nil, err
	}
	a.at = at
	w.condition, err = parseExpression(text, allowed{calls: calls})
	return w, err
}

func (w when) compile(c Column) (Expr, error) {
	if err := w.condition.checkColumns(c); err != nil {
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
		Collisions:    "a value that one branch makes may be one that the other keeps or makes",
		Deterministic: yes.Deterministic && no.Deterministic,
		Keyed:         weakerKeyed(yes.Keyed, no.Keyed),
		MaxLength:     max(yes.MaxLength, no.MaxLength),
		KeepsLength:   yes.KeepsLength && no.KeepsLength,
		Strength:      min(yes.Strength, no.Strength),
		MayEqualRaw:   yes.MayEqualRaw || no.MayEqualRaw,
	}
	if yes.Unique != Lossy && no.Unique != Lossy {
		p.Unique, p.Bits = Likely, fewerBits(yes.Bits, no.Bits)
	}
	if yes.MaxLength < 0 && !yes.KeepsLength || no.MaxLength < 0 && !no.KeepsLength {
		p.MaxLength = -1
	}
	if (yes.KeepsLength || no.KeepsLength) && !p.KeepsLength {
		p.MaxLength = c.longest(p.MaxLength)
	}
	sql := fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", w.condition.sql, c.cast(yes.SQL), c.cast(no.SQL))
	return Expr{SQL: sql, Reads: unite(w.condition.reads, yes.Reads, no.Reads), Properties: p}, nil
}

// fewerBits returns the smaller of two output spaces; 0 is one without collisions.
func fewerBits(a, b int) int {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
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
