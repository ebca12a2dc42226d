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

// CatalogueExamples are those of the catalogue.
func CatalogueExamples() []string {
	var out []string
	for _, e := range entries() {
		out = append(out, e.examples()...)
	}
	return out
}
