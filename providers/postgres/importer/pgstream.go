package importer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Pgstream reads the transformation rules of pgstream: a file of rules, or a configuration that has them among its
// modifiers.
func Pgstream(src []byte) (*Result, error) {
	doc, err := parse(src)
	if err != nil {
		return nil, err
	}
	rules := doc.get("transformations")
	if !rules.there() {
		rules = doc.get("modifiers", "transformations")
	}
	if !rules.there() {
		return nil, fmt.Errorf("there are no transformations: these are no rules of pgstream")
	}
	r := &Result{Tool: "pgstream"}
	for _, p := range rules.pairs() {
		switch p.key {
		case "table_transformers":
		case "validation_mode":
			r.met("", "", "", "validation_mode: "+p.value.text(),
				"shoji is always strict: a column that nobody decided is an error")
		default:
			r.general(p.key+": "+p.value.quote(), "there is no counterpart")
		}
	}
	for _, t := range rules.get("table_transformers").list() {
		r.pgstreamTable(t)
	}
	for _, name := range doc.get("source", "postgres", "snapshot", "schema_only_tables").strings() {
		schema, table, qualified := strings.Cut(name, ".")
		if !qualified {
			schema, table = "public", name
		}
		r.table(schema, table, "schema_only_tables: "+name, "data = false", "")
	}
	return r, nil
}

func (r *Result) pgstreamTable(t value) {
	schema, table := t.get("schema").text(), t.get("table").text()
	if schema == "" {
		schema = "public"
	}
	for _, p := range t.pairs() {
		switch p.key {
		case "schema", "table", "column_transformers":
		case "validation_mode":
			r.met(schema, table, "", p.key+": "+p.value.text(),
				"shoji is always strict: a column that nobody decided is an error")
		default:
			r.table(schema, table, p.key+": "+p.value.quote(), "", "there is no counterpart")
		}
	}
	for _, c := range t.get("column_transformers").pairs() {
		name, params := c.value.get("name").text(), c.value.get("parameters")
		original := either(name, "no transformer")
		if params.there() {
			original += params.quote()
		}
		o := pgstreamMask(name, c.key, params)
		for _, p := range c.value.pairs() {
			switch p.key {
			case "name", "parameters":
				continue
			case "dynamic_parameters":
				o = o.but("other columns of the row are not looked at")
			case "on_error":
				o = o.but("a mask of shoji's has no errors by row")
			case "allow_uniqueness_loss":
				o = o.but("a mask that loses differences on a unique column is an error")
			case "array_options":
				o = arrays(o, p.value)
			default:
				o = o.but(p.key + " has no counterpart")
			}
			original += " " + p.key + ": " + p.value.quote()
		}
		r.column(schema, table, c.key, original, o)
	}
}

// arrays masks each element; an array of another length has no counterpart.
func arrays(o outcome, options value) outcome {
	if o.fit == Unmapped {
		return o
	}
	o.mask = "array(" + o.mask + ")"
	if options.get("generator").text() == "random" {
		return o.but("the array keeps its length")
	}
	return o
}

func pgstreamMask(name, column string, params value) outcome {
	param := func(key string) string { return params.get(key).text() }
	o := pgstreamStatic(name, column, params)
	if strings.HasPrefix(name, "neosync_") && params.get("preserve_length").is() {
		o = o.but("the length does not stay")
	}
	if g := param("gender"); g != "" && g != "Any" {
		o = o.but("names of any gender")
	}
	return o
}

