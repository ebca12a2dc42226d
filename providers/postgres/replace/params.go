// Package replace refreshes live tables in place: everything is emptied, filled, indexed by what is there, checked and
// committed in one transaction, so that a run that fails in any way at any moment leaves the tables as they were.
package replace

import (
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// Params describe the one step of a refresh in mode replace. The statements of the step are those of the target, in
// order; rows are copied between Before and After.
type Params struct {
	Scope transfer.Scope `json:"scope"`
	// Before and After are statements in the transaction; Tables are filled between them in order.
	Before []string         `json:"before"`
	Tables []transfer.Table `json:"tables"`
	After  []string         `json:"after"`
	// Replica says that the session must begin with session_replication_role = replica: a parameter group has set it.
	Replica bool `json:"replica,omitempty"`
	// Checks are for constraints that no trigger has checked: each gives the number of violations.
	Checks    []Check             `json:"checks,omitempty"`
	Sequences []transfer.Sequence `json:"sequences,omitempty"`
	ReadBack  bool                `json:"read_back,omitempty"`
	// Verify is the size of a sample of raw values to look for; 0 for none.
	Verify int `json:"verify,omitempty"`
}

// Check is a query that must give 0.
type Check struct {
	Name  string `json:"name"`  // "foreign key orders_customer_fkey of public.orders"
	Wrong string `json:"wrong"` // "rows refer to rows that are not there"
	SQL   string `json:"sql"`
}

// Treatment of foreign keys as chosen, with the reason for the plan.
type Treatment struct {
	Kind   spec.ForeignKeys
	Reason string
}
