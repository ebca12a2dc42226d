package draft

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/personal"
)

// ColumnRef names a column of a catalog.
type ColumnRef struct {
	Table catalog.Ref
	Name  string
}

func (r ColumnRef) compare(other ColumnRef) int {
	return cmp.Or(cmp.Compare(r.Table.Schema, other.Table.Schema), cmp.Compare(r.Table.Name, other.Table.Name),
		cmp.Compare(r.Name, other.Name))
}

// Topic is what undecided columns have in common, so that one decision can settle all of them. It is comparable.
type Topic struct {
	// Kind is what the columns seem to hold; "" where nothing tells.
	Kind personal.Kind
	// Head is the word that says what the columns are, in one spelling: "description" for short_descr and
	// description2. It is "" for columns that refer to a key, and for the rest: columns of a kind whose words are rare.
	Head string
	// Table is that of the columns, where nothing tells what they hold and their table alone joins them.
	Table catalog.Ref
	// Area joins such columns of several tables: "things" where the tables are about things, else the word that the
	// names of the tables begin with.
	Area string
	// Mask is the proposal; "" where no mask fits.
	Mask string
	// Key is the undecided key that the columns refer to: they are masked with it, or kept with it.
	Key ColumnRef
}

func (t Topic) compare(other Topic) int {
	if (t.Head == "") != (other.Head == "") { // the rest comes last
		return cmp.Compare(other.Head, t.Head)
	}
	return cmp.Or(cmp.Compare(t.Head, other.Head), cmp.Compare(t.Kind, other.Kind), cmp.Compare(t.Mask, other.Mask),
		cmp.Compare(t.Area, other.Area),
		ColumnRef{Table: t.Table}.compare(ColumnRef{Table: other.Table}), t.Key.compare(other.Key))
}

// Question is one decision that is left to people: a rule over all columns of a topic, or a single column.
type Question struct {
	Topic   Topic
	Columns []ColumnRef
	// Types are those of the columns, as PostgreSQL prints them.
	Types []string
	// Tables limits the rule to these tables, as schema.table, where a rule over all tables would decide more than
	// Columns.
	Tables []string
	// Rule is the label of the rule that stands in a comment of the spec, or without a mask in the file for questions;
	// "" where a comment in the table's block asks.
	Rule string
	// Reason says why nothing decides the first of the columns.
	Reason string
	// Asked reports that the spec asks it already, in a comment that an earlier draft wrote.
	Asked bool

	members []member
}

// member is a column with its table.
type member struct {
	table  *draftTable
	column *draftColumn
}

func (m member) ref() ColumnRef { return ColumnRef{m.table.source.Ref(), m.column.source.Name} }

