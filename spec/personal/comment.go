package personal

import (
	"fmt"
	"strings"
)

// byComment reads the first clause of a comment: "Customer's date of birth; may be empty". A comment is prose, so it
// never counts for more than Medium by itself.
func (c Column) byComment() finding {
	text := strings.TrimSpace(withoutValues(c.Comment)) // as in the schema lock, which has none
	if text == "" {
		return finding{}
	}
	if hasJapanese(text) {
		return c.japaneseComment(text)
	}
	clause := firstClause(strings.ToLower(text), ". ", ".\n", ";", ",", "(", "\n", ":", " e.g", " - ", "/")
	for _, word := range strings.Fields("the a an this") {
		clause = strings.TrimPrefix(clause, word+" ")
	}
	// What follows a preposition says whose it is, or what for.
	head := firstClause(clause, " of the ", " of a ", " of this ", " for ", " used ", " in ", " to ", " as ", " from ",
		" at ", " where ", " that ", " which ", " when ", " we ", " on ", " is ", " or ", " by ",
		" provided ", " supplied ", " with ", " per ", " such ")
	words := split(strings.ReplaceAll(head, "'s", ""))
	if len(words) == 0 || len(words) > 8 {
		return finding{}
	}
	f := Column{Table: c.Table}.phrase(words)
	if f.kind == "" {
		f, _ = Column{Table: c.Table}.nameOf(words)
	}
	if f.kind == "" || f.confidence == Low {
		return finding{}
	}
	f.confidence, f.reason = Medium, fmt.Sprintf("the comment speaks of %s", f.kind.Title())
	return f
}

func (c Column) japaneseComment(text string) finding {
	clause := firstClause(text, "。", "、", "：", ":", "\n", "／", ";", "；", ",", "※", "→")
	for _, particle := range []string{"を", "は"} { // "氏名を保持する": what is before is the thing itself
		clause = firstClause(clause, particle)
	}
	f := c.japaneseName(clause, "the comment", Medium)
	if f.confidence == Low {
		return finding{}
	}
	if f.kind != "" {
		f.reason = "the comment speaks of " + f.kind.Title()
	}
	return f
}

// firstClause cuts text at the first of the signs.
func firstClause(text string, signs ...string) string {
	for _, sign := range signs {
		if before, _, found := strings.Cut(text, sign); found && before != "" {
			text = before
		}
	}
	return strings.TrimSpace(strings.TrimRight(text, ". "))
}