func pgstreamStatic(name, column string, params value) outcome {
	param := func(key string) string { return params.get(key).text() }
	switch name {
	case "", "noop":
		return exactly("keep()")
	case "email":
		o := email(param("replacement_domain"), "")
		if d := param("exclude_domain"); d != "" {
			o.mask = choose(fmt.Sprintf("lower(%s) LIKE %s", sqltext.Ident(column),
				sqltext.Literal("%@"+strings.ToLower(strings.TrimPrefix(d, "@")))), "keep()", o.mask)
		}
		return o
	case "neosync_email":
		o := email("", "")
		if params.get("preserve_domain").is() {
			o = o.but("the domain does not stay")
		}
		return o
	case "encrypted_aes_siv":
		return nearly("a token cannot be decrypted", "token({ length = 32 })")
	case "fpe_ff1":
		return nearly("the format stays, and so do letters", "digits()")
	case "greenmask_boolean":
		return truth()
	case "greenmask_choice":
		return oneOf(params.get("choices").strings())
	case "greenmask_date", "greenmask_utc_timestamp":
		return anotherDay()
	case "greenmask_firstname", "neosync_firstname":
		return firstName()
	case "neosync_lastname":
		return lastName()
	case "neosync_fullname":
		return fullName()
	case "greenmask_float":
		return anotherNumber()
	case "greenmask_integer":
		return between(param("min_value"), param("max_value"))
	case "greenmask_string", "neosync_string", "string":
		return letters(param("max_length"))
	case "greenmask_unix_timestamp":
		return nearly("the time moves by up to a hundredth of itself; the range is not held", "noise(0.01)")
	case "greenmask_uuid":
		return exactly("uuid()")
	case "json":
		return jsonOperations(params.get("operations"))
	case "hstore":
		return hstoreOperations(params.get("operations"))
	case "literal_string":
		return constant(param("literal"), false)
	case "lookup_choice":
		return never("it picks from the rows of another table: a foreign key takes the mask of its key by itself")
	case "masking":
		return pgstreamMasking(params)
	case "phone_number":
		return phone().but("prefix and length are those of shoji's numbers")
	case "template":
		return template(param("template"))
	case "pg_anonymizer":
		return pgstreamAnon(column, params)
	}
	return never("shoji knows no transformer %s of pgstream", name)
}

// pgstreamMasking knows where stars begin and end besides.
func pgstreamMasking(params value) outcome {
	if params.get("type").text() != "custom" {
		return masker(params.get("type").text())
	}
	number := func(key string) (int, bool) {
		n, err := strconv.Atoi(params.get(key).text())
		return n, err == nil && n >= 0 && n <= 1000
	}
	begin, hasBegin := number("mask_begin")
	_, hasEnd := number("mask_end")
	keep, hasKeep := number("unmask_end")
	switch {
	case hasBegin && !params.get("mask_end").there():
		return exactly(fmt.Sprintf(`partial(%d, "*", 0)`, begin))
	case hasKeep && !params.get("unmask_begin").there():
		return exactly(fmt.Sprintf(`partial(%d, "*", 0)`, keep))
	case hasBegin && hasEnd:
		return nearly("what stands behind the stars does not stay", fmt.Sprintf(`partial(%d, "*", 0)`, begin))
	}
	return nearly("nothing of the value stays", `partial(0, "*", 0)`)
}

// pgstreamAnon is a function of PostgreSQL Anonymizer, whose arguments are parameters.
func pgstreamAnon(column string, params value) outcome {
	text := params.get("anon_function").text()
	if text == "" {
		return never("it names no function")
	}
	name, rest, hasArguments := strings.Cut(strings.TrimPrefix(text, "anon."), "(")
	if hasArguments && strings.TrimSuffix(strings.TrimSpace(rest), ")") != "" {
		return anonExpression(text)
	}
	arguments := []argument{{column: column}}
	add := func(keys ...string) {
		for _, k := range keys {
			arguments = append(arguments, argument{constant: params.get(k).text(), known: true})
		}
	}
	switch {
	case name == "partial":
		add("mask_prefix_count", "mask", "mask_suffix_count")
	case name == "noise":
		add("ratio")
	case name == "dnoise":
		add("interval")
	case strings.HasSuffix(name, "_between"):
		arguments = nil
		add("min", "max")
	case strings.HasPrefix(name, "random_in"):
		return anonExpression(fmt.Sprintf("anon.%s(%s)", name, params.get("range").text()))
	case name == "random_string":
		arguments = nil
		add("count")
	}
	return anonFunction(name, arguments)
}
