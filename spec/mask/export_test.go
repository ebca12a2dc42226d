package mask

// Accepts reports whether the catalogue says that a mask is for a type.
func Accepts(name string, t Type) bool {
	for _, e := range entries() {
		if e.name == name {
			return accepted(e.accepts, t)
		}
	}
	return false
}
