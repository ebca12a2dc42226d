package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
)

// HCL writes the rules as blocks, formatted, tables in the order of their first rule.
func (r *Result) HCL() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b,
		"# Imported from %s. Columns without a rule there crossed unmasked; here they are undecided until somebody "+
			"decides them: shoji inspect DATABASE -spec FILE\n# adds what is missing.\n", r.Tool)
	for _, i := range r.Items {
		if i.Table == "" {
			fmt.Fprintf(&b, "\n# %s: %s\n# %s\n", r.Tool, i.Original, state(i, "left out"))
		}
	}
	done := map[[2]string]bool{}
	for _, i := range r.Items {
		k := [2]string{i.Schema, i.Table}
		if i.Table == "" || done[k] {
			continue
		}
		done[k] = true
		if pattern(i) {
			r.ruleBlock(&b, i, len(done))
			continue
		}
		r.tableBlock(&b, k)
	}
	out, ds := lang.Format([]byte(b.String()), "import.shoji.hcl")
	if ds.HasErrors() {
		return nil, fmt.Errorf("the imported rules cannot be written: %w", ds)
	}
	return out, nil
}

// pattern reports an item that is about all tables whose names match.
func pattern(i Item) bool {
	return i.Column == "" && i.Argument != "" && strings.ContainsAny(i.Schema+i.Table, "*?")
}

var notLabel = regexp.MustCompile(`[^a-z0-9]+`)

// ruleBlock is for tables by pattern.
func (r *Result) ruleBlock(b *strings.Builder, i Item, n int) {
	label := strings.Trim(notLabel.ReplaceAllString(strings.ToLower(i.Schema+"_"+i.Table), "_"), "_")
	if label == "" {
		label = "tables"
	}
	fmt.Fprintf(b, "\n# %s: %s\nrule %s {\nmatch {\nschema = %s\ntable = %s\n}\n%s\n}\n", r.Tool, i.Original,
		mask.Quote(fmt.Sprintf("imported_%s_%d", label, n)), mask.Quote(i.Schema), mask.Quote(i.Table), i.Argument)
}

// tableBlock has what is about the table first, then its columns. A table without rows has no columns to mask.
func (r *Result) tableBlock(b *strings.Builder, k [2]string) {
	fmt.Fprintf(b, "\ntable %s %s {\n", mask.Quote(k[0]), mask.Quote(k[1]))
	empty, said := false, map[string]bool{}
	for _, i := range r.Items {
		if i.Schema != k[0] || i.Table != k[1] || i.Column != "" {
			continue
		}
		empty = empty || i.Argument == "data = false" || i.Argument == "skip = true"
		fmt.Fprintf(b, "# %s: %s\n", r.Tool, i.Original)
		if i.Note != "" || i.Fit == Unmapped {
			fmt.Fprintf(b, "# %s\n", state(i, "left out"))
		}
		if i.Argument != "" && !said[strings.Fields(i.Argument)[0]] {
			said[strings.Fields(i.Argument)[0]] = true
			fmt.Fprintf(b, "%s\n", i.Argument)
		}
	}
	for _, i := range r.Items {
		if i.Schema != k[0] || i.Table != k[1] || i.Column == "" {
			continue
		}
		fmt.Fprintf(b, "\n# %s: %s\n", r.Tool, i.Original)
		switch {
		case i.Fit == Unmapped && r.decided(i):
			fmt.Fprintf(b, "# left out: %s\n", i.Note)
		case i.Fit == Unmapped:
			fmt.Fprintf(b, "# undecided: %s: %s\n", oneLine(i.Column), i.Note)
		case i.Note != "":
			fmt.Fprintf(b, "# %s\n", state(i, ""))
		}
		switch {
		case i.Mask == "":
		case empty:
			fmt.Fprintf(b, "# no rows cross: column %s { mask = %s }\n", oneLine(mask.Quote(i.Column)), oneLine(i.Mask))
		default:
			fmt.Fprintf(b, "column %s { mask = %s }\n", mask.Quote(i.Column), i.Mask)
		}
	}
	b.WriteString("}\n")
}

// decided reports whether another rule gives the column of an item a mask.
func (r *Result) decided(i Item) bool {
	return slices.ContainsFunc(r.Items, func(o Item) bool {
		return o.Schema == i.Schema && o.Table == i.Table && o.Column == i.Column && o.Mask != ""
	})
}

// state returns what became of an item.
func state(i Item, unmapped string) string {
	switch i.Fit {
	case Approximate:
		return "approximate: " + i.Note
	case Unmapped:
		return unmapped + ": " + i.Note
	}
	return i.Note
}
