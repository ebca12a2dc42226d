package view

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
)

// Drift prints a report of drift: for a person, as Markdown, or as one JSON document.
func Drift(s Streams, f Format, d *engine.Drift) error {
	switch f {
	case Markdown:
		return DriftMarkdown(s.Out, d)
	case JSON, JSONDocument:
		return writeDriftJSON(s.Out, d)
	}
	DriftText(s.Out, s.OutStyle(), d)
	return nil
}

func writeDriftJSON(w io.Writer, d *engine.Drift) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

// driftHead returns the first sentences of a report.
func driftHead(d *engine.Drift) string {
	switch {
	case len(d.Drifted) == 0 && d.Complete():
		return "No drift. What there is matches the spec and its schema lock."
	case len(d.Drifted) == 0:
		return "No drift was found, but not everything could be compared."
	case d.Complete():
		return "Drift: " + d.Summary() + "."
	}
	return "Drift: " + d.Summary() + ". Not everything could be compared."
}

// driftRemedy says what to do about drift.
func driftRemedy(d *engine.Drift) string {
	schema := func(x engine.Drifted) bool { return x.Kind == engine.DriftKindSchema }
	var out []string
	if slices.ContainsFunc(d.Drifted, func(x engine.Drifted) bool { return !schema(x) }) {
		out = append(out, "shoji plan shows what would restore what is declared. If what there is is right, "+
			"change the spec.")
	}
	if slices.ContainsFunc(d.Drifted, schema) {
		out = append(out, "shoji inspect updates the schema lock.")
	}
	return strings.Join(out, " ")
}

// driftTitle returns what has drifted, and what else is said of it.
func driftTitle(x *engine.Drifted) (title string, notes []string) {
	if x.Kind == engine.DriftKindSchema && len(x.Notes) > 0 { // the note begins with the name
		return x.Address + ": " + x.Notes[0], x.Notes[1:]
	}
	return x.Address, x.Notes
}

// driftedAttributes returns the attributes to show: all that differ are of interest only where an object is on both
// sides.
func driftedAttributes(x *engine.Drifted) []engine.DriftedAttribute {
	if x.State != engine.DriftChanged {
		return nil
	}
	return x.Attributes
}

// driftSides returns an attribute as it is and as it is declared.
func driftSides(a *engine.DriftedAttribute) (live, declared string) {
	text := func(v any) string {
		if v == nil {
			return "nothing"
		}
		return valueText(v)
	}
	switch {
	case a.Sensitive:
		return secret.Redacted, secret.Redacted
	case a.Unknown:
		return text(a.Live), "(known after apply)"
	}
	return text(a.Live), text(a.Declared)
}

// DriftText prints a report of drift for a person. Its diagnostics are printed by themselves.
func DriftText(w io.Writer, s Style, d *engine.Drift) {
	line := func(format string, args ...any) { printLine(w, format, args...) }
	states := map[engine.DriftState]func(string) string{
		engine.DriftMissing: s.red,
		engine.DriftChanged: s.yellow,
		engine.DriftExtra:   s.cyan,
	}
	for i := range d.Drifted {
		x := &d.Drifted[i]
		where := ""
		if x.Range != nil {
			where = "  " + s.dim(x.Range.String())
		}
		title, notes := driftTitle(x)
		line("%s %s%s", states[x.State](fmt.Sprintf("%-8s", x.State)), s.bold(title), where)
		for _, a := range driftedAttributes(x) {
			live, declared := driftSides(&a)
			line("    %s: is %s, declared %s", a.Name, live, declared)
		}
		for _, note := range shown(notes, detailLines) {
			line("    %s", note)
		}
	}
	if len(d.Drifted) == 0 {
		style := s.green
		if !d.Complete() {
			style = s.yellow
		}
		line("%s", s.bold(style(driftHead(d))))
		return
	}
	line("\n%s", s.bold(s.yellow(driftHead(d))))
	line("%s", driftRemedy(d))
}

// driftMarker lets a bot find its own comment and replace it.
const driftMarker = "<!-- shoji-drift -->"

