package draft

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/spec/mask"
)

// projectText is what a spec needs besides its tables: where the databases are, the key, and the refresh.
func (d *drafter) projectText() string {
	from := d.Database.Name
	to := "staging"
	if from == to {
		to = "copy"
	}
	schemas := ""
	if d.Schemas != nil {
		schemas = "schemas = " + listText(d.Schemas) + "\n"
	}
	variable := "SHOJI_" + variableName(from) + "_URL"
	if d.Database.URLSecret != nil && d.Database.URLSecret.Env != "" {
		variable = d.Database.URLSecret.Env
	}
	return fmt.Sprintf(`# Drafted by shoji inspect. Secrets are read from the environment when they are needed; `+
		`nothing of them stands here.

project %[1]s {
  required_version = ">= 0.1"
}

# postgres://USER:PASSWORD@HOST/DATABASE
secret "%[2]s_url" {
  env = %[4]s
}

secret "%[3]s_url" {
  env = "SHOJI_%[5]s_URL"
}

# 16 bytes or more. The same key gives the same masked values at every refresh.
secret "mask_key" {
  env = "SHOJI_MASK_KEY"
}

database %[6]s {
  url = secret.%[2]s_url
}

database "%[3]s" {
  url = secret.%[3]s_url
}

refresh "nightly" {
  from = database.%[2]s
  to   = database.%[3]s
  key  = secret.mask_key
%[7]s}
`, mask.Quote(d.Name), from, to, mask.Quote(variable), variableName(to), mask.Quote(from), schemas)
}

func variableName(label string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(label))
}

// rulesText are the rules, each with what speaks for it.
func (d *drafter) rulesText() string {
	var b strings.Builder
	for _, r := range d.rules {
		if r.said {
			continue
		}
		column := mask.Quote(r.columns[0])
		if len(r.columns) > 1 {
			column = listText(r.columns)
		}
		if r.tables > 0 {
			fmt.Fprintf(&b,
				"\n# %s\n# rule %s {\n#   match {\n#     column = %s\n#     type   = %s\n#   }\n#   mask = %s\n# }\n",
				r.comment, comment(mask.Quote(r.label)), comment(column), comment(mask.Quote(r.typ)), r.mask)
			continue
		}
		fmt.Fprintf(&b, "\n# %s\nrule %s {\nmatch {\ncolumn = %s\ntype = %s\n}\nmask = %s\n}\n", r.comment,
			mask.Quote(r.label), column, mask.Quote(r.typ), r.mask)
	}
	return b.String()
}
