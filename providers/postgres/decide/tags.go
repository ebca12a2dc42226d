package decide

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/personal"
)

// mark matches a tag in a comment: a word after # or @ that is not inside another word, as the @ of an address is.
var mark = regexp.MustCompile(`(?:^|[\s,;:(\[{])[#@]([\p{L}\p{N}_][\p{L}\p{N}_.:-]*)`)

// marks returns the tags in a comment, in lower case: "Customer's address #pii #gdpr:art9".
func marks(comment string) []string {
	var out []string
	for _, m := range mark.FindAllStringSubmatch(comment, -1) {
		out = append(out, strings.ToLower(strings.TrimRight(m[1], ".:-")))
	}
	return out
}

// tags are those of a table's comment.
func (t *tableNode) tags() []string { return marks(t.Source.Comment) }

// unknownTags returns a sentence for each of a rule's tags that nothing can have, with the most similar known tag.
func (r *resolver) unknownTags(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	var known []string
	for _, k := range personal.Kinds() {
		known = append(known, string(k.Kind))
	}
	for _, t := range r.order {
		known = append(known, t.tags()...)
		for _, c := range t.columns {
			known = append(known, marks(c.source.Comment)...)
		}
	}
	unknown := ""
	for _, tag := range tags {
		if spec.CompileGlob(tag).Literal() && !slices.Contains(known, tag) {
			unknown += fmt.Sprintf(" No kind of personal data and no comment has the tag %q.%s", tag,
				diag.DidYouMean(tag, known))
		}
	}
	return unknown
}

// tagged returns the tags of a column: those of its comment, and the kind that its name, comment and type suggest, if
// the guess is better than low. A wrong guess masks a column too many, which a block corrects.
func (c *columnNode) tagged() []string {
	if c.tags == nil {
		c.tags = append([]string{}, marks(c.source.Comment)...)
		t := c.table.Source
		if c.table.tells == nil {
			c.table.tells = t.Personal()
		}
		guess, ok := personal.Recognise(personal.Column{
			Schema:  t.Schema,
			Table:   t.Name,
			Name:    c.source.Name,
			Comment: c.source.Comment,
			Type:    c.source.Type,
			Of:      c.table.tells,
		})
		if ok && guess.Confidence >= personal.Medium {
			c.tags = append(c.tags, string(guess.Kind))
		}
	}
	return c.tags
}
