package view

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/engine"
)

// reviewMarker lets a bot find its own comment and replace it.
const reviewMarker = "<!-- shoji-diff -->"

// ReviewMarkdown writes a review as a comment for a pull request. What exposes data is open, all else is folded. Where
// a comment would be longer than it may be, the least important sections are shortened first, with a notice.
func ReviewMarkdown(w io.Writer, r *engine.Review) error {
	if len(r.Differences) == 0 {
		_, err := fmt.Fprintf(w,
			"%s\n## shoji diff: %s\n\n**No differences.** Against %s, what crosses and who may read it "+
				"is the same.\n", reviewMarker, mdText(r.Project), mdText(r.Base))
		return err
	}
	head := fmt.Sprintf("%s\n## shoji diff: %s, compared with %s\n\n**%s.**", reviewMarker, mdText(r.Project),
		mdText(r.Base), r.Summary())
	if n := exposing(r); n > 0 {
		head += fmt.Sprintf(" Hazard `%s`: **%s**.", engine.ExposesData, plural(n, "difference"))
	} else {
		head += " Nothing shows more of people's data, or to more people."
	}
	_, err := io.WriteString(w, head+"\n\n"+fold(r.Sections(), commentLimit-utf8.RuneCountInString(head)-2))
	return err
}

// fullness is how much of a section is shown.
type fullness int

const (
	counted fullness = iota // only how many differences it has
	named                   // a line for each
	whole
)

const shortNotice = "\n_Some of it is shortened: a comment may not be longer. `shoji diff` prints all of it._\n"

// fold writes sections in at most room characters. It shortens the last first, and the first only where nothing else is
// left to shorten: as many of its differences as fit are then shown.
func fold(sections []engine.Section, room int) string {
	texts, levels := make([]string, len(sections)), make([]fullness, len(sections))
	total := 0
	for i := range sections {
		levels[i] = whole
		texts[i] = sectionMarkdown(sections[i], whole, -1)
		total += utf8.RuneCountInString(texts[i])
	}
	if total <= room {
		return strings.Join(texts, "")
	}
	room -= len(shortNotice)
	for i := len(sections) - 1; i >= 0; i-- {
		for total > room && levels[i] > counted && !(sections[i].Exposes && levels[i] == named) {
			levels[i]--
			total -= utf8.RuneCountInString(texts[i])
			texts[i] = sectionMarkdown(sections[i], levels[i], -1)
			total += utf8.RuneCountInString(texts[i])
		}
	}
	if total > room {
		rest := total - utf8.RuneCountInString(texts[0])
		texts[0] = sectionMarkdown(sections[0], named, room-rest)
	}
	return strings.Join(texts, "") + shortNotice
}

// sectionMarkdown writes a section, in at most room characters where that is not negative.
func sectionMarkdown(s engine.Section, f fullness, room int) string {
	title := fmt.Sprintf("%s (%d)", s.Title, len(s.Differences))
	if f == counted {
		return fmt.Sprintf("<details><summary>%s</summary>\n\nNot shown.\n\n</details>\n", mdHTML(title))
	}
	var entries []string
	for _, g := range groups(s.Differences) {
		entries = append(entries, g.markdown(f))
	}
	fence := fenceOf(entries)
	begin, end := fmt.Sprintf("<details><summary>%s</summary>\n\n%sdiff\n", mdHTML(title), fence),
		fence+"\n\n</details>\n"
	if s.Exposes {
		begin, end = fmt.Sprintf("### %s\n\n%sdiff\n", mdText(title), fence), fence+"\n\n"
	}
	if room >= 0 {
		entries = within(entries, room-utf8.RuneCountInString(begin+end))
	}
	return begin + strings.Join(entries, "") + end
}

// within returns as many entries as fit, and says how many do not.
func within(entries []string, room int) []string {
	const notice = "@@ and %d more @@\n"
	room -= len(notice) + 8
	for i, e := range entries {
		if room -= utf8.RuneCountInString(e); room < 0 {
			return append(entries[:i:i], fmt.Sprintf(notice, len(entries)-i))
		}
	}
	return entries
}

// markdown writes a group as a hunk of a diff. Its markers are at column 0.
func (g group) markdown(f fullness) string {
	var b strings.Builder
	fmt.Fprintf(&b, "@@ %s: %s @@ %s\n", g.Verdict, oneLine(g.title()), oneLine(g.Meaning))
	if f != whole {
		return b.String()
	}
	for _, text := range shown(g.Lines, detailLines) {
		fmt.Fprintf(&b, "%s\n", oneLine(text))
	}
	for _, side := range []struct {
		marker string
		stance *engine.Stance
	}{{"-", g.Before}, {"+", g.After}} {
		if side.stance == nil || len(g.Lines) > 0 {
			continue
		}
		facts := ""
		if text := facet(&engine.Difference{After: side.stance}); text != "" {
			facts = "   (" + oneLine(text) + ")"
		}
		fmt.Fprintf(&b, "%s %s%s\n", side.marker, oneLine(side.stance.Text), facts)
	}
	for _, text := range shown(g.Details, detailLines) {
		fmt.Fprintf(&b, "  %s\n", oneLine(text))
	}
	return b.String()
}
