// Package swap refreshes a database by building a new one beside it: <db>__next is created
// from the source's own structure, filled, indexed, checked, and then renamed into place in one
// transaction, while the copy that was live is kept as <db>__prev for a rollback. Until that
// transaction commits, the live copy is untouched; it is never unreadable.
//
// Build is pure and gives the steps of a plan with their exact statements; the other
// functions execute one step each, and can be run again after an interruption.
package swap
