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

// rulesText are the rules, each with what speaks for it, and the questions that a rule asks, in comments.
func (d *drafter) rulesText() string {
	var b strings.Builder
	for _, r := range d.rules {
		fmt.Fprintf(&b, "\n# %s\nrule %s {\nmatch {\ncolumn = %s\ntype = %s\n}\nmask = %s\n}\n", r.comment,
			mask.Quote(r.label), patternText(r.columns), mask.Quote(r.typ), r.mask)
	}
	for _, q := range d.summary.Questions {
		if q.Rule != "" && !q.Asked {
			b.WriteString(questionText(q))
		}
	}
	return b.String()
}

// questionText is a rule in a comment, for people to take or leave.
func questionText(q Question) string {
	m := q.Topic.Mask
	if q.Topic.Key != (ColumnRef{}) {
		m = "keep()"
	}
	text := fmt.Sprintf("rule %s {\n  match {\n", mask.Quote(q.Rule))
	for _, argument := range []struct {
		name   string
		values []string
	}{{"table ", q.Tables}, {"column", q.Names()}, {"type  ", q.Types}} {
		if argument.values != nil {
			list := strings.ReplaceAll(patternText(argument.values), "\n", "\n      ")
			text += fmt.Sprintf("    %s = %s\n", argument.name, strings.Replace(list, "\n      ]", "\n    ]", 1))
		}
	}
	text += fmt.Sprintf("  }\n  mask = %s\n}", m)
	head := fmt.Sprintf("undecided in %d tables: %s %s: %s", q.tableCount(), listSome(q.Names(), 3),
		strings.Join(q.Types, ", "), q.Reason)
	lines := []string{"\n# " + comment(head)}
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, "# "+comment(line))
	}
	return strings.Join(lines, "\n") + "\n"
}

// patternText is one pattern, or a list of several.
func patternText(patterns []string) string {
	if len(patterns) == 1 {
		return mask.Quote(patterns[0])
	}
	return listText(patterns)
}
