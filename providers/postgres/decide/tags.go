package decide

import (
	"regexp"
	"strings"
)

// mark is a tag in a comment: a word after # or @ that does not stand inside another word, as the @ of an address does.
var mark = regexp.MustCompile(`(?:^|[\s,;:(\[{])[#@]([\p{L}\p{N}_][\p{L}\p{N}_.:-]*)`)

// marks gives the tags that a comment carries, in lower case: "Customer's address #pii #gdpr:art9".
func marks(comment string) []string {
	var out []string
	for _, m := range mark.FindAllStringSubmatch(comment, -1) {
		out = append(out, strings.ToLower(strings.TrimRight(m[1], ".:-")))
	}
	return out
}

// tags are those of a table's comment.
func (t *table) tags() []string { return marks(t.Source.Comment) }

// tags are those of a column's comment.
func (c *column) tags() []string { return marks(c.source.Comment) }
