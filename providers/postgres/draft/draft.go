// Package draft writes a first spec for a database: it keeps columns that are certainly not personal, masks those that
// seem personal with the reason in a comment, and lists the rest in comments, so that validate, lint and plan report
// them as undecided.
package draft

import (
	"errors"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Input is everything that a draft depends on.
type Input struct {
	Catalog *catalog.Catalog
	Schemas []string // nil: all
	// Samples are counts from the source; nil without sampling.
	Samples Samples
	// Database is the block of the catalog's database.
	Database *spec.Database
	// Project is the existing spec, nil for none. The draft does not repeat what it decides.
	Project *spec.Project
	// File is for the tables; with Split, each schema gets its own file instead.
	File  string
	Split bool
	// Accept says which proposals are decisions; "" is AcceptMedium.
	Accept Acceptance
	// Questions is the file for what is undecided, each question a rule without a mask; with "" comments ask, where
	// the answer belongs.
	Questions string
	// Name is that of a new project.
	Name string
}

// Summary is what a draft came to.
type Summary struct {
	Tables       int
	Kept, Masked int
	// ByKey are foreign keys that take the mask of their key, Before what the spec decided already.
	ByKey, Before int
	Rules         int
	// Columns are all columns of the tables, each with what was drafted and why.
	Columns []Account
	// Undecided names what is left, as "public.customers.notes (text)".
	Undecided []string
	// Questions are what they come to: each is settled by one decision. Those with the most columns are first.
	Questions []Question
	// New are those of Undecided that this draft writes into a spec that there was: by table, or by the rule that would
	// decide them.
	New []string
	// Elsewhere is what cannot be written into its block, because that is repeated by for_each: the table, and the text
	// to paste.
	Elsewhere []string
}

// draftColumn is one column with its draft.
type draftColumn struct {
	source  *catalog.Column
	verdict Verdict
	mask    string
	guess   personal.Guess // its Kind is "" where there was none
	reason  string
	ground  personal.Ground // why it is kept
	key     *ColumnRef      // what it refers to, where that decides it
	apart   bool            // its mask is for a unique key
	// apartness is what unique keys ask of its mask.
	apartness decide.Apartness
	// routes says why it cannot be masked: it decides the partition of a row; "" of other columns.
	routes string
	// asBefore is what the spec says of it, where it does.
	asBefore *decide.Column
	ruled    bool // a rule says it, so the block need not
	said     bool // a comment of its block says it
}

type draftTable struct {
	source  *catalog.Table
	columns []*draftColumn
	block   *spec.Table // that there is already
	// usual is what is usual for a table of an extension; the zero value for others.
	usual decide.Usual
	// japanese: a comment, a column or the values of one are in Japanese, so names and places of all are.
	japanese bool
	tells    *personal.Table
}

// drafter is one run.
type drafter struct {
	Input
	tables  []*draftTable
	emptied []*draftTable // without rows, so that their columns need no decision
	byRef   map[catalog.Ref]*draftTable
	rules   []rule
	said    said
	answers []answer
	summary Summary
}

// Files returns the text of each file that is new or changed, by its name in the project's directory, and what it came
// to. Existing files are added to, never rewritten.
func Files(in Input) (map[string][]byte, Summary, error) {
	d := &drafter{Input: in}
	if err := d.recognise(); err != nil {
		return nil, d.summary, err
	}
	if err := d.readSaid(); err != nil {
		return nil, d.summary, err
	}
	d.findRules()
	d.answer()
	d.findQuestions()
	d.count()
	d.account()
	d.noteNew()
	files, err := d.write()
	return files, d.summary, err
}

// recognise drafts each column of the tables.
func (d *drafter) recognise() error {
	if !d.anyTable() {
		return errors.New("the database has no table that can be drafted: is it the right one, and may the user use " +
			"its schemas?")
	}
	d.byRef = map[catalog.Ref]*draftTable{}
	d.selectTables()
	d.findRouters()
	for _, t := range d.tables {
		d.guess(t)
	}
	for _, t := range d.tables {
		d.keepApart(t)
	}
	d.agree()
	for _, t := range d.tables {
		for _, c := range t.columns {
			d.followKey(t, c, nil)
		}
	}
	return nil
}

// drafted reports whether a spec decides a table: partitions go with their root, foreign tables do not cross.
func (d *drafter) drafted(t *catalog.Table) bool {
	return t.PartitionOf == "" && !t.Foreign && (d.Schemas == nil || slices.Contains(d.Schemas, t.Schema))
}

func (d *drafter) anyTable() bool {
	return slices.ContainsFunc(d.Catalog.Tables, func(t catalog.Table) bool { return d.drafted(&t) })
}

// selectTables takes the tables in which something may be left to decide.
func (d *drafter) selectTables() {
	decided := d.decidedBefore()
	for i := range d.Catalog.Tables {
		source := &d.Catalog.Tables[i]
		if !d.drafted(source) {
			continue
		}
		was := decided[source.Ref()]
		if was != nil && was.left {
			continue
		}
		t := &draftTable{source: source, tells: source.Personal()}
		for k := range source.Columns {
			c := &draftColumn{source: &source.Columns[k]}
			if was != nil {
				t.block = was.block
				if c.asBefore = was.columns[c.source.Name]; c.asBefore != nil {
					c.verdict = Before
				}
			}
			if c.source.Generated != "" {
				c.verdict = Generated
			}
			t.columns = append(t.columns, c)
		}
		if u, ok := decide.UsualOf(source); ok && t.block == nil && !t.isDecided() {
			if t.usual = u; u.Empty {
				d.emptied = append(d.emptied, t)
				continue
			}
		}
		d.tables = append(d.tables, t)
		d.byRef[source.Ref()] = t
	}
}

// isDecided reports whether the spec says anything of the table's columns.
func (t *draftTable) isDecided() bool {
	return slices.ContainsFunc(t.columns, func(c *draftColumn) bool { return c.verdict == Before })
}

// guess drafts each column by itself.
func (d *drafter) guess(t *draftTable) {
	t.japanese = d.speaksJapanese(t)
	for _, c := range t.columns {
		if c.verdict == Generated || c.verdict == Before {
			continue
		}
		if t.usual.Reason != "" {
			c.keep(personal.GroundExtension)
			c.reason = t.usual.Reason
			continue
		}
		d.judge(t, c)
	}
	// Beside a town and a postcode, an address is the rest of one.
	if !slices.ContainsFunc(t.columns, func(c *draftColumn) bool {
		return c.guess.Kind == personal.City || c.guess.Kind == personal.Postcode
	}) {
		return
	}
	for _, c := range t.columns {
		if c.guess.Kind != personal.Address || c.verdict != Masked {
			continue
		}
		f := t.fitting(c)
		if m, err := f.Choose(f.Suggest(personal.Street, asPersonal(t, c).Japanese())...); err == nil {
			c.guess.Kind, c.mask = personal.Street, m
		}
	}
}

// speaksJapanese looks for a table's language in its comment, in what its columns are recognised as, and in what was
// counted.
func (d *drafter) speaksJapanese(t *draftTable) bool {
	if (personal.Column{Comment: t.source.Comment}).Japanese() {
		return true
	}
	return slices.ContainsFunc(t.columns, func(c *draftColumn) bool {
		as := asPersonal(t, c)
		guess, ok := personal.Recognise(as)
		return as.Japanese() || ok && guess.Japanese || d.Samples[t.source.Ref()][c.source.Name].Japanese()
	})
}

func asPersonal(t *draftTable, c *draftColumn) personal.Column {
	return personal.Column{
		Schema:     t.source.Schema,
		Of:         t.tells,
		Table:      t.source.Name,
		Name:       c.source.Name,
		Comment:    c.source.Comment,
		Type:       c.source.Type,
		InJapanese: t.japanese,
	}
}

// asMask is what a mask of the column is compiled for.
func asMask(t *draftTable, c *draftColumn) mask.Column {
	m := mask.Column{
		Schema:  t.source.Schema,
		Table:   t.source.Name,
		Name:    c.source.Name,
		Type:    c.source.Type,
		NotNull: c.source.NotNull,
		Default: c.source.Default,
	}
	for _, s := range t.source.Columns {
		m.Siblings = append(m.Siblings, s.Name)
	}
	return m
}

// count fills the summary.
func (d *drafter) count() {
	d.summary.Tables, d.summary.Rules = len(d.tables), len(d.rules)
	for _, t := range d.tables {
		for _, c := range t.columns {
			switch c.verdict {
			case Kept, Generated:
				d.summary.Kept++
			case Masked:
				d.summary.Masked++
			case ByKey:
				d.summary.ByKey++
			case Before:
				d.summary.Before++
			case Undecided:
				d.summary.Undecided = append(d.summary.Undecided,
					t.source.FullName()+"."+c.source.Name+" ("+c.source.Type.Formatted+")")
			}
		}
	}
}
