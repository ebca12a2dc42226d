package engine

// Half says which half of a refresh through a bucket is planned: in two accounts, each runs its own, without access to
// the other side.
type Half string

const (
	Whole      Half = ""
	OnlyExport Half = "export"
	OnlyImport Half = "import"
)