// DriftMarkdown writes a report of drift as the text of an issue. It is shortened, with a notice, where it would be
// longer than that may be.
func DriftMarkdown(w io.Writer, d *engine.Drift) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n## shoji drift: %s\n\n**%s**\n\n", driftMarker, mdText(driftProject(d)), mdText(driftHead(d)))
	for _, x := range d.Diagnostics {
		fmt.Fprintf(&b, "> **%s:** %s. %s\n>\n", severityTitle(x), mdText(x.Summary), mdText(x.Detail))
	}
	if len(d.Diagnostics) > 0 {
		b.WriteString("\n")
	}
	if len(d.Drifted) > 0 {
		var entries []string
		for i := range d.Drifted {
			entries = append(entries, driftHunk(&d.Drifted[i]))
		}
		fence := fenceOf(entries)
		tail := fmt.Sprintf("%s\n\n%s\n", fence, mdText(driftRemedy(d)))
		b.WriteString(fence + "diff\n")
		entries = within(entries, commentLimit-utf8.RuneCountInString(b.String()+tail))
		b.WriteString(strings.Join(entries, "") + tail)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// driftProject names the project and its environment.
func driftProject(d *engine.Drift) string {
	if d.Env == "" {
		return d.Project
	}
	return d.Project + " (" + d.Env + ")"
}

func severityTitle(d diag.Diagnostic) string {
	if d.Severity == diag.Error {
		return "Error"
	}
	return "Warning"
}

// driftHunk writes what has drifted as a hunk of a diff from what is to what is declared.
func driftHunk(x *engine.Drifted) string {
	var b strings.Builder
	title, notes := driftTitle(x)
	fmt.Fprintf(&b, "@@ %s @@ %s\n", x.State, oneLine(title))
	for _, a := range driftedAttributes(x) {
		live, declared := driftSides(&a)
		fmt.Fprintf(&b, "- %s = %s\n+ %s = %s\n", oneLine(a.Name), oneLine(live), oneLine(a.Name), oneLine(declared))
	}
	for _, note := range shown(notes, detailLines) {
		fmt.Fprintf(&b, "  %s\n", oneLine(note))
	}
	return b.String()
}

// DriftJSON returns a report as the message of a webhook, without the lines of the spec.
func DriftJSON(d *engine.Drift) ([]byte, error) {
	message := *d
	message.Diagnostics = slices.Clone(d.Diagnostics)
	for i := range message.Diagnostics {
		message.Diagnostics[i].Snippet = nil
	}
	var b strings.Builder
	err := writeDriftJSON(&b, &message)
	return []byte(b.String()), err
}

// What a message shows fits into the 40,000 characters that Slack takes.
const (
	slackEntries    = 15  // drifted objects, and problems
	slackAttributes = 5   // of an object
	slackLine       = 300 // characters of a line
)

// slackMessage is a message in which the stars and underscores of names are no marks.
type slackMessage struct {
	Text     string `json:"text"`
	Markdown bool   `json:"mrkdwn"`
}

// DriftSlack returns a report as an incoming webhook of Slack takes it.
func DriftSlack(d *engine.Drift) ([]byte, error) {
	lines := []string{"shoji drift: " + slackText(driftProject(d)), slackText(driftHead(d))}
	var entries []string
	for _, x := range d.Diagnostics {
		entries = append(entries, "• "+severityTitle(x)+": "+slackText(x.Summary))
	}
	for i := range d.Drifted {
		x := &d.Drifted[i]
		title, _ := driftTitle(x)
		var attributes []string
		for _, a := range driftedAttributes(x) {
			live, declared := driftSides(&a)
			attributes = append(attributes, slackText(a.Name+": is "+live+", declared "+declared))
		}
		entry := append([]string{"• " + string(x.State) + " " + slackText(title)},
			shown(attributes, slackAttributes)...)
		entries = append(entries, strings.Join(entry, "\n      "))
	}
	lines = append(lines, shown(entries, slackEntries)...)
	if remedy := driftRemedy(d); remedy != "" {
		lines = append(lines, slackText(remedy))
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(slackMessage{Text: strings.Join(lines, "\n")})
	return []byte(b.String()), err
}

// slackText returns a text as one line in which Slack finds no mention and no link.
func slackText(s string) string {
	s = oneLine(s)
	if utf8.RuneCountInString(s) > slackLine {
		s = string([]rune(s)[:slackLine-1]) + "…"
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
