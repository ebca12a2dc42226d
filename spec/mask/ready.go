package mask

import (
	"runtime/debug"

	pgquery "github.com/wasilibs/go-pgquery"
)

// Ready makes PostgreSQL's parser ready: that takes a second and, for a moment, two hundred megabytes. Who knows that there is SQL to parse calls
// it before anything large is in memory, so that the two do not add up.
func Ready() {
	_, _ = pgquery.Parse("SELECT 1")
	debug.FreeOSMemory()
}
