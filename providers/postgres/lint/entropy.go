package lint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// few is how many values a column may have to be identified by their frequencies.
const few = 1000

func lowEntropy() Analyzer {
	return Analyzer{
		Code:     "low_entropy",
		Severity: diag.Warning,
		Title:    "Deterministic mask on few values",
		Catalog:  true,
		Doc: "Its frequency identifies a masked value, and anybody who knows one row knows all equal ones. Without a " +
			"key, all values can be tried in no time.",
		Example: `column "gender" { mask = token() }`,
		Run: func(p *Pass) {
			for c := range p.Masked() {
				if !c.Expr.Deterministic || c.Expr.Strength == mask.Constant || c.Expr.Null == mask.NullAlways {
					continue
				}
				n, what := values(c)
				if n == 0 {
					continue
				}
				f := Finding{Subject: c.FullName(), Range: c.Range}
				switch {
				case p.isKeyless(c.Mask):
					f.Detail = fmt.Sprintf("%s holds %s, and %s uses no key: anybody with the copy can hash them all "+
						"and recover the column. Use a constant, or a pick that does not depend on the value.",
						c.FullName(), what, c.Mask.Text)
				case c.Expr.Strength == mask.Pseudonym:
					if n > few {
						f.Severity = diag.Note
					}
					f.Detail = fmt.Sprintf("%s holds %s, and %s gives equal values for equal ones: its frequency, or "+
						"one known row, discloses what a masked value stands for. Keep the column if it is not "+
						"personal, or use fixed().", c.FullName(), what, c.Mask.Text)
				case c.Expr.Strength == mask.Synthetic && n <= few && option(c.Mask, "by") == nil:
					f.Severity = diag.Note
					f.Detail = fmt.Sprintf("%s holds %s, and %s picks by the value: the picks have the same "+
						"frequencies as the values. If that matters, use fixed().", c.FullName(), what, c.Mask.Text)
				default:
					continue
				}
				p.Report(f)
			}
		},
	}
}

func (p *Pass) isKeyless(m *mask.Mask) bool {
	for part := range m.Parts() {
		if sql := sqlOf(part); sql != "" && slices.ContainsFunc(p.Expression(sql).Functions, keyless) {
			return true
		}
	}
	return false
}

// values returns how many values a column can have, and describes them; 0 if they are many or unknown.
func values(c CheckedColumn) (n int, what string) {
	u := c.Type.Underlying()
	listed := listedValues(c)
	switch {
	case u.Name == "bool":
		return 2, "true and false"
	case u.Kind == 'e':
		return len(u.Labels), fmt.Sprintf("the %d labels of an enum", len(u.Labels))
	case listed > 0:
		return listed, fmt.Sprintf("one of the %d values in a CHECK", listed)
	case u.Name == "char" && u.Schema == "pg_catalog" || isText(u) && u.MaxLength == 1:
		return 100, "one character"
	case isText(u) && u.MaxLength == 2:
		return few, "two characters"
	}
	if c.Guess.Confidence < personal.High {
		return 0, ""
	}
	switch c.Guess.Kind {
	case personal.Gender:
		return 10, "a gender"
	case personal.Age:
		return 120, "an age"
	case personal.BirthDate:
		return 40_000, "a birth date, of which there are about forty thousand"
	case personal.CardCode:
		return 10_000, "a code of three or four digits"
	case personal.Postcode:
		return 150_000, "a postcode, of which a country has about a hundred thousand"
	}
	return 0, ""
}

func likelyCollision() Analyzer {
	return Analyzer{
		Code:     "likely_collision",
		Severity: diag.Warning,
		Title:    "Masked values of a unique column may collide",
		Catalog:  true,
		Doc: "The mask has too few results for a key: with enough rows, two are equal by chance, and the refresh " +
			"fails to build the unique index. A note if that takes millions of rows.",
		Example: `column "code" { mask = token({ length = 8 }) }`,
		Run: func(p *Pass) {
			for c := range p.Masked() {
				bits := c.Expr.Bits
				key := uniqueAlone(c)
				if c.Expr.Unique != mask.Likely || bits <= 0 || bits >= 50 || key == "" {
					continue
				}
				f := Finding{Subject: c.FullName(), Range: c.Range}
				if bits >= 40 {
					f.Severity = diag.Note
				}
				rows := math.Sqrt(0.02 * math.Exp2(float64(bits)))
				of := ""
				if c.Mask.Name == "digits" {
					of = " for values without a digit"
				}
				advice := "Increase its length"
				if full := c.Type.Underlying().MaxLength; !lengthens(c.Mask) || full > 0 && c.Expr.MaxLength >= full {
					advice = "If there may be as many, use a mask with more results, or keep the column"
				}
				if c.Type.Underlying().Category == 'N' {
					advice = "Use int_map(), which never collides"
				}
				f.Detail = fmt.Sprintf("%s has 2^%d results%s, and %s.%s is unique (%s): from about %s rows on, two "+
					"collide in one of a hundred refreshes. %s.", c.Mask.Text, bits, of, c.Table.FullName(), c.Name,
					key, rounded(rows), advice)
				p.Report(f)
			}
		},
	}
}

// lengthens reports whether a mask has an option for the length of its results.
func lengthens(m *mask.Mask) bool {
	for part := range m.Parts() {
		if slices.Contains([]string{"token", "hash", "digits", "email", "username", "url", "domain"}, part.Name) {
			return true
		}
	}
	return false
}

// rounded returns a number with two significant digits.
func rounded(f float64) string {
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(f))-1))
	return fmt.Sprintf("%.0f", math.Round(f/unit)*unit)
}

func realDomain() Analyzer {
	providers := []string{
		"gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.jp", "ymail.com", "outlook.com", "hotmail.com",
		"live.com", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.de", "web.de",
		"proton.me", "protonmail.com", "mail.ru", "yandex.ru", "qq.com", "163.com", "126.com", "naver.com",
		"docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "nifty.com", "t-online.de",
		"orange.fr", "free.fr",
	}
	return Analyzer{
		Code:     "real_domain",
		Severity: diag.Warning,
		Title:    "Masked addresses at a public provider",
		Doc:      "Mail that an application sends from the copy would reach strangers, or count against the sender.",
		Example:  `column "email" { mask = email({ domain = "gmail.com" }) }`,
		Run: func(p *Pass) {
			for w := range p.Written() {
				for part := range w.Mask.Parts() {
					if domain, _ := option(part, "domain").(string); part.Name == "email" &&
						slices.Contains(providers, strings.ToLower(domain)) {
						at := w.Range
						p.Report(Finding{
							Subject: w.Subject,
							Range:   &at,
							Detail: fmt.Sprintf("%s generates addresses at %s, some of which exist. Use example.com, "+
								"which is reserved, or a catch-all domain of your own.",
								part.Text, domain),
						})
					}
				}
			}
		},
	}
}
