package lang

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func ruleBlock(b *body, r *spec.Rule) {
	at := &r.At
	matches := 0
	b.optional("mask", maskOf(&r.Mask), &at.Mask, "For the columns that match; `keep()` too.")
	b.optional("min_changed", share(&r.MinChanged), &at.MinChanged, "As in the refresh, for these columns.")
	b.optional("default", boolean(&r.Default), &at.Default,
		"`true`: only for columns that no block, no other rule and no key decides.")
	b.optional("data", optionalBoolean(&r.Data), &at.Data, "`false`: the tables that match cross without rows.")
	b.optional("skip", optionalBoolean(&r.Skip), &at.Skip, "`true`: the tables that match are not in the copy.")
	b.optional("refreshes", refreshes.refs(&r.Refreshes), nil, "Only for these refreshes.")
	b.nested("match", "What the rule is about. All that is written must match; a list means any of it.",
		func(n *body) { matchBlock(n, r, &matches) })
	b.check(func() {
		if matches != 1 {
			b.errorf(r.Range, "Rule must have one match block", "%s has %d. Say what it is about: match { column = "+
				"\"email\" }.", r.Address(), matches)
		}
		if r.MinChanged != nil && r.Mask == nil {
			b.errorf(at.MinChanged.Range, "min_changed without a mask", "min_changed is for rules with a mask.")
		}
		decides := 0
		for _, a := range []spec.Argument{at.Mask, at.Data, at.Skip} {
			if a.Written {
				decides++
			}
		}
		switch {
		case decides > 1:
			b.errorf(r.Range, "Rule must decide one thing", "Give %s one of mask, data = false and skip = true.",
				r.Address())
		case r.Default && !at.Mask.Written:
			b.errorf(at.Default.Range, "Default without a mask", "default is for rules with a mask.")
		case !at.Mask.Written && !r.IsOpen() && (len(r.Columns) > 0 || len(r.Types) > 0):
			b.errorf(r.Range, "Rule for tables matches columns",
				"data and skip are about whole tables; match by schema and table.")
		}
	})
}

func matchBlock(b *body, r *spec.Rule, matches *int) {
	b.optional("schema", patterns(&r.Schemas), nil, "Schemas.")
	b.optional("table", patterns(&r.Tables), nil, "Tables; a pattern with a dot is `schema.table`.")
	b.optional("column", patterns(&r.Columns), nil, "Columns.")
	b.optional("type", patterns(&r.Types), nil, "Types as PostgreSQL prints them, with or without `(n)`.")
	var tags []string
	b.optional("tag", patterns(&tags), nil,
		"Marks in comments (`#pii`, `@pii`), or what a column is recognised as: `email`, `phone`, ….")
	b.check(func() {
		*matches++
		for _, tag := range tags {
			r.Tags = append(r.Tags, strings.ToLower(strings.TrimLeft(tag, "#@")))
		}
	})
}

// patterns accepts one pattern or a list of them.
func patterns(into *[]string) parser {
	return custom("string or list", func(v value) {
		list, ok := v.texts(true)
		if !ok {
			return
		}
		*into = list
		for i, at := range v.places(len(list)) {
			checkPattern(v.b, list[i], at)
		}
		if len(list) == 0 {
			v.errorf("An empty selection", "%s = [] matches nothing. Omit it to match everything.", v.name)
		}
	})
}

// checkPattern reports a pattern that would be taken for a text with a brace in it, which almost no name has.
func checkPattern(b *body, pattern string, at diag.Range) {
	if fault := spec.GlobFault(pattern); fault != "" {
		b.errorf(at, "Invalid pattern",
			"%q: %s. Write {a,b} for either of two, and ? for a brace that is part of a name.", pattern, fault)
	}
}
