package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// commentLimit is the largest body of a comment that GitHub accepts, in characters.
const commentLimit = 65536

// marker lets a bot find its own comment and replace it.
const marker = "<!-- shoji-plan -->"

// PlanMarkdown writes a plan as a comment for a pull request: a summary table, then a folded section for each object,
// with diff fences. It is cut, with a notice, where it would be longer than a comment may be.
func PlanMarkdown(w io.Writer, p *engine.Plan) error {
	var head, body strings.Builder
	fmt.Fprintf(&head, "%s\n## shoji plan: %s\n\n", marker, mdText(p.Project))
	if !p.HasChanges() {
		head.WriteString("**No changes.** " + comparedParts(p) + " match the spec.\n")
		_, err := io.WriteString(w, head.String())
		return err
	}
	fmt.Fprintf(&head, "**%s**\n\n", mdText(p.Summary().String()))
	head.WriteString("| | object | hazards |\n|---|---|---|\n")
	for _, c := range p.Changes {
		if c.Action == engine.NoOp {
			continue
		}
		fmt.Fprintf(&head, "| `%s` | `%s` %s | %s |\n", symbol(c.Action), mdCode(c.Address), mdText(changeKind(c)),
			hazardNames(c.Hazards))
	}
	for _, r := range p.Refreshes {
		fmt.Fprintf(&head, "| `>` | `%s` %s, %s to %s | %s |\n", mdCode(r.Address), mdText(tableCounts(r)),
			mdText(r.From), mdText(r.To), hazardNames(r.Hazards))
	}
	head.WriteString("\n")
	for _, h := range p.Hazards() {
		fmt.Fprintf(&head, "- **%s** `%s`: %s\n", mdText(string(h.Name)), mdCode(h.Address), mdText(h.Reason))
	}
	if len(p.Hazards()) > 0 {
		head.WriteString("\n")
	}
	for _, d := range p.Diagnostics {
		fmt.Fprintf(&head, "> **Warning:** %s. %s\n>\n", mdText(d.Summary), mdText(d.Detail))
	}
	for _, c := range p.Changes {
		if c.Action != engine.NoOp {
			markdownChange(&body, c)
		}
	}
	for _, r := range p.Refreshes {
		markdownRefresh(&body, r)
		markdownStructure(&body, p, r)
	}
	return writeCut(w, head.String(), body.String())
}

// writeCut writes head and as many whole sections of body as fit.
func writeCut(w io.Writer, head, body string) error {
	const notice = "\n_The rest is left out: a comment may not be longer. `shoji show PLAN` prints all of it._\n"
	out := head
	for _, section := range strings.SplitAfter(body, "</details>\n") {
		if len([]rune(out))+len([]rune(section))+len(notice) > commentLimit {
			runes := []rune(out)
			if len(runes)+len(notice) > commentLimit {
				runes = runes[:commentLimit-len(notice)]
			}
			out = string(runes) + notice
			break
		}
		out += section
	}
	_, err := io.WriteString(w, out)
	return err
}

func markdownChange(b *strings.Builder, c engine.Change) {
	fmt.Fprintf(b, "<details><summary><code>%s %s</code> %s %s</summary>\n\n```diff\n", symbol(c.Action),
		mdHTML(c.Address), mdHTML(changeKind(c)), verb(c.Action))
	for _, name := range c.AttributeNames() {
		before, hadBefore := c.Before[name]
		after, hasAfter := c.After[name]
		hidden := slices.Contains(c.Sensitive, name)
		switch bt, at := attributeText(before, hidden), attributeText(after, hidden); {
		case !hadBefore && hasAfter:
			fmt.Fprintf(b, "+ %s = %s\n", oneLine(name), at)
		case hadBefore && !hasAfter:
			fmt.Fprintf(b, "- %s = %s\n", oneLine(name), bt)
		case bt != at || hidden:
			fmt.Fprintf(b, "! %s = %s -> %s\n", oneLine(name), bt, at)
		}
	}
	for _, n := range c.Notes {
		fmt.Fprintf(b, "  # %s\n", oneLine(n))
	}
	b.WriteString("```\n")
	markdownStatements(b, c.Statements)
	b.WriteString("\n</details>\n")
}

