package lang

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// partDocs describes the arguments of a schema block.
func partDocs() map[spec.Part]string {
	return map[spec.Part]string{
		spec.Comments: "Comments on everything, matched by the name of what they are on: `public.customers`, " +
			"`public.customers.email`.",
		spec.Functions: "Functions, procedures and aggregates, by name: `public.slugify`. " +
			"Triggers that call one which " +
			"does not cross go with it.",
		spec.Views:    "Views and materialised views.",
		spec.Triggers: "Triggers of tables (`public.orders.audit`) and event triggers.",
		spec.Rules:    "Rewrite rules: `public.orders.log_insert`.",
		spec.Policies: "Policies of row security: `public.orders.own_rows`. Without one the " +
			"table shows its rows to its " +
			"owner only.",
		spec.Defaults: "Defaults of columns (`public.orders.note`) and of domains. One " +
			"that takes the next value of a " +
			"sequence always crosses.",
		spec.Checks:     "`CHECK` constraints of tables (`public.orders.orders_note_check`) and of domains.",
		spec.Indexes:    "Indexes that are behind no constraint: `public.orders_open`.",
		spec.Statistics: "Extended statistics.",
	}
}

func structureBlock(b *body, r *spec.Refresh) {
	s := &spec.Structure{Limited: map[spec.Part]spec.Limit{}, Range: b.place, Places: map[spec.Part]diag.Range{}}
	for _, part := range spec.Parts() {
		b.optional(string(part), limit(s, part), nil, partDocs()[part])
	}
	b.check(func() {
		switch {
		case r.Structure != nil:
			b.errorf(b.place, "Schema block declared twice", "A refresh has one schema block; it is at %s already.",
				r.Structure.Range)
		case r.Mode == spec.Replace:
			b.errorf(b.place, "schema is for mode swap",
				"In mode replace no structure is copied: the tables exist already. Remove the block.")
		default:
			r.Structure = s
		}
	})
}

// limit reads what is copied of a part: true, false or a list of patterns.
func limit(s *spec.Structure, part spec.Part) parser {
	return custom("bool or list", func(v value) {
		s.Places[part] = v.place()
		if v.Type() == cty.Bool {
			if v.False() {
				s.Limited[part] = spec.LimitToNone()
			}
			return
		}
		if _, err := convert.Convert(v.Value, cty.List(cty.String)); err != nil || v.Type() == cty.String {
			v.mustBe(`true, false or a list of patterns, such as ["public.*"]`)
			return
		}
		patterns, _ := v.texts(false)
		s.Limited[part] = spec.LimitTo(patterns)
	})
}
