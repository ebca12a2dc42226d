package draft

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
)

// projectFile is where a draft puts what is not about tables, where there is no spec yet.
const projectFile = "project.shoji.hcl"

// write returns the files that are new or longer than before. What there is already stays as it stands, by the byte.
func (d *drafter) write() (map[string][]byte, error) {
	texts := map[string]string{} // what comes new behind the end of each file
	if d.Project == nil {
		texts[projectFile] = d.projectText()
	}
	if text := d.rulesText(); text != "" {
		name := d.File
		if d.Split {
			name = "rules.shoji.hcl"
		}
		texts[name] += text
	}
	if text := d.questionsText(); text != "" {
		texts[d.Questions] += text
	}
	files := d.fileNames()
	var additions []addition
	for _, a := range d.answers {
		additions = append(additions, addition{at: a.rule.Range, address: a.rule.Address(), text: a.text()})
	}
	for _, t := range d.tables {
		switch {
		case t.block == nil:
			texts[files[t.source.Schema]] += tableText(t)
		case t.block.EachKey != "":
			d.noteElsewhere(t)
		default:
			if a := missing(t); a.text != "" || a.keep != nil {
				additions = append(additions, a)
			}
		}
	}
	for _, t := range d.emptied {
		texts[files[t.source.Schema]] += usualText(t, "data = false\n")
	}
	out, err := d.insert(additions)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if texts[name] == "" {
			continue
		}
		text, ds := lang.Format([]byte(texts[name]), name)
		if ds.HasErrors() {
			return nil, fmt.Errorf("the draft of %s cannot be written: %w", name, ds)
		}
		before := out[name]
		if before == nil {
			before = d.existing(name)
		}
		text = bytes.TrimLeft(text, "\n")
		if len(before) > 0 {
			gap := "\n"
			if !bytes.HasSuffix(before, []byte("\n")) {
				gap = "\n\n"
			}
			text = slices.Concat(before, []byte(gap), text)
		}
		out[name] = text
	}
	return out, nil
}

func (d *drafter) existing(name string) []byte {
	if d.Project == nil {
		return nil
	}
	return d.Project.Sources[name]
}

// addition is what comes into a block that there is: text at the end of its body, and names into its list of columns
// that are kept.
type addition struct {
	at      diag.Range // of the block
	address string
	text    string
	keep    []string
	// settled are the comments by which a draft asked what the addition answers, as it wrote them.
	settled []string
}

// insert adds to blocks, the last of a file first: what stands before it does not move.
func (d *drafter) insert(additions []addition) (map[string][]byte, error) {
	out := map[string][]byte{}
	sort.SliceStable(additions, func(i, j int) bool {
		return additions[i].at.Start.Byte > additions[j].at.Start.Byte
	})
	for _, a := range additions {
		name := a.at.Filename
		src := out[name]
		if src == nil {
			src = d.existing(name)
		}
		var err error
		if out[name], err = a.insert(src); err != nil {
			return nil, fmt.Errorf("adding to %s: %w", a.address, err)
		}
	}
	return out, nil
}

func (a addition) insert(src []byte) ([]byte, error) {
	text := a.text
	if a.keep != nil {
		longer, added, err := lang.AppendToList(src, a.at, "keep", a.keep)
		if err != nil {
			return nil, err
		}
		if src = longer; !added { // it is no list that could be added to
			for _, name := range a.keep {
				text = fmt.Sprintf("  column %s { mask = keep() }\n", mask.Quote(name)) + text
			}
		}
	}
	var err error
	if text != "" {
		if src, err = lang.AppendToBlock(src, a.at, text); err != nil {
			return nil, err
		}
	}
	if a.settled != nil {
		return lang.RemoveComments(src, a.at, a.settled)
	}
	return src, nil
}

// noteElsewhere names what is missing in a block that for_each repeats: what is right for one of its tables need not be
// for another.
func (d *drafter) noteElsewhere(t *draftTable) {
	for _, c := range t.columns {
		text, name := "", mask.Quote(c.source.Name)
		switch {
		case c.verdict == Kept:
			text = "column " + name + " { mask = keep() }"
		case c.verdict == Masked && !c.ruled:
			text = "column " + name + " { mask = " + c.mask + " }"
		case c.verdict != Undecided || c.ruled || c.said:
			continue
		default:
			text = strings.ReplaceAll(strings.TrimSuffix(undecidedText(c), "\n"), "\n", " ")
		}
		d.summary.Elsewhere = append(d.summary.Elsewhere, t.source.FullName()+": "+text)
	}
}

// fileNames returns the file of each schema's tables.
func (d *drafter) fileNames() map[string]string {
	out, taken := map[string]string{}, map[string]bool{projectFile: true, "rules.shoji.hcl": true}
	for _, t := range slices.Concat(d.tables, d.emptied) {
		schema := t.source.Schema
		if !d.Split {
			out[schema] = d.File
			continue
		}
		if out[schema] != "" {
			continue
		}
		base := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' {
				return r
			}
			return '_'
		}, schema)
		name := base + ".shoji.hcl"
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d.shoji.hcl", base, n)
		}
		out[schema], taken[name] = name, true
	}
	return out
}
