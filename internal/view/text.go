package view

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// wrap breaks prose between words into lines of at most width columns; a width of 0 or less breaks nothing. Lines that
// begin with white space are statements or lists and stay whole, as does a word that is longer than a line: both must
// be possible to copy.
func wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue
		}
		var b strings.Builder
		column := 0
		for _, word := range strings.Split(line, " ") {
			wide := runewidth.StringWidth(word)
			switch {
			case column == 0:
			case column+1+wide > width:
				b.WriteString("\n")
				column = 0
			default:
				b.WriteString(" ")
				column++
			}
			b.WriteString(word)
			column += wide
		}
		lines[i] = b.String()
	}
	return strings.Join(lines, "\n")
}

// longLiteral is how many characters of a string constant are shown: a mask that picks from a dictionary holds all of
// it. The plan file and show -json have every statement in full.
const longLiteral = 48

// shortSQL shortens long string constants of a statement for reading.
func shortSQL(sql string) string {
	var b strings.Builder
	for {
		open := strings.IndexAny(sql, `'"`)
		if open < 0 {
			b.WriteString(sql)
			return b.String()
		}
		end := closing(sql, open)
		text := sql[open+1 : max(open+1, end-1)]
		n := utf8.RuneCountInString(text)
		if sql[open] == '\'' && n > longLiteral {
			b.WriteString(sql[:open+1] + string([]rune(text)[:longLiteral/2]) +
				fmt.Sprintf("…' /* %d characters */", n))
		} else {
			b.WriteString(sql[:end])
		}
		sql = sql[end:]
	}
}

// closing returns the index after the quote that ends what begins at open; a doubled quote ends nothing.
func closing(sql string, open int) int {
	quote := sql[open]
	for i := open + 1; i < len(sql); i++ {
		if sql[i] != quote {
			continue
		}
		if i+1 < len(sql) && sql[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(sql)
}

// Export returns the shell command that sets a variable. A value with invisible characters is written in ANSI-C quotes,
// so that it stays on one line and the shell gets it unchanged.
func Export(name, value string) string {
	if !strings.ContainsFunc(value, invisible) {
		return fmt.Sprintf("export %s='%s'", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	var b strings.Builder
	for _, r := range value {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case invisible(r):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return fmt.Sprintf("export %s=$'%s'", name, b.String())
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-runewidth.StringWidth(text)))
}

// count groups thousands: 1,234,567.
func count(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// bytesText returns a size in binary units, as pg_size_pretty does.
func bytesText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d bytes", n)
	}
	value, suffixes := float64(n), []string{"kB", "MB", "GB", "TB", "PB"}
	i := -1
	for value >= unit && i < len(suffixes)-1 {
		value /= unit
		i++
	}
	return fmt.Sprintf("%.1f %s", value, suffixes[i])
}

// elapsed returns a duration for people: 0.4s, 12s, 3m05s.
func elapsed(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	default:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// firstUpper begins a sentence with a capital, unless it begins with the name of a file.
func firstUpper(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.ContainsAny(first, "./_:") {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

func clamp(n, limit int) int { return min(max(n, 0), limit) }
