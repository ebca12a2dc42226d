package docs_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	columns    = 112
	cellWidth  = 8 // a font of 13 pixels takes 7.8
	lineHeight = 18
	margin     = 16
)

var escape = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// colors are those of a dark terminal, by their SGR number.
var colors = map[int]string{31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff", 90: "#8b949e"}

// picture draws lines of a terminal as SVG. A line that is too long is cut, and ends with an ellipsis.
func picture(lines []string, title string) string {
	var b strings.Builder
	width, height := columns*cellWidth+2*margin, len(lines)*lineHeight+2*margin
	fmt.Fprintf(&b,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n"+
			"<title>%s</title>\n", width, height, width, height, title)
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\"/>\n", width, height)
	b.WriteString("<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" " +
		"font-size=\"13\" fill=\"#e6edf3\">\n")
	for i, line := range lines {
		if line == "" {
			continue
		}
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", margin, margin+13+i*lineHeight,
			spans(line))
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// spans turns a line with escape sequences into text with styles.
func spans(line string) string {
	var b strings.Builder
	left := columns
	style := ""
	write := func(text string) {
		if left <= 0 || text == "" {
			return
		}
		if n := utf8.RuneCountInString(text); n > left {
			text = string([]rune(text)[:left-1]) + "…"
		}
		left -= utf8.RuneCountInString(text)
		text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
		if style != "" && strings.TrimSpace(text) != "" {
			text = "<tspan" + style + ">" + text + "</tspan>"
		}
		b.WriteString(text)
	}
	end := 0
	for _, m := range escape.FindAllStringSubmatchIndex(line, -1) {
		write(line[end:m[0]])
		end = m[1]
		for _, code := range strings.Split(line[m[2]:m[3]], ";") {
			n, _ := strconv.Atoi(code) // nothing is 0
			switch {
			case n == 0:
				style = ""
			case n == 1:
				style += ` font-weight="bold"`
			case colors[n] != "":
				style += fmt.Sprintf(` fill=%q`, colors[n])
			}
		}
	}
	write(line[end:])
	return b.String()
}
