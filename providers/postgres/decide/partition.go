package decide

// checkPartitionKey reports a mask on what decides a row's partition: the masked row might belong to another one. A
// partition with a block of its own is held against the keys of all tables above it.
func (r *resolver) checkPartitionKey(t *tableNode) {
	r.partitionKeyOf(t, t)
	if t.root != t {
		return // what is above was held against its own decision
	}
	for above := r.byName[t.Source.PartitionOf]; above != nil; above = r.byName[above.Source.PartitionOf] {
		r.partitionKeyOf(t, above)
	}
}

// partitionKeyOf holds the columns of t against the key of a table that routes its rows.
func (r *resolver) partitionKeyOf(t, router *tableNode) {
	for _, name := range router.Source.PartitionKey {
		c := t.byName[name]
		if c == nil || c.decided == nil || c.decided.Decision != Masked {
			continue
		}
		r.errorf(PartitionKey, c.decided.Range, "A partition key cannot be masked",
			"%s decides in which partition of %s a row is, and %s could make it belong to another. Keep it, or take "+
				"the table without rows (data = false).",
			c.fullName(), router.Source.FullName(), c.decided.Mask.Text)
	}
}
