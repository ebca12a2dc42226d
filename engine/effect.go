package engine

// ColumnEffect is what verification saw a mask do to the values of one column: counts of a sample of rows, never a
// value.
type ColumnEffect struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Column string `json:"column"`
	Mask   string `json:"mask"`
	// Sampled is Null (or empty), Changed, Unchanged and Held together.
	Sampled int64 `json:"sampled"`
	Null    int64 `json:"null"`
	Changed int64 `json:"changed"`
	// Unchanged counts values that are what they were, Held those that stand whole in their result. Constant counts
	// those of both that a mask with one result for all rows met by being that already: they tell nothing.
	Unchanged int64 `json:"unchanged"`
	Held      int64 `json:"held,omitempty"`
	Constant  int64 `json:"constant,omitempty"`
}
