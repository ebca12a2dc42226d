// Package swap holds the steps of mode swap, which refreshes a database by building a new one beside it: <db>__next is
// created from the source's own structure, filled, indexed, checked, and then renamed into place in one transaction,
// while the copy that was live is kept as <db>__prev for a rollback. Until that transaction commits, the live copy is
// untouched; it is never unreadable.
//
// Each step is a type in a file of its own: CreateDatabase, CreateObjects, CreatePostData, SetSequences, RefreshView,
// Analyze, CarrySettings, Swap and Rollback. Build makes the values of a refresh; it is pure. What moves rows is in
// other packages, which this one does not import: it knows neither buckets nor manifests, and no other mode.
package swap
