package lang

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/source"
)

// blockAt returns the block whose header is at a place.
func blockAt(src []byte, at diag.Range) (*hclsyntax.Block, error) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, at.Filename)
	if ds.HasErrors() {
		return nil, fmt.Errorf("reading %s: %s", at.Filename, ds[0].Detail)
	}
	for _, b := range bodyOf(file).Blocks {
		if b.DefRange().Start.Byte == at.Start.Byte {
			return b, nil
		}
	}
	return nil, fmt.Errorf("there is no longer a block at %s", at)
}

// AppendToBlock writes text at the end of the block whose header is at a place, and changes nothing else of the file.
func AppendToBlock(src []byte, at diag.Range, text string) ([]byte, error) {
	b, err := blockAt(src, at)
	if err != nil {
		return nil, err
	}
	end := b.CloseBraceRange.Start.Byte
	if b.OpenBraceRange.Start.Line == b.CloseBraceRange.Start.Line { // a block on one line holds no other block
		text = "\n" + text
		src = slices.Insert(slices.Clone(src), b.OpenBraceRange.End.Byte, '\n')
		end++
	}
	return slices.Insert(slices.Clone(src), end, []byte(text)...), nil
}

// AppendToList adds texts to the list that an argument of the block at a place is written as, and changes nothing else
// of the file: comments, order and layout stay. It reports whether there is such a list.
func AppendToList(src []byte, at diag.Range, argument string, texts []string) ([]byte, bool, error) {
	b, err := blockAt(src, at)
	if err != nil {
		return nil, false, err
	}
	attribute := b.Body.Attributes[argument]
	if attribute == nil {
		return src, false, nil
	}
	list, ok := attribute.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return src, false, nil
	}
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = mask.Quote(text)
	}
	if len(list.Exprs) == 0 {
		open := list.OpenRange.End.Byte
		return slices.Insert(slices.Clone(src), open, []byte(strings.Join(quoted, ", "))...), true, nil
	}
	last := list.Exprs[len(list.Exprs)-1].Range().End
	end := list.SrcRange.End.Byte - 1 // of the bracket
	if list.SrcRange.Start.Line == list.SrcRange.End.Line {
		return slices.Insert(slices.Clone(src), last.Byte, []byte(", "+strings.Join(quoted, ", "))...), true, nil
	}
	return appendLines(src, last.Byte, end, quoted), true, nil
}

// RemoveComments takes these comments out of the block at a place where each is a line of its own, and changes nothing
// else of the file.
func RemoveComments(src []byte, at diag.Range, comments []string) ([]byte, error) {
	b, err := blockAt(src, at)
	if err != nil {
		return nil, err
	}
	from, to := b.OpenBraceRange.End.Byte, b.CloseBraceRange.Start.Byte
	out := slices.Clone(src[:from])
	for line := range bytes.Lines(src[from:to]) {
		if !slices.Contains(comments, string(bytes.TrimSpace(line))) {
			out = append(out, line...)
		}
	}
	return append(out, src[to:]...), nil
}

// appendLines adds texts, a line each, to a list of several lines whose last element ends at last, and whose bracket is
// at end. A comment behind the last element stays behind it.
func appendLines(src []byte, last, end int, quoted []string) []byte {
	comma := ","
	if commaIn(src[last:end]) {
		comma = ""
	}
	line := end // where the line of the bracket begins
	for line > last && src[line-1] != '\n' {
		line--
	}
	before, text := "", ""
	if line == last { // the bracket stands behind the last element
		before, line = "\n", end
	}
	indent := indentation(src, last)
	for _, q := range quoted {
		text += indent + q + ",\n"
	}
	return slices.Concat(src[:last], []byte(comma), src[last:line], []byte(before+text), src[line:])
}

// indentation returns the white space at the beginning of the line that a place is in.
func indentation(src []byte, at int) string {
	begin := at
	for begin > 0 && src[begin-1] != '\n' {
		begin--
	}
	text := string(src[begin:at])
	return text[:len(text)-len(strings.TrimLeft(text, " \t"))]
}

// commaIn reports whether there is a comma between the last element of a list and its bracket, outside of comments.
func commaIn(rest []byte) bool {
	tokens, _ := hclsyntax.LexExpression(rest, "", hcl.InitialPos)
	return slices.ContainsFunc([]hclsyntax.Token(tokens), func(t hclsyntax.Token) bool {
		return t.Type == hclsyntax.TokenComma
	})
}
