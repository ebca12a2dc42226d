package wire

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
)

// SortedKeys gives a map's keys in order: answers of the stand-in never depend on a map's.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Page cuts all into pages of size, at most most. next is the marker of the page after this one, "" at the end. A
// marker that this did not give is refused.
func Page[T any](all []T, marker string, size, most int) (page []T, next string, err error) {
	if size <= 0 || size > most {
		size = most
	}
	from := 0
	if marker != "" {
		text, err1 := base64.RawURLEncoding.DecodeString(marker)
		n, err2 := strconv.Atoi(string(text))
		if err1 != nil || err2 != nil || n < 0 {
			return nil, "", Errorf("InvalidMarker", "Invalid marker: %s", marker)
		}
		from = min(n, len(all))
	}
	to := min(from+size, len(all))
	if to < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return all[from:to], next, nil
}
