package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
)

// keyless reports whether a function of PostgreSQL or its extensions is a hash without the project's key: anybody with
// a value can find it in the copy.
func keyless(function string) bool {
	name := function[strings.LastIndexByte(function, '.')+1:]
	switch name {
	case "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "digest", "hmac", "crypt", "crc32", "crc32c",
		"uuid_generate_v3", "uuid_generate_v5":
		return true
	}
	return strings.HasPrefix(name, "hash") && name != "hash" // hashtext, hashtextextended, hashint8, hash_numeric, …
}

// sqlOf returns the text of sql(); "" for other masks.
func sqlOf(m *mask.Mask) string {
	if m.Name != "sql" || len(m.Arguments()) == 0 {
		return ""
	}
	text, _ := m.Arguments()[0].(string)
	return text
}

// conditionOf returns the condition of when(); "" for other masks.
func conditionOf(m *mask.Mask) string {
	if m.Name != "when" || len(m.Arguments()) == 0 {
		return ""
	}
	text, _ := m.Arguments()[0].(string)
	return text
}

func unkeyedHash() Analyzer {
	return Analyzer{Code: "unkeyed_hash", Severity: diag.Warning, Title: "Hash without the project's key",
		Doc: "Anybody can hash guessed values and find them in the copy: all e-mail addresses of a leak, all birth " +
			"dates, all phone numbers.",
		Example: `column "email" { mask = sql("md5(email)") }`,
		Run: func(p *Pass) {
			for w := range p.Written() {
				for part := range w.Mask.Parts() {
					text := sqlOf(part)
					if text == "" {
						continue
					}
					e := p.Expression(text)
					i := slices.IndexFunc(e.Functions, keyless)
					if i < 0 || len(e.Reads) == 0 {
						continue
					}
					at := w.Range
					f := Finding{
						Subject: w.Subject,
						Range:   &at,
						Detail: fmt.Sprintf("%s is masked with %s(), which anybody can compute. A salt in the spec "+
							"does not help: everybody who reads the spec knows it. Use hash(), token() or uuid(), "+
							"which use the refresh's key; the masked values change once.", w.Subject, e.Functions[i]),
					}
					if w.Column != "" && part == w.Mask && len(e.Functions) == 1 &&
						slices.Equal(e.Reads, []string{w.Column}) {
						f.Fixes = []diag.Fix{replace("Use hash()", w.Range, "hash()")}
					}
					p.Report(f)
				}
			}
		}}
}

func teamFunction() Analyzer {
	return Analyzer{Code: "team_function", Severity: diag.Note, Title: "Mask calls a user-defined function",
		Doc: "Its body is not in the spec: it may read other tables, and a change of it changes the " +
			"masked values without review.",
		Example: `sql("app.scramble(name)", { calls = ["app.scramble"] })`,
		Run: func(p *Pass) {
			for w := range p.Written() {
				for part := range w.Mask.Parts() {
					for _, text := range []string{sqlOf(part), conditionOf(part)} {
						if text == "" {
							continue
						}
						for _, f := range p.Expression(text).Functions {
							if schema, _, qualified := strings.Cut(f, "."); qualified && schema != "pg_catalog" {
								at := w.Range
								p.Report(Finding{
									Subject: w.Subject,
									Range:   &at,
									Detail: fmt.Sprintf("The mask of %s calls %s(). Make sure that it reads nothing "+
										"but its arguments, and is immutable and strict; or use built-in masks.",
										w.Subject, f),
								})
							}
						}
					}
				}
			}
		}}
}

func readsMasked() Analyzer {
	return Analyzer{
		Code:     "reads_masked",
		Severity: diag.Warning,
		Title:    "Mask reads another masked column",
		Catalog:  true,
		Doc: "sql() and when() read the source's real values, so one column can disclose what another hides. A note " +
			"if only a condition reads it: that discloses one bit.",
		Example: `column "handle" { mask = sql("left(email, 5)") }`,
		Run: func(p *Pass) {
			for c := range p.Masked() {
				for part := range c.Mask.Parts() {
					p.rawReads(c, sqlOf(part), diag.Warning)
					p.rawReads(c, conditionOf(part), diag.Note)
				}
			}
		},
	}
}

// rawReads reports the masked columns that the SQL of another column's mask reads.
func (p *Pass) rawReads(c CheckedColumn, sql string, severity diag.Severity) {
	if sql == "" {
		return
	}
	for _, name := range p.Expression(sql).Reads {
		other := c.Sibling(name)
		if name == c.Name || other == nil || other.Decision != decide.Masked || other.Expr.Strength == mask.Raw {
			continue
		}
		p.Report(Finding{
			Subject:  c.FullName(),
			Severity: severity,
			Range:    c.Range,
			Detail: fmt.Sprintf("The mask of %s reads the real value of %s, which is itself masked (%s). Read a kept "+
				"column, or mask this one by its own value.", c.FullName(), name, other.Mask.Text),
		})
	}
}

func notDeterministic() Analyzer {
	return Analyzer{
		Code:     "not_deterministic",
		Severity: diag.Warning,
		Title:    "Mask is not deterministic",
		Catalog:  true,
		Doc: "In keys and references, equal values must stay equal, or joins are lost. Elsewhere a note: two " +
			"refreshes cannot be compared.",
		Example: `column "code" { mask = sql("gen_random_uuid()", { volatile = true }) }`,
		Run: func(p *Pass) {
			for c := range p.Masked() {
				if c.Expr.Deterministic || c.Mask.Name == "default" || c.Expr.Null == mask.NullAlways {
					continue
				}
				f := Finding{Subject: c.FullName(), Range: c.Range}
				switch key := foreignKeyOf(c); {
				case key != "":
					f.Detail = fmt.Sprintf("%s gives each row a different value, and %s is a reference (%s), which "+
						"would dangle. Use token(), uuid() or int_map(), which give equal values for equal ones.",
						c.Mask.Text, c.FullName(), key)
				case inUnique(c):
					f.Detail = fmt.Sprintf("%s gives a different value at each refresh, and %s is in a unique key: "+
						"values noted elsewhere are invalid after the next refresh. Use token(), uuid() or int_map().",
						c.Mask.Text, c.FullName())
				default:
					f.Severity = diag.Note
					f.Detail = fmt.Sprintf("%s gives %s a different value at each refresh, so two copies cannot be "+
						"compared, and equal values become different. If that matters, use a keyed mask.",
						c.Mask.Text, c.FullName())
				}
				p.Report(f)
			}
		},
	}
}
