package sealed

import (
	"fmt"
	"strconv"
	"strings"
)

// CheckFormat refuses a format that this version does not know: a newer one, or none at all. A new minor only adds, a
// new major is not understood by an older reader.
func CheckFormat(what, found, known string) error {
	f, ok := format(found)
	k, _ := format(known)
	switch {
	case !ok:
		return fmt.Errorf("it says no format version; a %s of this version of shoji has %s", what, known)
	case f[0] > k[0] || f[0] == k[0] && f[1] > k[1]:
		return fmt.Errorf("it is of format %s, made by a newer shoji; this one reads up to "+
			"%s. Install the newer version", found, known)
	case f[0] < k[0]:
		return fmt.Errorf("it is of format %s, which this version does not read any more", found)
	}
	return nil
}

func format(v string) ([2]int, bool) {
	major, minor, _ := strings.Cut(v, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return [2]int{a, b}, err == nil && err2 == nil
}