// Names returns the different names of the columns, sorted.
func (q Question) Names() []string {
	var names []string
	for _, c := range q.Columns {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// String returns the question for a list: "memo (text) in 7 tables".
func (q Question) String() string {
	if len(q.Columns) == 1 {
		c := q.Columns[0]
		return fmt.Sprintf("%s.%s.%s (%s)", c.Table.Schema, c.Table.Name, c.Name, q.Types[0])
	}
	if q.Rule == "" {
		t := q.Columns[0].Table
		return fmt.Sprintf("%s.%s: %s (%s)", t.Schema, t.Name, listSome(q.Names(), 3), strings.Join(q.Types, ", "))
	}
	return fmt.Sprintf("%s (%s) in %d tables", listSome(q.Names(), 3), strings.Join(q.Types, ", "), q.tableCount())
}

func (q Question) tableCount() int {
	tables := map[catalog.Ref]bool{}
	for _, c := range q.Columns {
		tables[c.Table] = true
	}
	return len(tables)
}

// listSome joins at most n names and counts the rest.
func listSome(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// topicOf returns the topic of an undecided column.
func topicOf(t *draftTable, c *draftColumn) Topic {
	if c.key != nil {
		return Topic{Key: *c.key}
	}
	topic := Topic{Kind: c.guess.Kind, Head: asPersonal(t, c).Head(), Mask: c.mask}
	// The language of a table says which words a mask makes up, not what is asked.
	kind := cmp.Or(c.guess.Kind, personal.FreeText)
	if inJapanese, ok := personal.Propose(kind, c.source.Type, true); ok && inJapanese == c.mask && !c.apart {
		topic.Mask, _ = personal.Propose(kind, c.source.Type, false)
	}
	return topic
}

// findQuestions joins the undecided columns of each topic into as few questions as rules can ask.
func (d *drafter) findQuestions() {
	byTopic := map[Topic][]member{}
	for _, t := range d.tables {
		for _, c := range t.columns {
			if c.verdict == Undecided {
				topic := topicOf(t, c)
				byTopic[topic] = append(byTopic[topic], member{t, c})
			}
		}
	}
	byTopic = d.joinRare(byTopic)
	topics := slices.SortedFunc(maps.Keys(byTopic), Topic.compare)
	types := d.byNameAndType()
	for _, topic := range topics {
		if topic.Table != (catalog.Ref{}) && d.Questions == "" {
			d.askInTable(topic, byTopic[topic])
			continue
		}
		asked := map[string][]member{} // by the label of the rule in a comment
		var open, alone []member
		for _, m := range byTopic[topic] {
			label, inRule := d.said.rule(m, d.Questions != "")
			switch {
			case inRule:
				asked[label] = append(asked[label], m)
			case hasPattern(m.column.source.Name), d.answeredByKey(topic):
				alone = append(alone, m)
			case d.Questions == "" && (m.column.said || topic.Mask == "" && topic.Key == (ColumnRef{})):
				alone = append(alone, m)
			default:
				open = append(open, m)
			}
		}
		for _, label := range sortedKeys(asked) {
			d.ask(Question{Topic: topic, Rule: label, Asked: true, members: asked[label]})
		}
		for _, members := range d.joinable(open, types) {
			q := Question{Topic: topic, members: members.members, Tables: members.tables}
			if d.Questions != "" && len(q.members) == 1 && !types.only(q.members, nil) {
				q.Tables = tablesOf(q.members)
			}
			if len(q.members) > 1 || d.Questions != "" {
				q.Rule = unusedLabel(d.said.labels, labelOf(q.members, topic))
			}
			d.ask(q)
		}
		for _, m := range alone {
			d.ask(Question{Topic: topic, Asked: m.column.said, members: []member{m}})
		}
	}
	// What one answer settles for many comes first.
	slices.SortStableFunc(d.summary.Questions, func(a, b Question) int {
		return cmp.Compare(len(b.Columns), len(a.Columns))
	})
}

// answeredByKey reports whether the columns of a topic refer to a key for which a mask is proposed: they take it, and
// need no answer of their own unless the key is kept.
func (d *drafter) answeredByKey(topic Topic) bool {
	to := d.byRef[topic.Key.Table]
	if to == nil {
		return false
	}
	key := to.column(topic.Key.Name)
	return key != nil && key.mask != ""
}

// labelOf returns what a rule for columns is called: by their name if they share one, else by the word they end with.
func labelOf(members []member, topic Topic) string {
	name := members[0].column.source.Name
	if slices.ContainsFunc(members, func(m member) bool { return m.column.source.Name != name }) {
		return cmp.Or(topic.Head, string(topic.Kind), topic.Area, name)
	}
	return name
}

// rare is how many columns a word has at most to be no question of its own.
const rare = 2

// joinRare joins columns whose words are rare: those that seem to hold the same kind of thing, and those of one area of
// which nothing tells what they hold.
func (d *drafter) joinRare(byTopic map[Topic][]member) map[Topic][]member {
	out := map[Topic][]member{}
	for _, topic := range slices.SortedFunc(maps.Keys(byTopic), Topic.compare) {
		for _, m := range byTopic[topic] {
			to := topic
			switch _, inRule := d.said.rule(m, d.Questions != ""); {
			case len(byTopic[topic]) > rare, topic.Key != (ColumnRef{}), inRule:
			case topic.Kind == "":
				to.Head, to.Area = "", m.table.tells.Area()
			case topic.Mask != "" && !m.column.apart:
				to.Head = ""
			}
			out[to] = append(out[to], m)
		}
	}
	if d.Questions == "" {
		joinInTables(out)
	}
	return out
}

// joinInTables joins what remains of an area in one table alone, whatever masks are proposed: the table's block asks,
// with the proposal for each column.
func joinInTables(byTopic map[Topic][]member) {
	for _, topic := range slices.SortedFunc(maps.Keys(byTopic), Topic.compare) {
		members := byTopic[topic]
		if topic.Area == "" || topic.Mask != "" && len(tablesOf(members)) > 1 {
			continue
		}
		delete(byTopic, topic)
		for _, m := range members {
			to := Topic{Table: m.table.source.Ref()}
			byTopic[to] = append(byTopic[to], m)
		}
	}
}

// askInTable asks about columns that their table alone joins, by comments in its block: first what an earlier draft
// asked.
func (d *drafter) askInTable(topic Topic, members []member) {
	byAsked := map[bool][]member{}
	for _, m := range members {
		byAsked[m.column.said] = append(byAsked[m.column.said], m)
	}
	for _, asked := range []bool{true, false} {
		if len(byAsked[asked]) > 0 {
			d.ask(Question{Topic: topic, Asked: asked, members: byAsked[asked]})
		}
	}
}

// ask adds a question to the summary, and takes its columns out of their tables' blocks where a rule asks.
func (d *drafter) ask(q Question) {
	slices.SortFunc(q.members, func(a, b member) int { return a.ref().compare(b.ref()) })
	for _, m := range q.members {
		q.Columns = append(q.Columns, m.ref())
		q.Types = append(q.Types, m.column.source.Type.Formatted)
		m.column.ruled = q.Rule != ""
	}
	slices.Sort(q.Types)
	q.Types = slices.Compact(q.Types)
	q.Reason = explain(q.members[0].column)
	if kind := q.Topic.Kind; q.Topic.Head == "" && kind != "" && len(q.members) > 1 {
		q.Reason = fmt.Sprintf("%s (low): the names suggest %s", kind, kind.Title())
	}
	if q.Topic.Area != "" && len(q.members) > 1 {
		q.Reason = "nothing tells what they hold"
	}
	d.summary.Questions = append(d.summary.Questions, q)
}

// joined are columns that one rule can decide; tables is nil where it need not name them.
type joined struct {
	members []member
	tables  []string
}

// joinable divides the columns of a topic into those that a rule can decide and nothing else with them: all by name and
// type, else all in tables that the rule names, else those of one name and type, else each alone.
func (d *drafter) joinable(members []member, types nameTypes) []joined {
	if len(members) < 2 {
		return separate(members)
	}
	if types.only(members, nil) {
		return []joined{{members: members}}
	}
	tables := tablesOf(members)
	if types.only(members, tables) {
		return []joined{{members, tables}}
	}
	byType := map[string][]member{}
	for _, m := range members {
		k := m.column.source.Name + "\x00" + m.column.source.Type.Formatted
		byType[k] = append(byType[k], m)
	}
	if len(byType) == 1 {
		return separate(members)
	}
	var out []joined
	for _, k := range sortedKeys(byType) {
		out = append(out, d.joinable(byType[k], types)...)
	}
	return out
}

func separate(members []member) []joined {
	var out []joined
	for _, m := range members {
		out = append(out, joined{members: []member{m}})
	}
	return out
}

func tablesOf(members []member) []string {
	var tables []string
	for _, m := range members {
		tables = append(tables, m.table.source.FullName())
	}
	slices.Sort(tables)
	return slices.Compact(tables)
}

// nameTypes are all columns by name and type, as the match of a rule finds them.
type nameTypes map[[2]string][]member

func (d *drafter) byNameAndType() nameTypes {
	out := nameTypes{}
	for _, t := range d.tables {
		for _, c := range t.columns {
			for _, typ := range decide.TypeNames(c.source.Type.Formatted) {
				k := [2]string{c.source.Name, typ}
				out[k] = append(out[k], member{t, c})
			}
		}
	}
	return out
}

// only reports whether a rule by the names and types of the members, in all tables or in those named, would decide
// nothing else. Blocks of tables come before rules, so what they decide does not matter.
func (n nameTypes) only(members []member, tables []string) bool {
	names, types, in := map[string]bool{}, map[string]bool{}, map[*draftColumn]bool{}
	for _, m := range members {
		names[m.column.source.Name], types[m.column.source.Type.Formatted], in[m.column] = true, true, true
	}
	for name := range names {
		for typ := range types {
			for _, m := range n[[2]string{name, typ}] {
				c := m.column
				if in[c] || tables != nil && !slices.Contains(tables, m.table.source.FullName()) {
					continue
				}
				if c.verdict == ByKey || c.verdict == Generated || c.verdict == Undecided || c.ruled ||
					c.verdict == Before && c.asBefore.Basis == decide.FromRule {
					return false
				}
			}
		}
	}
	return true
}

// hasPattern reports whether a rule would read a name as a pattern.
func hasPattern(name string) bool { return strings.ContainsAny(name, "*?{}") }
