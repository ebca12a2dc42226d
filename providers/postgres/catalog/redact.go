package catalog

import (
	"slices"

	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Redacted returns a copy of the catalog, for a document that others read, in which values that look personal are
// replaced by their kind. Names stay, because decisions refer to them.
func (c *Catalog) Redacted() *Catalog {
	out := *c
	out.Tables = slices.Clone(c.Tables)
	for i := range out.Tables {
		t := &out.Tables[i]
		t.Comment = personal.Redact(t.Comment)
		t.Columns = slices.Clone(t.Columns)
		for j := range t.Columns {
			column := &t.Columns[j]
			column.Default, column.Comment = personal.Redact(column.Default), personal.Redact(column.Comment)
			column.Type = redactedType(column.Type)
		}
		t.Constraints = slices.Clone(t.Constraints)
		for j := range t.Constraints {
			t.Constraints[j].Definition = personal.Redact(t.Constraints[j].Definition)
		}
		t.Indexes = slices.Clone(t.Indexes)
		for j := range t.Indexes {
			t.Indexes[j].Definition = personal.Redact(t.Indexes[j].Definition)
		}
		t.Triggers = slices.Clone(t.Triggers)
		for j := range t.Triggers {
			t.Triggers[j].Definition = personal.Redact(t.Triggers[j].Definition)
		}
	}
	return &out
}

// redactedType returns a type with redacted labels and checks, also of the types that it is made of.
func redactedType(t mask.Type) mask.Type {
	t.Labels, t.Checks, t.Fields = redactedTexts(t.Labels), redactedTexts(t.Checks), slices.Clone(t.Fields)
	for i := range t.Fields {
		t.Fields[i].Type = redactedType(t.Fields[i].Type)
	}
	for _, part := range []**mask.Type{&t.Elem, &t.Base} {
		if *part != nil {
			redacted := redactedType(**part)
			*part = &redacted
		}
	}
	return t
}

func redactedTexts(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = personal.Redact(list[i])
	}
	return list
}
