package spec

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Snippet returns the source around r, with the block that it is in, and without what may be a secret; nil where the
// file is not of the project, or is no HCL: nobody knows what stands in it then.
func (p *Project) Snippet(r *diag.Range) *diag.Snippet {
	if r == nil || p.strange[r.Filename] {
		return nil
	}
	src, ok := p.Sources[r.Filename]
	if !ok || r.Start.Byte > len(src) || r.End.Byte > len(src) || r.End.Byte < r.Start.Byte {
		return nil
	}
	// A range over many lines is shown by its first.
	start := bytes.LastIndexByte(src[:r.Start.Byte], '\n') + 1
	end := len(src)
	if i := bytes.IndexByte(src[r.Start.Byte:], '\n'); i >= 0 {
		end = r.Start.Byte + i
	}
	code, from, to := p.hidden.line(r.Filename, src, span{start, end}, span{r.Start.Byte, min(r.End.Byte, end)})
	code, from, to = cut(code, from, to)
	return &diag.Snippet{
		Context:        p.contexts.around(*r),
		Code:           code,
		StartLine:      r.Start.Line,
		HighlightStart: from,
		HighlightEnd:   to,
	}
}

// hides reports whether a place holds something that is not shown.
func (p *Project) hides(r diag.Range) bool {
	src, ok := p.Sources[r.Filename]
	return ok && (p.strange[r.Filename] || slices.ContainsFunc(p.hidden.in(r.Filename, src), func(s span) bool {
		return s.start < max(r.End.Byte, r.Start.Byte+1) && r.Start.Byte < s.end
	}))
}

// line returns a line of a source without what is hidden in it, and where the marked part is then.
func (h *hidden) line(name string, src []byte, line, marked span) (code string, from, to int) {
	var in []span
	for _, s := range h.in(name, src) {
		if s.start < line.end && line.start < s.end {
			in = append(in, span{max(s.start, line.start) - line.start, min(s.end, line.end) - line.start})
		}
	}
	place := func(at int, end bool) int {
		moved := at
		for _, s := range in {
			switch {
			case s.end <= at:
				moved += len(hiddenMark) - (s.end - s.start)
			case s.start < at && end:
				moved += len(hiddenMark) - (at - s.start)
			case s.start < at:
				moved -= at - s.start
			}
		}
		return moved
	}
	code = string(blanked(src[line.start:line.end], in))
	return code, place(marked.start-line.start, false), place(marked.end-line.start, true)
}

// widest is how many bytes of a line are shown, and before how many of them the marked part begins.
const widest, lead = 240, 80

// cut shortens a line that is longer than anybody reads, around what is marked in it.
func cut(code string, from, to int) (string, int, int) {
	if len(code) <= widest {
		return code, from, to
	}
	start := max(0, from-lead)
	end := min(len(code), start+widest)
	for start > 0 && !utf8.RuneStart(code[start]) {
		start--
	}
	for end < len(code) && !utf8.RuneStart(code[end]) {
		end--
	}
	out := code[start:end]
	from, to = from-start, min(to, end)-start
	if start > 0 {
		out, from, to = "…"+out, from+len("…"), to+len("…")
	}
	if end < len(code) {
		out += "…"
	}
	return out, from, to
}
