package sample

import (
	"fmt"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/spec/mask"
)

// runs says why a table must not be looked at: its rows are not the source's own, or reading them would run code that
// the source's users wrote; "" where it may be.
func runs(code *reach.Code, c *catalog.Catalog, t *catalog.Table) string {
	for _, part := range withPartitions(c, t) {
		if part.Foreign {
			return "a partition of it is on another server"
		}
		if part.RLSApplies {
			return "row security hides rows of it"
		}
		if planned := code.Planned(part.Ref()); len(planned) > 0 {
			return ran(planned[0])
		}
	}
	columns := make(map[string]mask.Type, len(t.Columns))
	for _, col := range t.Columns {
		columns[col.Name] = col.Type
	}
	for _, col := range candidates(t) {
		sql, _, ok := read(col)
		if !ok {
			continue
		}
		reached, _, err := code.Reach(reach.Expression{Table: t.Ref(), Columns: columns, SQL: sql})
		if err != nil {
			return err.Error()
		}
		if len(reached) > 0 {
			return ran(reached[0])
		}
	}
	return ""
}

func ran(r reach.Reached) string {
	return fmt.Sprintf("it would run %s, owned by %s, through %s", r.Signature(), r.Owner, r.Through)
}

// withPartitions returns a table with all that are below it.
func withPartitions(c *catalog.Catalog, t *catalog.Table) []*catalog.Table {
	out := []*catalog.Table{t}
	if !t.Partitioned {
		return out
	}
	name := t.FullName()
	for i := range c.Tables {
		if c.Tables[i].PartitionOf == name {
			out = append(out, withPartitions(c, &c.Tables[i])...)
		}
	}
	return out
}
