package mask

// FoldsCase reports a mask that gives one value for two texts that differ in letter case alone, on a type to which case
// matters.
func (m *Mask) FoldsCase(t Type) bool {
	u := t.Underlying()
	return u.isText() && !u.isCitext() && (m.Name == "email" || m.Name == "uuid")
}
