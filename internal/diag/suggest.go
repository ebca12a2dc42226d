package diag

import (
	"sort"

	"github.com/agext/levenshtein"
)

// longestName is how long a name may be that others are compared with: no name that somebody has misspelt is longer.
const longestName = 200

// suggest returns the name of known that is nearest to given, or "" where none is near
// enough to be a likely misspelling. Ties go to the first in sorted order.
func suggest(given string, known []string) string {
	if len(given) > longestName {
		return ""
	}
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	best, bestDist := "", 1+len([]rune(given))/3
	for _, k := range sorted {
		if d := levenshtein.Distance(given, k, nil); d > 0 && d <= bestDist && (best == "" || d < bestDist) {
			best, bestDist = k, d
		}
	}
	return best
}

// DidYouMean returns ` Did you mean "x"?` with a leading space, or "".
func DidYouMean(given string, known []string) string {
	if s := suggest(given, known); s != "" {
		return ` Did you mean "` + s + `"?`
	}
	return ""
}
