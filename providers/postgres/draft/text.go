package draft

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/spec/mask"
)

// width is where lists of names are broken.
const width = 120

// tableText is the block of a table; "" where rules say all of it.
func tableText(t *draftTable) string {
	var b strings.Builder
	var names []string
	for _, c := range t.columns {
		switch {
		case c.ruled:
		case c.verdict == Undecided:
			b.WriteString(undecidedText(c))
		case c.verdict == ByKey:
			fmt.Fprintf(&b, "# %s: %s\n", comment(c.source.Name), comment(c.reason))
		case c.verdict == Kept:
			names = append(names, c.source.Name)
		}
	}
	b.WriteString(keepText(names))
	for _, c := range t.columns {
		if c.verdict == Masked && !c.ruled {
			b.WriteString(columnText(c))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	if t.source.Configuration != nil {
		return usualText(t, b.String())
	}
	return fmt.Sprintf("\ntable %s %s {\n%s}\n", mask.Quote(t.source.Schema), mask.Quote(t.source.Name), b.String())
}

// usualText is the block of an extension's configuration table, with a comment on what is in it.
func usualText(t *draftTable, body string) string {
	about := "# rows that users keep in a table of extension " + t.source.Configuration.Extension
	if t.usual.Reason != "" {
		about += ": " + t.usual.Reason
	}
	return fmt.Sprintf("\n%s\ntable %s %s {\n%s}\n", comment(about), mask.Quote(t.source.Schema),
		mask.Quote(t.source.Name), body)
}

// missing is what comes new into the block that a table has. Nothing in it is rewritten.
func missing(t *draftTable) addition {
	out := addition{at: t.block.Range, address: t.block.Address()}
	var b strings.Builder
	for _, c := range t.columns {
		switch c.verdict {
		case Kept:
			out.keep = append(out.keep, c.source.Name)
		case Masked:
			if !c.ruled {
				b.WriteString("  " + columnText(c))
			}
			out.settled = append(out.settled, strings.Split(strings.TrimSuffix(undecidedText(c), "\n"), "\n")...)
		case Undecided:
			if !c.ruled && !c.said {
				b.WriteString("  " + strings.ReplaceAll(strings.TrimSuffix(undecidedText(c), "\n"), "\n", "\n  ") +
					"\n")
			}
		}
	}
	if len(t.block.Keep) == 0 && out.keep != nil {
		for line := range strings.Lines(keepText(out.keep)) {
			b.WriteString("  " + line)
		}
		out.keep = nil
	}
	out.text = b.String()
	return out
}

func columnText(c *draftColumn) string {
	return fmt.Sprintf("column %s { mask = %s } # %s\n", mask.Quote(c.source.Name), c.mask, explain(c))
}

// undecidedText names a column that is left to people, with the line that would decide it.
func undecidedText(c *draftColumn) string {
	text := fmt.Sprintf("# undecided: %s %s: %s\n", comment(c.source.Name), comment(c.source.Type.Formatted),
		explain(c))
	if c.mask != "" {
		text += comment(fmt.Sprintf("# column %s { mask = %s }", mask.Quote(c.source.Name), c.mask)) + "\n"
	}
	return text
}

// explain is a guess with its confidence and reason, in a comment.
func explain(c *draftColumn) string {
	if c.guess.Kind == "" {
		return comment(c.reason)
	}
	return comment(fmt.Sprintf("%s (%s): %s", c.guess.Kind, c.guess.Confidence, c.reason))
}

// comment keeps a text on its line, and from turning what is read around: a name can hold anything.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}

// keepText is a keep argument, on several lines where it is long.
func keepText(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "keep = " + listText(names) + "\n"
}

func listText(names []string) string {
	quoted := make([]string, len(names))
	length := 0
	for i, n := range names {
		quoted[i] = mask.Quote(n)
		length += len(quoted[i]) + 2
	}
	if length < width {
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	var b strings.Builder
	b.WriteString("[")
	line := width // so that the first name begins a line
	for _, q := range quoted {
		if line+len(q)+2 > width {
			b.WriteString("\n")
			line = 0
		} else {
			b.WriteString(" ")
		}
		b.WriteString(q + ",")
		line += len(q) + 2
	}
	return b.String() + "\n]"
}
