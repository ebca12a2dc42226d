package spec

import (
	"bytes"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Excerpts says what of a project's files a diagnostic may show.
type Excerpts struct {
	// Headers are the top-level blocks, in the order of files and places.
	Headers []Header
	// Foreign are the files that are not HCL. Nothing of them is shown, for nobody knows what they hold.
	Foreign map[string]bool
	// Hidden returns the parts of a file that may be secrets, in order.
	Hidden map[string]func() []Span
}

// Header is the first line of a block, such as `table "public" "customers"`, with the place of the whole block.
type Header struct {
	Text string
	File string
	Span
}

// Span is a part of a file, [Start, End) in bytes.
type Span struct{ Start, End int }

// HiddenMark replaces what may be a secret.
const HiddenMark = "********"

// Snippet returns the source around r, with its block, and without what may be a secret. It returns nil for a file that
// is not of the project or not HCL.
func (p *Project) Snippet(r *diag.Range) *diag.Snippet {
	if r == nil || p.Excerpts.Foreign[r.Filename] {
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
	code, from, to := redactLine(src[start:end], p.Excerpts.hiddenIn(r.Filename, Span{start, end}),
		r.Start.Byte-start, min(r.End.Byte, end)-start)
	code, from, to = shorten(code, from, to)
	return &diag.Snippet{
		Context:        p.Excerpts.blockAround(*r),
		Code:           code,
		StartLine:      r.Start.Line,
		HighlightStart: from,
		HighlightEnd:   to,
	}
}

// WithSnippets fills in the source of every diagnostic that has a place in the project.
func (p *Project) WithSnippets(ds diag.Diagnostics) diag.Diagnostics {
	for i := range ds {
		if ds[i].Snippet == nil {
			ds[i].Snippet = p.Snippet(ds[i].Range)
		}
	}
	return ds
}

// Hides reports whether a place holds something that must not be shown.
func (p *Project) Hides(r diag.Range) bool {
	_, ok := p.Sources[r.Filename]
	return ok && (p.Excerpts.Foreign[r.Filename] ||
		len(p.Excerpts.hiddenIn(r.Filename, Span{r.Start.Byte, max(r.End.Byte, r.Start.Byte+1)})) > 0)
}

// hiddenIn returns the hidden spans of a part of a file, from the beginning of that part.
func (e Excerpts) hiddenIn(file string, part Span) []Span {
	if e.Hidden[file] == nil {
		return nil
	}
	var out []Span
	for _, s := range e.Hidden[file]() {
		if s.Start < part.End && part.Start < s.End {
			out = append(out, Span{max(s.Start, part.Start) - part.Start, min(s.End, part.End) - part.Start})
		}
	}
	return out
}

// blockAround returns the header of the block that a place is in.
func (e Excerpts) blockAround(r diag.Range) string {
	i := sort.Search(len(e.Headers), func(i int) bool {
		h := e.Headers[i]
		return h.File > r.Filename || h.File == r.Filename && h.Start > r.Start.Byte
	}) - 1
	if i >= 0 && e.Headers[i].File == r.Filename && r.Start.Byte < e.Headers[i].End {
		return e.Headers[i].Text
	}
	return ""
}

// Redact returns src with HiddenMark in the place of each span.
func Redact(src []byte, spans []Span) []byte {
	var b bytes.Buffer
	at := 0
	for _, s := range spans {
		b.Write(src[at:s.Start])
		b.WriteString(HiddenMark)
		at = s.End
	}
	b.Write(src[at:])
	return b.Bytes()
}

// redactLine redacts a line, and returns where the part [from, to) of it is afterwards.
func redactLine(line []byte, hidden []Span, from, to int) (string, int, int) {
	move := func(at int, end bool) int {
		moved := at
		for _, s := range hidden {
			switch {
			case s.End <= at:
				moved += len(HiddenMark) - (s.End - s.Start)
			case s.Start < at && end:
				moved += len(HiddenMark) - (at - s.Start)
			case s.Start < at:
				moved -= at - s.Start
			}
		}
		return moved
	}
	return string(Redact(line, hidden)), move(from, false), move(to, true)
}

// maxLine is how many bytes of a line are shown, and maxLead how many of them may precede the highlighted part.
const maxLine, maxLead = 240, 80

// shorten cuts a line that is too long to read, around what is highlighted in it.
func shorten(code string, from, to int) (string, int, int) {
	if len(code) <= maxLine {
		return code, from, to
	}
	start := max(0, from-maxLead)
	end := min(len(code), start+maxLine)
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

// Ignore is a comment that suppresses findings: `# shoji:ignore CODE reason`. It applies to the line that it ends, or
// to the next one if it stands alone, and to the blocks and arguments that begin on that line.
type Ignore struct {
	Code, Reason string     // "" where missing
	Range        diag.Range // of the comment, without the end of its line
	// Removal is what is deleted with the comment: the white space before it, and its line if it stands alone.
	Removal diag.Range
	// Scope is what the comment applies to.
	Scope Span
}

// Covers reports whether i applies to a finding at r.
func (i Ignore) Covers(r diag.Range) bool {
	return r.Filename == i.Range.Filename && i.Scope.Start <= r.Start.Byte && r.Start.Byte < i.Scope.End
}

// Acknowledges reports whether a comment with a reason suppresses the findings of a code at a place.
func (p *Project) Acknowledges(code string, at diag.Range) bool {
	return slices.ContainsFunc(p.Ignores, func(i Ignore) bool {
		return i.Code == code && i.Reason != "" && i.Covers(at)
	})
}
