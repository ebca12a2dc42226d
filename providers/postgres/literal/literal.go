// Package literal finds texts and numbers in the structure of a database that look personal: an address in a comment, a
// token in a function. It keeps their place, kind and digest, never the value.
package literal

import (
	"cmp"
	"slices"

	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Literal is one value that looks personal.
type Literal struct {
	// Where is its place for people: "default of column public.customers.note".
	Where string `json:"where"`
	// Schema is that of the object, "" if none; Table is the table that it belongs to, as schema.table without quotes,
	// "" if none.
	Schema string `json:"schema,omitempty"`
	Table  string `json:"table,omitempty"`
	// Part and Name are what a schema block calls the object.
	Part spec.Part `json:"part,omitempty"`
	Name string    `json:"name,omitempty"`

	Kind   personal.Kind `json:"kind"`
	Digest string        `json:"digest"`
}

// Scan returns the values in the texts of one place, each once. It ignores at.Kind and at.Digest, and redacts names,
// which can be values themselves.
func Scan(at Literal, texts ...string) []Literal {
	var out []Literal
	for _, text := range texts {
		for _, v := range personal.FindValues(text) {
			one := at
			one.Where, one.Kind, one.Digest = personal.Redact(at.Where), v.Kind, v.Digest
			one.Table, one.Name = personal.Redact(at.Table), personal.Redact(at.Name)
			if !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	return out
}

// Sort sorts literals by place and removes duplicates.
func Sort(list []Literal) []Literal {
	slices.SortFunc(list, func(a, b Literal) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Digest, b.Digest),
			cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(list)
}
