package lang

import (
	"bytes"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// ignoreMark begins a comment that suppresses findings.
const ignoreMark = "shoji:ignore"

// ignores finds the suppressions of a file.
func ignores(name string, src []byte, body *hclsyntax.Body) []spec.Ignore {
	if !bytes.Contains(src, []byte(ignoreMark)) {
		return nil
	}
	tokens, ds := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	if ds.HasErrors() {
		return nil // reported by the parser
	}
	var begins beginnings
	begins.add(body)
	sort.Slice(begins, func(i, j int) bool { return begins[i].Start.Byte < begins[j].Start.Byte })
	var out []spec.Ignore
	for n, t := range tokens {
		if t.Type != hclsyntax.TokenComment {
			continue
		}
		text, ok := strings.CutPrefix(commentText(t.Bytes), ignoreMark)
		if !ok || text != "" && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\t") {
			continue
		}
		i := spec.Ignore{Range: comment(t)}
		i.Code, i.Reason, _ = strings.Cut(strings.TrimSpace(text), " ")
		i.Reason = strings.TrimSpace(i.Reason)
		i.Removal = removal(src, i.Range)
		i.Scope.Start, i.Scope.End = begins.scope(src, tokens, n)
		out = append(out, i)
	}
	return out
}

// commentText returns the text of a comment without its marks.
func commentText(raw []byte) string {
	text := strings.TrimSpace(string(raw))
	for _, mark := range []string{"#", "//", "/*"} {
		if rest, ok := strings.CutPrefix(text, mark); ok {
			return strings.TrimSpace(strings.TrimSuffix(rest, "*/"))
		}
	}
	return text
}

// comment returns the place of a comment without the end of its line, which hcl counts to it.
func comment(t hclsyntax.Token) diag.Range {
	r := rangeOf(t.Range)
	if text := bytes.TrimRight(t.Bytes, "\r\n"); len(text) < len(t.Bytes) {
		r.End = diag.Pos{
			Line:   r.Start.Line,
			Column: r.Start.Column + len([]rune(string(text))),
			Byte:   r.Start.Byte + len(text),
		}
	}
	return r
}

// removal extends the place of a comment by the white space and the line that go with it.
func removal(src []byte, at diag.Range) diag.Range {
	for at.Start.Byte > 0 && (src[at.Start.Byte-1] == ' ' || src[at.Start.Byte-1] == '\t') {
		at.Start.Byte--
		at.Start.Column--
	}
	alone := at.Start.Byte == 0 || src[at.Start.Byte-1] == '\n'
	if end := bytes.IndexByte(src[at.End.Byte:], '\n'); alone && end >= 0 &&
		len(bytes.TrimSpace(src[at.End.Byte:at.End.Byte+end])) == 0 {
		at.End = diag.Pos{Line: at.End.Line + 1, Column: 1, Byte: at.End.Byte + end + 1}
	}
	return at
}

// beginnings are the places of the blocks and arguments of a file, by where they begin.
type beginnings []hcl.Range

func (b *beginnings) add(body *hclsyntax.Body) {
	for _, a := range body.Attributes {
		*b = append(*b, a.SrcRange)
	}
	for _, inner := range body.Blocks {
		*b = append(*b, hcl.RangeBetween(inner.TypeRange, inner.CloseBraceRange))
		b.add(inner.Body)
	}
}

// scope returns what the comment tokens[n] applies to, in bytes: its line from the first word on, else the next line
// that is not empty, with what begins there.
func (b beginnings) scope(src []byte, tokens hclsyntax.Tokens, n int) (start, end int) {
	says := func(t hclsyntax.Token) bool {
		return t.Type != hclsyntax.TokenComment && t.Type != hclsyntax.TokenNewline && t.Type != hclsyntax.TokenEOF
	}
	line := tokens[n].Range.Start.Line
	on := -1
	for i := n - 1; i >= 0 && tokens[i].Range.End.Line == line; i-- {
		if says(tokens[i]) {
			on = i
		}
	}
	if on < 0 {
		for on = n + 1; on < len(tokens) && !says(tokens[on]); on++ {
		}
		if on == len(tokens) {
			return 0, 0
		}
		line = tokens[on].Range.Start.Line
	}
	start = bytes.LastIndexByte(src[:tokens[on].Range.Start.Byte], '\n') + 1
	end = len(src)
	if i := bytes.IndexByte(src[start:], '\n'); i >= 0 {
		end = start + i
	}
	first := sort.Search(len(b), func(i int) bool { return b[i].Start.Byte >= start })
	for _, r := range b[first:] {
		if r.Start.Line > line {
			break
		}
		end = max(end, r.End.Byte)
	}
	return start, end
}