func markdownStatements(b *strings.Builder, list []engine.Statement) {
	if len(list) == 0 {
		return
	}
	texts := make([]string, len(list))
	for i, st := range list {
		texts[i] = st.Text
	}
	fence := fenceOf(texts)
	fmt.Fprintf(b, "\n%ssql\n", fence)
	last := ""
	for _, st := range list {
		if st.On != last {
			fmt.Fprintf(b, "-- on %s\n", oneLine(st.On))
			last = st.On
		}
		b.WriteString(st.Text + "\n")
	}
	b.WriteString(fence + "\n")
}

// fenceOf returns a fence that is longer than any run of backquotes in the texts.
func fenceOf(texts []string) string {
	fence := "```"
	for _, text := range texts {
		for strings.Contains(text, fence) {
			fence += "`"
		}
	}
	return fence
}

func markdownRefresh(b *strings.Builder, r engine.Refresh) {
	for _, t := range r.Tables {
		fmt.Fprintf(b, "<details><summary><code>&gt; %s</code> <code>%s.%s</code> %s</summary>\n\n", mdHTML(r.Address),
			mdHTML(t.Schema), mdHTML(t.Name), mdHTML(tableFacts(t)))
		if len(t.Columns) > 0 {
			b.WriteString("| column | type | crosses as | strength | decided by |\n|---|---|---|---|---|\n")
			for _, c := range t.Columns {
				how := "**keep**"
				if c.LooksLike != "" {
					how += " (looks like " + mdText(c.LooksLike) + ")"
				}
				switch c.Decision {
				case engine.DecisionMask:
					how = "`" + mdCode(c.Mask) + "`"
				case engine.DecisionGenerated:
					how = "computed by the target"
				}
				fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", mdCode(c.Name), mdText(c.Type), how,
					mdText(string(c.Strength)), mdText(c.Because))
			}
		}
		if t.SQL != "" {
			markdownStatements(b, []engine.Statement{{On: r.From, Text: shortSQL(t.SQL)}})
		}
		b.WriteString("\n</details>\n")
	}
	if len(r.Notes) > 0 {
		fmt.Fprintf(b, "<details><summary><code>&gt; %s</code> notes</summary>\n\n", mdHTML(r.Address))
		for _, n := range r.Notes {
			fmt.Fprintf(b, "- %s\n", mdText(n))
		}
		b.WriteString("\n</details>\n")
	}
}

func tableFacts(t engine.RefreshTable) string {
	switch t.Treatment {
	case engine.TreatmentStructure:
		return "structure only"
	case engine.TreatmentSkip:
		return "skipped"
	case engine.TreatmentPartitioned:
		return "partitioned"
	}
	masked := 0
	for _, c := range t.Columns {
		if c.Decision == engine.DecisionMask {
			masked++
		}
	}
	return fmt.Sprintf("%s, %d of %d columns masked", sizeText(t), masked, len(t.Columns))
}

func tableCounts(r engine.Refresh) string {
	n, masked := 0, 0
	for _, t := range r.Tables {
		if t.Treatment == engine.TreatmentCopy {
			n++
		}
		for _, c := range t.Columns {
			if c.Decision == engine.DecisionMask {
				masked++
			}
		}
	}
	return fmt.Sprintf("%s: %d tables, %d masked columns, %s", r.Mode, n, masked, rawText(r))
}

// changeKind returns what changes where the address does not say it: "grants" of a role.
func changeKind(c engine.Change) string {
	if strings.HasPrefix(c.Address, c.Type+".") || strings.HasPrefix(c.Address, c.Type+"[") {
		return ""
	}
	return c.Type
}

func hazardNames(list []engine.Hazard) string {
	var names []string
	for _, h := range list {
		if n := "`" + string(h.Name) + "`"; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return strings.Join(names, " ")
}

func attributeText(v any, hidden bool) string {
	if hidden {
		return "(sensitive value)"
	}
	return oneLine(valueText(v))
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}

// mdText escapes text so that it does not end a table cell, or make a tag, a link or an image. The empty comments break
// up what GitHub looks for in the rendered page, where an entity would not: mentions, references to issues, addresses.
func mdText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "&", "&amp;", "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`",
		"\\`",
		"[", `\[`, "]", `\]`, "~", `\~`, "$", `\$`, "@", "@<!-- -->", "#", "#<!-- -->", "://", ":<!-- -->//", "www.",
		"www<!-- -->.",
		"GH-", "GH<!-- -->-").Replace(oneLine(s))
}

// mdCode escapes text inside backquotes in a table cell.
func mdCode(s string) string {
	return strings.NewReplacer("|", `\|`, "`", "'").Replace(oneLine(s))
}

func mdHTML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(oneLine(s))
}
