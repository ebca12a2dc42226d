package diag

import (
	"slices"
	"strings"
)

// Fix is a change to the spec's files that mends a Diagnostic.
type Fix struct {
	// Title is what it does, as an instruction: "Take the suppression away".
	Title string `json:"title"`
	// Safe: nothing crosses that did not before, and no masked value changes, so that it may be applied unread.
	Safe  bool   `json:"safe"`
	Edits []Edit `json:"edits"`
}

// Edit replaces the text of a range. An empty range inserts.
type Edit struct {
	Range Range  `json:"range"`
	Text  string `json:"text"`
}

// Apply makes the edits of every fix that fits beside those before it: a fix is made whole or not at all, and no two
// edits touch one place. sources are the files by name, and are left as they are; the result has the changed ones
// alone. made has an entry for each fix.
func Apply(sources map[string][]byte, fixes []Fix) (changed map[string][]byte, made []bool) {
	taken := map[string][]Edit{}
	made = make([]bool, len(fixes))
	for i, f := range fixes {
		if !fits(sources, taken, f) {
			continue
		}
		made[i] = true
		for _, e := range f.Edits {
			taken[e.Range.Filename] = append(taken[e.Range.Filename], e)
		}
	}
	changed = map[string][]byte{}
	for name, edits := range taken {
		changed[name] = edited(sources[name], edits)
	}
	return changed, made
}

// fits reports whether all edits of a fix are within their files and apart from those that are taken and from each
// other.
func fits(sources map[string][]byte, taken map[string][]Edit, f Fix) bool {
	for i, e := range f.Edits {
		src, ok := sources[e.Range.Filename]
		start, end := e.Range.Start.Byte, e.Range.End.Byte
		if !ok || start < 0 || end < start || end > len(src) {
			return false
		}
		others := append(slices.Clone(taken[e.Range.Filename]), f.Edits[:i]...)
		for _, o := range others {
			if o.Range.Filename == e.Range.Filename && start <= o.Range.End.Byte && o.Range.Start.Byte <= end {
				return false
			}
		}
	}
	return len(f.Edits) > 0
}

func edited(src []byte, edits []Edit) []byte {
	slices.SortFunc(edits, func(a, b Edit) int { return a.Range.Start.Byte - b.Range.Start.Byte })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.Write(src[at:e.Range.Start.Byte])
		b.WriteString(e.Text)
		at = e.Range.End.Byte
	}
	b.Write(src[at:])
	return []byte(b.String())
}
