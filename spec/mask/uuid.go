package mask

import "fmt"

// uuid is uuid(): another UUID of the same version. On a uuid column it is a permutation, so that no two values
// collide.
type uuid struct{}

func decodeUUID(*args) (kind, error) { return uuid{}, nil }

const uuidForm = "'^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'"

func (uuid) compile(c Column) (Expr, error) {
	p := Properties{
		Null:          NullKept,
		Unique:        Preserved,
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Pseudonym,
	}
	if !c.Type.Underlying().isText() {
		return Expr{SQL: c.cast(permutedUUID(c.value())), Properties: p}, nil
	}
	// A text that is a UUID becomes what a uuid column would have for it, so that both still join. Any other text
	// becomes one too.
	other := fmt.Sprintf("overlay(overlay(substr(%s, 1, 32) placing '4' from 13) placing '8' from 17)::uuid",
		digest("uuid", c.same()))
	p.Unique, p.Bits, p.MaxLength = Likely, 120, 36
	p.Collisions = "two UUIDs meet where they differ in letter case alone; other texts by a chance of 120 bits"
	return Expr{
		SQL: c.maskNonEmpty(fmt.Sprintf("CASE WHEN %s ~ %s THEN %s ELSE %s END::text", c.text(), uuidForm,
			permutedUUID(c.text()+"::uuid"), other)),
		Properties: p,
	}, nil
}

// permutedUUID is a Feistel network over the two halves of 60 bits that remain without the digits of the version and of
// the variant. The version stays, and of the variant what says that it is one: its two free bits are masked with bits
// of the last round, which depend on the masked half alone, so they can be taken away again.
func permutedUUID(value string) string {
	half := func(other string, n int) string { return round(n, other) + " >> 3" }
	return let("(substr(a, 1, 12) || substr(h, 13, 1) || substr(a, 13, 3) || to_hex(('x' || substr(h, 17, "+
		"1))::bit(4)::int # (f & 3)::int) || lpad(to_hex(r1 # (f >> 3)), 15, '0'))::uuid",
		"encode(uuid_send("+value+"), 'hex') AS h, "+subkey("uuid")+" AS k",
		"('x' || substr(h, 1, 12) || substr(h, 14, 3))::bit(60)::bigint AS l, ('x' || substr(h, 18, "+
			"15))::bit(60)::bigint AS r",
		"l # ("+half("r", 1)+") AS l1",
		"r # ("+half("l1", 2)+") AS r1",
		"l1 # ("+half("r1", 3)+") AS l2",
		"lpad(to_hex(l2), 15, '0') AS a, "+round(4, "l2")+" AS f")
}
