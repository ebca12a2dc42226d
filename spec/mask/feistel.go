package mask

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// A Feistel network makes a permutation of pairs from a function that is none: each round adds to one half a keyed
// function of the other, which can be taken away again. Four rounds of a pseudo-random function make a pseudo-random
// permutation (Luby and Rackoff). Halves are added modulo their sizes or by exclusive or, so that no result leaves the
// domain.

// subkey returns the key of a network: 32 bytes that depend on the secret and on the purpose. As a sub-select that
// looks at no column it is computed once a query.
func subkey(purpose string) string {
	return fmt.Sprintf("(SELECT sha256(convert_to(current_setting('shoji.key') || %s, 'UTF8')))",
		sqltext.Literal(":"+purpose+":"))
}

// round returns 63 bits of SHA-256 over the key (named k: a subkey and whatever else the permutation is to depend on),
// a bigint below 2^60 and the number of the round. 55 bytes are one block, which most calls stay within.
func round(n int, half string) string {
	return fmt.Sprintf("(('x' || encode(substr(sha256(k || int8send(%s + '%d'::bigint)), 1, 8), "+
		"'hex'))::bit(64)::bigint & 9223372036854775807)", half, int64(n)<<60)
}

// addition returns the steps of a network of four rounds over l below p and r below q, to l2 and r2.
func addition(p, q string) []string {
	return []string{
		fmt.Sprintf("(l + %s %% %s) %% %s AS l1", round(1, "r"), p, p),
		fmt.Sprintf("(r + %s %% %s) %% %s AS r1", round(2, "l1"), q, q),
		fmt.Sprintf("(l1 + %s %% %s) %% %s AS l2", round(3, "r1"), p, p),
		fmt.Sprintf("(r1 + %s %% %s) %% %s AS r2", round(4, "l2"), q, q),
	}
}
