package mask

import "fmt"

// ip is ip(): an address of a private network, equal for equal input.
type ip struct{}

func decodeIP(*args) (kind, error) { return ip{}, nil }

// compile looks at the address alone, not at the length of its network, so that a text and an inet of one address
// become one.
func (ip) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "one of 16.7 million addresses of version 4, or of 2^60 of version 6",
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Pseudonym,
		MayEqualRaw:   true,
	}
	own, four := "host("+c.value()+")", "family("+c.value()+") = 4"
	if u.isText() {
		own = c.lower()
		four = "strpos(" + c.text() + ", ':') = 0"
	}
	address := let("CASE WHEN four THEN inet '10.0.0.0' + "+number("h", 1, 24)+" ELSE inet 'fd00::' + "+
		number("h", 1, 60)+" END", digest("ip", own)+" AS h, "+four+" AS four")
	switch {
	case u.isText():
		p.MaxLength = 39
		return Expr{SQL: c.maskNonEmpty("host(" + address + ")"), Properties: p}, nil
	case u.is("cidr"):
		return Expr{
			SQL:        c.cast(fmt.Sprintf("network(set_masklen(%s, masklen(%s)))", address, c.value())),
			Properties: p,
		}, nil
	}
	return Expr{SQL: c.cast(fmt.Sprintf("set_masklen(%s, masklen(%s))", address, c.value())), Properties: p}, nil
}

// ipPrefix is ip_prefix(): the network that an address is in; the bits of the host are zero.
type ipPrefix struct{ four, six int }

func decodeIPPrefix(a *args) (kind, error) {
	k := ipPrefix{six: 48}
	var err error
	if k.four, err = a.integer("the length of the prefix of version 4", 1, 31); err != nil {
		return nil, err
	}
	if a.more() {
		k.six, err = a.integer("the length of the prefix of version 6", 1, 127)
	}
	return k, err
}

func (k ipPrefix) compile(c Column) (Expr, error) {
	u, x := c.Type.Underlying(), c.value()
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "addresses of one network get the same result",
		Deterministic: true,
		MaxLength:     -1,
		Strength:      Generalised,
		MayEqualRaw:   true,
	}
	cut := func(x string) string {
		return fmt.Sprintf("network(set_masklen(%s::inet, least(masklen(%s::inet), CASE family(%s::inet) "+
			"WHEN 4 THEN %d ELSE %d END)))", x, x, x, k.four, k.six)
	}
	switch {
	case u.isText():
		// Only text that is certainly an address is read as one: an error would stop the run and show the value.
		const form = `'^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])[.]){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$'`
		p.KeepsLength = true
		return Expr{
			SQL: c.maskNonEmpty(fmt.Sprintf("CASE WHEN %s ~ %s THEN host(%s) ELSE repeat('*', char_length(%s)) END", x,
				form, cut(c.text()), x)),
			Properties: p,
		}, nil
	case u.is("cidr"):
		return Expr{SQL: c.cast(cut(x)), Properties: p}, nil
	}
	// An inet keeps the length of its own network, as an address does that is alone.
	return Expr{SQL: c.cast(fmt.Sprintf("set_masklen(%s::inet, masklen(%s))", cut(x), x)), Properties: p}, nil
}

// mac is mac(): a locally administered address, which no manufacturer assigns.
type mac struct{}

func decodeMAC(*args) (kind, error) { return mac{}, nil }

func (mac) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	p := Properties{
		Null:          NullKept,
		Unique:        Likely,
		Bits:          44,
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Pseudonym,
	}
	digits, typ := 10, "macaddr"
	if u.is("macaddr8") {
		digits, typ, p.Bits = 14, "macaddr8", 60
	}
	p.Collisions = fmt.Sprintf("two meet by a chance of %d bits", p.Bits)
	// Only letters and digits of a text count: the separators of an address vary.
	hex := digest("mac", "translate("+c.lower()+", ':-. ', '')")
	value := let(fmt.Sprintf("(substr(h, 1, 1) || '2' || substr(h, 2, %d))::%s", digits, typ), hex+" AS h")
	if u.isText() {
		p.MaxLength = 17
		return Expr{SQL: c.maskNonEmpty(value + "::text"), Properties: p}, nil
	}
	return Expr{SQL: c.cast(value), Properties: p}, nil
}
