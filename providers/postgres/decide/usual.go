package decide

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// Usual is what is usual for a configuration table of a well-known extension, with the reason.
type Usual struct {
	// Empty: the copy is better without the users' rows; otherwise nobody is in them.
	Empty  bool
	Reason string
}

// UsualOf returns what is usual for a table, from the manual of the extension that brings it.
func UsualOf(t *catalog.Table) (Usual, bool) {
	if t.Configuration == nil {
		return Usual{}, false
	}
	keep := func(reason string) (Usual, bool) { return Usual{Reason: reason}, true }
	empty := func(reason string) (Usual, bool) { return Usual{Empty: true, Reason: reason}, true }
	switch t.Configuration.Extension {
	case "postgis":
		return keep("systems of coordinates, which columns refer to by number")
	case "postgis_topology":
		return keep("names of topologies and of their layers")
	case "postgis_tiger_geocoder", "address_standardizer", "address_standardizer_data_us":
		return keep("settings and rules for reading addresses")
	case "pg_partman":
		return keep("which tables are partitioned, and how")
	case "pgmq":
		return keep("names of queues")
	case "pg_ivm":
		return keep("which views are maintained")
	case "periods":
		return keep("which tables have periods")
	case "age":
		return keep("names of graphs and labels")
	case "pg_cron", "pg_dbms_job":
		return empty("jobs would run in the copy")
	case "pg_net":
		return empty("requests would be sent from the copy")
	case "pglogical", "spock", "pgl_ddl_deploy":
		return empty("the copy would replicate")
	case "pg_squeeze":
		return empty("tables of the copy would be rewritten")
	case "timescaledb":
		return empty("it describes the chunks of the source, not those of the copy")
	case "pgsodium", "supabase_vault", "anon":
		return empty("keys and secrets do not belong into a copy")
	case "pgaudit":
		return empty("settings of the source's audit")
	}
	return Usual{}, false
}

// usualText returns text to paste that decides a table as is usual.
func usualText(t *catalog.Table, u Usual) string {
	body := "data = false"
	if !u.Empty {
		names := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			names[i] = fmt.Sprintf("%q", c.Name)
		}
		body = "keep = [" + strings.Join(names, ", ") + "]"
	}
	return fmt.Sprintf("Usual is (%s):\n  table %q %q {\n    %s\n  }", u.Reason, t.Schema, t.Name, body)
}
