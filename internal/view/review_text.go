package view

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// Review prints a review: for a person, as Markdown for a comment, or as one JSON document.
func Review(s Streams, f Format, r *engine.Review) error {
	switch f {
	case Markdown:
		return ReviewMarkdown(s.Out, r)
	case JSON, JSONDocument:
		enc := json.NewEncoder(s.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	ReviewText(s.Out, s.OutStyle(), r)
	return nil
}

// ReviewText prints a review for a person: the gravest differences first, each with what it means.
func ReviewText(w io.Writer, s Style, r *engine.Review) {
	t := reviewText{w, s}
	if len(r.Differences) == 0 {
		t.line("%s Against %s, what crosses and who may read it is the same.", s.bold(s.green("No differences.")),
			r.Base)
		return
	}
	t.line("Compared with %s:", r.Base)
	for _, section := range r.Sections() {
		title := s.bold(fmt.Sprintf("%s (%d)", section.Title, len(section.Differences)))
		if section.Exposes {
			title = s.red(title)
		}
		t.line("\n%s", title)
		for _, g := range groups(section.Differences) {
			t.group(g)
		}
	}
	t.line("\n%s", s.bold("Review: "+r.Summary()+"."))
	if n := exposing(r); n > 0 {
		t.line("%s", s.red(fmt.Sprintf("%s: %s.", engine.ExposesData, plural(n, "difference"))))
	}
}

// exposing returns how many differences of a review expose data.
func exposing(r *engine.Review) int {
	n := 0
	for i := range r.Differences {
		if r.Differences[i].Exposes() {
			n++
		}
	}
	return n
}

// reviewText writes reviews to a stream.
type reviewText struct {
	w io.Writer
	s Style
}

func (t reviewText) line(format string, args ...any) { printLine(t.w, format, args...) }

// detailLines is how many details of a difference are shown.
const detailLines = 12

// group are differences that say the same of several columns, such as those that a rule reaches.
type group struct {
	*engine.Difference // the first
	names              []string
}

// groups puts together what differs in nothing but its subject.
func groups(list []engine.Difference) []group {
	var out []group
	for i := range list {
		d := &list[i]
		at := slices.IndexFunc(out, func(g group) bool { return saysTheSame(g.Difference, d) })
		if at < 0 {
			at = len(out)
			out = append(out, group{Difference: d})
		}
		out[at].names = append(out[at].names, nameOf(d))
	}
	return out
}

func saysTheSame(a, b *engine.Difference) bool {
	same := func(a, b *engine.Stance) bool { return a == b || a != nil && b != nil && *a == *b }
	return a.Kind == engine.SubjectColumn && a.Kind == b.Kind && a.Address == b.Address && a.Verdict == b.Verdict &&
		a.Meaning == b.Meaning && same(a.Before, b.Before) && same(a.After, b.After) &&
		slices.Equal(a.Details, b.Details)
}

// namesInGroup is how many names of a group are shown.
const namesInGroup = 20

// title returns what a group is about.
func (g group) title() string { return strings.Join(shown(g.names, namesInGroup), ", ") }

func (t reviewText) group(g group) {
	where := ""
	if g.Range != nil {
		where = "  " + t.s.dim(g.Range.String())
	}
	t.line("  %s %s: %s%s", t.verdict(g.Verdict), t.s.bold(g.title()), g.Meaning, where)
	facts := ""
	if text := facet(g.Difference); text != "" {
		facts = "  " + t.s.dim("("+text+")")
	}
	for _, text := range shown(g.Lines, detailLines) {
		t.line("      %s", text)
	}
	switch {
	case len(g.Lines) > 0:
	case g.Before != nil && g.After != nil:
		t.line("      %s -> %s%s", g.Before.Text, g.After.Text, facts)
	case g.After != nil:
		t.line("      %s%s", g.After.Text, facts)
	case g.Before != nil:
		t.line("      was %s%s", g.Before.Text, facts)
	}
	for _, text := range shown(g.Details, detailLines) {
		t.line("      %s", text)
	}
}

// shown returns the first of a list, and how many more there are.
func shown(list []string, most int) []string {
	if n := len(list) - most; n > 1 {
		return append(list[:most:most], fmt.Sprintf("and %d more", n))
	}
	return list
}

// nameOf returns what a difference is about.
func nameOf(d *engine.Difference) string {
	name := d.Name()
	if d.Was != "" {
		name += " (was " + d.Was + ")"
	}
	if d.Partitions > 0 {
		name += " and " + plural(d.Partitions, "partition")
	}
	return name
}

func (t reviewText) verdict(v engine.Verdict) string {
	text := fmt.Sprintf("%-8s", v)
	switch v {
	case engine.Weaker:
		return t.s.red(text)
	case engine.Stronger:
		return t.s.green(text)
	case engine.New:
		return t.s.cyan(text)
	case engine.Other:
		return t.s.yellow(text)
	}
	return t.s.dim(text)
}

// facet says how strong a column's masks are on both sides, and what decided them.
func facet(d *engine.Difference) string {
	var strengths, because []string
	for _, s := range []*engine.Stance{d.Before, d.After} {
		if s != nil {
			strengths, because = append(strengths, string(s.Strength)), append(because, s.Because)
		}
	}
	facts := []string{turn(strengths), turn(because)}
	return strings.Join(slices.DeleteFunc(facts, func(s string) bool { return s == "" }), "; ")
}

// turn writes what was and is as "was -> is", once where both are the same.
func turn(list []string) string {
	list = slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
	return strings.Join(list, " -> ")
}
