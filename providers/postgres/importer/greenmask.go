package importer

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/spec/mask"
)

// Greenmask reads a configuration of greenmask.
func Greenmask(src []byte) (*Result, error) {
	doc, err := parse(src)
	if err != nil {
		return nil, err
	}
	dump := doc.get("dump")
	if !dump.there() {
		return nil, fmt.Errorf("there is no dump section: this is no configuration of greenmask")
	}
	r := &Result{Tool: "greenmask"}
	for _, t := range dump.get("transformation").list() {
		r.greenmaskTable(t)
	}
	for _, p := range dump.get("pg_dump_options").pairs() {
		r.greenmaskOption(p)
	}
	for _, v := range dump.get("virtual_references").list() {
		r.general("virtual_references: "+v.quote(),
			"a reference that the catalog does not know: give both columns the same mask, or declare a link")
	}
	return r, nil
}

// greenmaskTable reads what is said of one table.
func (r *Result) greenmaskTable(t value) {
	schema, name := t.get("schema").text(), t.get("name").text()
	if schema == "" {
		schema = "public"
	}
	for _, p := range t.pairs() {
		original := p.key + ": " + p.value.quote()
		switch p.key {
		case "schema", "name", "transformers", "when":
		case "subset_conds":
			r.greenmaskRows(schema, name, p.value)
		case "apply_for_inherited":
			r.met(schema, name, "", original, "partitions are decided with their root")
		case "columns_type_override":
			r.table(schema, name, original, "", "shoji takes types from the catalog")
		default:
			r.table(schema, name, original, "", "there is no counterpart")
		}
	}
	condition := t.get("when").text()
	chains := map[string][]step{}
	var order []string
	for _, transformer := range t.get("transformers").list() {
		steps := greenmaskSteps(transformer, condition)
		if len(steps) == 0 {
			r.table(schema, name, transformer.quote(), "", "it names no column, so nothing is masked by it")
		}
		for _, s := range steps {
			if chains[s.column] == nil {
				order = append(order, s.column)
			}
			chains[s.column] = append(chains[s.column], s)
		}
	}
	for _, column := range order {
		r.chain(schema, name, column, chains[column])
	}
}

// step is one transformer on one column.
type step struct {
	column, original string
	outcome          outcome
	condition        string // in SQL; "" for every row
}

// chain joins the transformers of one column: each one takes the rows of its condition from those before it. An
// unmapped one leaves the column to a person.
func (r *Result) chain(schema, table, column string, steps []step) {
	joined := "keep()"
	o := outcome{fit: Mapped}
	var originals []string
	for _, s := range steps {
		originals = append(originals, s.original)
		switch {
		case s.outcome.fit == Unmapped:
			for _, s := range steps {
				r.column(schema, table, column, s.original,
					never("%s", either(s.outcome.note,
						"another transformer of this column has no counterpart; this one is "+s.outcome.mask)))
			}
			return
		case s.condition == "" && joined != "keep()":
			joined = s.outcome.mask
			o = o.but("a transformer before it is left out: the last one masks the raw value")
		case s.condition == "":
			joined = s.outcome.mask
		default:
			joined = choose(s.condition, s.outcome.mask, joined)
		}
		o.fit = max(o.fit, s.outcome.fit)
		if s.outcome.note != "" {
			o = o.but(s.outcome.note)
		}
	}
	o.mask = joined
	r.column(schema, table, column, strings.Join(originals, " then "), o)
}

// greenmaskSteps reads one transformer, which may be about several columns.
func greenmaskSteps(t value, tableCondition string) []step {
	name, params := t.get("name").text(), t.get("params")
	original := name
	if params.there() {
		original += params.quote()
	}
	condition, note := "", ""
	for _, when := range []string{tableCondition, t.get("when").text()} {
		if when == "" {
			continue
		}
		original += fmt.Sprintf(" when %q", when)
		sql, err := greenmaskCondition(when)
		switch {
		case err != nil:
			note = "the condition is not translated (" + err.Error() + "), so every row is masked"
		case condition == "":
			condition = sql
		default:
			condition = "(" + condition + ") AND (" + sql + ")"
		}
	}
	dynamic := t.get("dynamic_params")
	if dynamic.there() {
		original += " dynamic_params " + dynamic.quote()
	}
	if t.get("apply_for_references").is() {
		original += " apply_for_references"
	}
	targets := []pair{{params.get("column").text(), params}}
	if !params.get("column").there() {
		targets = nil
		for _, c := range params.get("columns").list() {
			targets = append(targets, pair{c.get("name").text(), c})
		}
	}
	var out []step
	for _, target := range targets {
		if target.key == "" {
			continue
		}
		o := greenmaskMask(name, target.key, params, target.value, dynamic)
		if note != "" {
			o = o.but(note)
		}
		c := condition
		if note != "" { // half of a condition would leave rows raw that both halves masked
			c = ""
		}
		out = append(out, step{target.key, original, o, c})
	}
	return out
}

// greenmaskRows reads which rows cross.
func (r *Result) greenmaskRows(schema, table string, conditions value) {
	list := conditions.strings()
	if list == nil {
		return
	}
	for i, c := range list {
		list[i] = strings.NewReplacer(schema+"."+table+".", "", table+".", "").Replace(c)
	}
	joined := list[0]
	if len(list) > 1 {
		joined = "(" + strings.Join(list, ") AND (") + ")"
	}
	original := "subset_conds: " + conditions.quote()
	if _, _, err := mask.ParseCondition(joined); err != nil {
		r.table(schema, table, original, "",
			"a condition on rows is one expression over the row's columns: "+err.Error())
		return
	}
	r.table(schema, table, original, "rows = "+mask.Quote(joined),
		"rows that others refer to are not looked after: give the tables that refer here a condition too")
}

// greenmaskOption reads options of the dump that leave something out.
func (r *Result) greenmaskOption(p pair) {
	argument := map[string]string{"exclude-table-data": "data = false", "exclude-table": "skip = true"}[p.key]
	if argument == "" {
		switch p.key {
		case "table", "schema", "exclude-schema", "exclude-extension", "extension", "section", "data-only",
			"schema-only":
			r.general(p.key+": "+p.value.quote(),
				"what crosses is said by schemas of the refresh, and by data or skip of tables and rules")
		}
		return // how pg_dump connects, its format and the like are no rules
	}
	for _, text := range p.value.strings() {
		schema, table, qualified := strings.Cut(text, ".")
		if !qualified {
			schema, table = "public", text
		}
		schema, table = strings.Trim(schema, `"`), strings.Trim(table, `"`)
		r.table(schema, table, p.key+": "+text, argument, "")
	}
}
