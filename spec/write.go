package spec

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/source"
)

// BlockTexts gives the text of each block of a file, comments too, by the byte at which its header begins.
func BlockTexts(src []byte, filename string) (map[int][]byte, error) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, filename)
	if ds.HasErrors() {
		return nil, fmt.Errorf("reading %s: %s", filename, ds[0].Detail)
	}
	out := map[int][]byte{}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		out[b.DefRange().Start.Byte] = src[b.OpenBraceRange.End.Byte:b.CloseBraceRange.Start.Byte]
	}
	return out, nil
}

// AppendToBlock writes text at the end of the body of the block whose header stands at a place, and changes nothing
// else of the file: what somebody wrote by hand, comments too, stays.
func AppendToBlock(src []byte, at diag.Range, text string) ([]byte, error) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, at.Filename)
	if ds.HasErrors() {
		return nil, fmt.Errorf("reading %s: %s", at.Filename, ds[0].Detail)
	}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		if b.DefRange().Start.Byte != at.Start.Byte {
			continue
		}
		end := b.CloseBraceRange.Start.Byte
		if b.OpenBraceRange.Start.Line == b.CloseBraceRange.Start.Line { // a block on one line holds no other block
			text = "\n" + text
			src = slices.Insert(slices.Clone(src), b.OpenBraceRange.End.Byte, '\n')
			end++
		}
		return slices.Insert(slices.Clone(src), end, []byte(text)...), nil
	}
	return nil, fmt.Errorf("there is no block at %s any more", at)
}
