package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
)

// keyless are functions of PostgreSQL and its extensions that hash what they are given without the project's key: who
// has a value finds it again.
func keyless(function string) bool {
	name := function[strings.LastIndexByte(function, '.')+1:]
	switch name {
	case "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "digest", "hmac", "crypt", "crc32", "crc32c",
		"uuid_generate_v3", "uuid_generate_v5":
		return true
	}
	return strings.HasPrefix(name, "hash") && name != "hash" // hashtext, hashtextextended, hashint8, hash_numeric, …
}

// sqlOf gives the text of sql(), "" for another mask.
func sqlOf(m *mask.Mask) string {
	if m.Name != "sql" || len(m.Arguments()) == 0 {
		return ""
	}
	text, _ := m.Arguments()[0].(string)
	return text
}

// conditionOf gives the condition of when(), "" for another mask.
func conditionOf(m *mask.Mask) string {
	if m.Name != "when" || len(m.Arguments()) == 0 {
		return ""
	}
	text, _ := m.Arguments()[0].(string)
	return text
}

func unkeyedHash() Analyzer {
	return Analyzer{Code: "unkeyed_hash", Severity: diag.Warning, Title: "A hash without the project's key",
		Doc: "Whoever can guess a value can hash it too, and find it in the copy: all e-mail addresses of a " +
			"leak, all birth dates, all phone numbers.",
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
							"is no key either: it is read by all who read the spec. "+
							"Use hash(), token() or uuid(), which are keyed by the refresh's secret; "+
							"the masked values change once.", w.Subject, e.Functions[i]),
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
	return Analyzer{Code: "team_function", Severity: diag.Note, Title: "A mask calls a function of the team's own",
		Doc: "What it does is not in the spec: it may read other tables, and another body gives " +
			"other values with no review.",
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
									Detail: fmt.Sprintf("The mask of %s calls %s(). See that it reads nothing but "+
										"its arguments, and is immutable and strict; or write it with "+
										"the masks of the catalogue.", w.Subject, f),
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
		Title:    "A mask reads another masked column raw",
		Catalog:  true,
		Doc: "sql() and when() see the source's real values, so what one column hides can come out in another. A " +
			"note where only a condition reads it: that gives away one bit.",
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

// rawReads reports what the SQL in a column's mask reads of its masked siblings.
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
			Detail: fmt.Sprintf("The mask of %s reads %s, which is masked itself (%s), and reads "+
				"it as it is on the source. "+
				"Read a column that is kept, or mask this one by its own value.", c.FullName(), name, other.Mask.Text),
		})
	}
}

func notDeterministic() Analyzer {
	return Analyzer{
		Code:     "not_deterministic",
		Severity: diag.Warning,
		Title:    "A mask that gives other values each time",
		Catalog:  true,
		Doc: "On a key or a reference, equal values must stay equal, or joins are lost; elsewhere a note: two " +
			"refreshes cannot be compared.",
		Example: `column "code" { mask = sql("gen_random_uuid()", { volatile = true }) }`,
		Run: func(p *Pass) {
			for c := range p.Masked() {
				if c.Expr.Deterministic || c.Mask.Name == "default" || c.Expr.Null == mask.NullAlways {
					continue
				}
				f := Finding{Subject: c.FullName(), Range: c.Range}
				switch key := refersTo(c); {
				case key != "":
					f.Detail = fmt.Sprintf("%s gives each row another value, and %s is a reference (%s): it would "+
						"refer to nothing. Use token(), uuid() or int_map(), which give equal values for equal ones.",
						c.Mask.Text, c.FullName(), key)
				case inUnique(c):
					f.Detail = fmt.Sprintf("%s gives another value at each refresh, and %s is in a unique key: what "+
						"others noted of it leads nowhere after the next refresh. Use token(), uuid() or int_map().",
						c.Mask.Text, c.FullName())
				default:
					f.Severity = diag.Note
					f.Detail = fmt.Sprintf("%s gives %s another value at each refresh, so two copies cannot be "+
						"compared, and equal values become different ones. Use a keyed mask where that matters.",
						c.Mask.Text, c.FullName())
				}
				p.Report(f)
			}
		},
	}
}
