package diag_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/diag"
)

func edit(file string, start, end int, text string) diag.Edit {
	return diag.Edit{
		Range: diag.Range{Filename: file, Start: diag.Pos{Byte: start}, End: diag.Pos{Byte: end}},
		Text:  text,
	}
}

func TestApply(t *testing.T) {
	for name, c := range map[string]struct {
		fixes []diag.Fix
		want  map[string]string
		made  []bool
	}{
		"edits of one file are made together, whatever their order": {
			fixes: []diag.Fix{{Edits: []diag.Edit{edit("a", 4, 5, "E")}}, {Edits: []diag.Edit{edit("a", 0, 2, "")}}},
			want:  map[string]string{"a": "cdEf"}, made: []bool{true, true},
		},
		"an edit that overlaps an earlier one waits": {
			fixes: []diag.Fix{{Edits: []diag.Edit{edit("a", 0, 3, "x")}}, {Edits: []diag.Edit{edit("a", 2, 4, "y")}}},
			want:  map[string]string{"a": "xdef"}, made: []bool{true, false},
		},
		"two insertions at one place are one too many: nobody said which comes first": {
			fixes: []diag.Fix{{Edits: []diag.Edit{edit("a", 1, 1, "x")}}, {Edits: []diag.Edit{edit("a", 1, 1, "y")}}},
			want:  map[string]string{"a": "axbcdef"}, made: []bool{true, false},
		},
		"a fix of two edits is made whole or not at all": {
			fixes: []diag.Fix{
				{Edits: []diag.Edit{edit("b", 0, 1, "x")}},
				{Edits: []diag.Edit{edit("a", 0, 1, "y"), edit("b", 0, 2, "z")}},
			},
			want: map[string]string{"b": "x23"}, made: []bool{true, false},
		},
		"a fix whose own edits overlap is none": {
			fixes: []diag.Fix{{Edits: []diag.Edit{edit("a", 0, 3, "x"), edit("a", 1, 2, "y")}}},
			want:  map[string]string{}, made: []bool{false},
		},
		"a place outside of the file, or in no file, is refused": {
			fixes: []diag.Fix{{Edits: []diag.Edit{edit("a", 5, 7, "x")}}, {Edits: []diag.Edit{edit("c", 0, 0, "x")}}},
			want:  map[string]string{}, made: []bool{false, false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sources := map[string][]byte{"a": []byte("abcdef"), "b": []byte("123")}
			changed, made := diag.Apply(sources, c.fixes)
			got := map[string]string{}
			for name, text := range changed {
				got[name] = string(text)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.made, made); d != "" {
				t.Error(d)
			}
			if string(sources["a"]) != "abcdef" {
				t.Errorf("the source was changed: %s", sources["a"])
			}
		})
	}
}
