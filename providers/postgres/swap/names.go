package swap

import "fmt"

// Names are the databases of one refresh.
type Names struct {
	Live string `json:"live"`
	// Next is being built, Previous is the copy before the live one. Old is Previous between
	// the swap and its drop, and the way station of a rollback.
	Next     string `json:"next"`
	Previous string `json:"previous"`
	Old      string `json:"old"`
}

// longestName is NAMEDATALEN-1: PostgreSQL cuts longer names without an error (manual, 4.1.1).
const longestName = 63

// NewNames gives the names that go with a live database. It is an error where they would be
// longer than a name can be.
func NewNames(live string) (Names, error) {
	n := Names{Live: live, Next: live + "__next", Previous: live + "__prev", Old: live + "__drop"}
	if len(n.Next) > longestName {
		return Names{},
			fmt.Errorf("the name of database %q has %d bytes, and mode swap adds 6 to it (%s), which is more than "+
				"the %d of PostgreSQL: "+
				"use mode replace, or a shorter name", live, len(live), n.Next, longestName)
	}
	return n, nil
}
