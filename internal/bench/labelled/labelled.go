// Package labelled measures how well columns are recognised, against schemas of real applications in which people have
// labelled every column: what a draft masks, keeps and asks about, and what it should have.
package labelled

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// Label is what a column holds, in the judgement of the person who labelled it.
type Label string

const (
	Direct Label = "direct" // names, addresses, numbers of somebody, credentials
	Quasi  Label = "quasi"  // what singles somebody out with other things, and what is nobody's business
	Free   Label = "free"   // text or a document in which anything can stand
	Plain  Label = "plain"
	Open   Label = "open" // people may differ: it counts neither way
)

// Schema is one labelled schema.
type Schema struct {
	Name string
	// HeldBack: hardly a rule was made with it in view.
	HeldBack bool
	Labels   map[draft.ColumnRef]Label
	Catalog  *catalog.Catalog
}

// heldBack is the line of a file's head that says so.
const heldBack = "# Held back:"

// Read reads the schemas of a directory: a file each, with a line for each column that has its table, name, type,
// label, key (pk, fk or none) and comment, separated by tabs.
func Read(dir string) ([]Schema, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.tsv"))
	if err != nil {
		return nil, err
	}
	var out []Schema
	for _, file := range files {
		s, err := read(file)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func read(file string) (Schema, error) {
	f, err := os.Open(file)
	if err != nil {
		return Schema{}, err
	}
	defer func() { _ = f.Close() }()
	s := Schema{
		Name:   strings.TrimSuffix(filepath.Base(file), ".tsv"),
		Labels: map[draft.ColumnRef]Label{},
	}
	db := &schemalock.Database{
		Server: 15,
		Types:  map[string]schemalock.LockedType{},
		Tables: map[string]map[string]*schemalock.LockedTable{"public": {}},
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text := lines.Text()
		if strings.HasPrefix(text, "#") {
			s.HeldBack = s.HeldBack || strings.HasPrefix(text, heldBack)
			continue
		}
		fields := append(strings.Split(text, "\t"), "", "")
		if len(fields) < 6 {
			return s, fmt.Errorf("%q has not table, column, type and label", text)
		}
		label := Label(fields[3])
		if !slices.Contains([]Label{Direct, Quasi, Free, Plain, Open}, label) {
			return s, fmt.Errorf("%q is no label", label)
		}
		table := db.Tables["public"][fields[0]]
		if table == nil {
			table = &schemalock.LockedTable{}
			db.Tables["public"][fields[0]] = table
		}
		addColumn(db, table, fields)
		s.Labels[draft.ColumnRef{Table: catalog.Ref{Schema: "public", Name: fields[0]}, Name: fields[1]}] = label
	}
	s.Catalog = db.Catalog()
	return s, lines.Err()
}

// addColumn adds a column; a type written as "Name = type" is a domain.
func addColumn(db *schemalock.Database, table *schemalock.LockedTable, fields []string) {
	typ := fields[2]
	if name, base, isDomain := strings.Cut(typ, " = "); isDomain {
		typ = `public."` + name + `"`
		db.Types[typ] = schemalock.LockedType{
			Kind:     "domain",
			Schema:   "public",
			Name:     name,
			Category: "S",
			Base:     base,
		}
	}
	table.Columns = append(table.Columns, schemalock.LockedColumn{Name: fields[1], Type: typ, Comment: fields[5]})
	kind := map[string]string{"pk": "primary key", "fk": "foreign key"}[fields[4]]
	switch last := len(table.Constraints) - 1; {
	case kind == "":
	case kind == "primary key" && last >= 0 && table.Constraints[last].Kind == kind:
		table.Constraints[last].Columns = append(table.Constraints[last].Columns, fields[1])
	default: // what a foreign key refers to does not matter here
		table.Constraints = append(table.Constraints, schemalock.LockedConstraint{
			Name:    fmt.Sprintf("c%d", last+1),
			Kind:    kind,
			Columns: []string{fields[1]},
		})
	}
}

// Result is how the draft of a schema came out.
type Result struct {
	Schema
	// Columns are those with each label, Safe those of them that are masked or asked about.
	Columns, Safe map[Label]int
	// Masked are the masked columns that count, Right those of them that are not plain.
	Masked, Right int
	// Needless are the plain columns that are asked about.
	Needless int
	Tables   int
	// Decisions are the questions that are left to people.
	Decisions int
	// Wrong are the columns that came out otherwise than labelled, each with why.
	Wrong []string
}

// Measure drafts a schema and compares.
func Measure(s Schema) (Result, error) {
	r := Result{Schema: s, Columns: map[Label]int{}, Safe: map[Label]int{}}
	_, summary, err := draft.Files(draft.Input{
		Catalog:  s.Catalog,
		Database: &spec.Database{Name: "prod"},
		File:     "tables.shoji.hcl",
		Name:     s.Name,
	})
	if err != nil {
		return r, fmt.Errorf("drafting %s: %w", s.Name, err)
	}
	r.Tables, r.Decisions = summary.Tables, len(summary.Questions)
	for _, a := range summary.Columns {
		label := s.Labels[a.Column]
		if label == Open {
			continue
		}
		r.Columns[label]++
		safe := a.Verdict != draft.Kept
		if safe {
			r.Safe[label]++
		}
		if a.Verdict == draft.Masked {
			r.Masked++
			if label != Plain {
				r.Right++
			}
		}
		if label == Plain && a.Verdict == draft.Undecided {
			r.Needless++
		}
		if safe == (label == Plain) {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s.%s (%s) is %s, and %s: %s", a.Column.Table.Name, a.Column.Name,
				a.Type, label, a.Verdict, a.Reason))
		}
	}
	slices.Sort(r.Wrong)
	return r, nil
}

// DirectSafe is the share of direct identifiers that no copy holds without somebody's decision.
func (r Result) DirectSafe() float64 { return share(r.Safe[Direct], r.Columns[Direct]) }

// PersonalSafe is that share with quasi-identifiers.
func (r Result) PersonalSafe() float64 {
	return share(r.Safe[Direct]+r.Safe[Quasi], r.Columns[Direct]+r.Columns[Quasi])
}

// FreeSafe is that share of free text.
func (r Result) FreeSafe() float64 { return share(r.Safe[Free], r.Columns[Free]) }

// Precision is the share of masked columns that hold something about a person.
func (r Result) Precision() float64 { return share(r.Right, r.Masked) }

// NeedlessShare is the share of plain columns that are asked about.
func (r Result) NeedlessShare() float64 { return share(r.Needless, r.Columns[Plain]) }

func share(part, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(part) / float64(of)
}

// Total adds results up, for the ones that are held back or the others.
func Total(name string, results []Result) Result {
	sum := Result{Schema: Schema{Name: name}, Columns: map[Label]int{}, Safe: map[Label]int{}}
	for _, r := range results {
		for _, label := range slices.Sorted(maps.Keys(r.Columns)) {
			sum.Columns[label] += r.Columns[label]
			sum.Safe[label] += r.Safe[label]
		}
		sum.Masked, sum.Right, sum.Needless = sum.Masked+r.Masked, sum.Right+r.Right, sum.Needless+r.Needless
		sum.Tables, sum.Decisions = sum.Tables+r.Tables, sum.Decisions+r.Decisions
	}
	return sum
}
