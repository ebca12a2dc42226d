package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
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
	var skip []string
	for _, e := range d.Catalog.Extensions {
		if ddl.LivesInOneDatabase(e.Name) {
			skip = append(skip, e.Name)
		}
	}
	extensions := ""
	if skip != nil {
		extensions = "\n# can be created in one database of a server only\nextensions {\nskip = " + listText(skip) +
			"\n}\n"
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
%[7]s%[8]s}
`, mask.Quote(d.Name), from, to, mask.Quote(variable), variableName(to), mask.Quote(from), schemas, extensions)
}

func variableName(label string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(label))
}

// rulesText are the rules, each with what speaks for it, and, where they have no file, the questions that a rule asks,
// in comments.
func (d *drafter) rulesText() string {
	var b strings.Builder
	for _, r := range d.rules {
		fmt.Fprintf(&b, "\n# %s\nrule %s {\nmatch {\ncolumn = %s\ntype = %s\n}\nmask = %s\n}\n", r.comment,
			mask.Quote(r.label), patternText(r.columns), mask.Quote(r.typ), r.mask)
	}
	for _, q := range d.summary.Questions {
		if q.Rule != "" && !q.Asked && d.Questions == "" {
			b.WriteString(questionText(q))
		}
	}
	return b.String()
}

// questionsText are the questions for their file: rules without a mask, those that decide most first.
func (d *drafter) questionsText() string {
	var b strings.Builder
	for _, q := range d.summary.Questions {
		if d.Questions == "" || q.Rule == "" || q.Asked {
			continue
		}
		fmt.Fprintf(&b, "\n# %s\n# %s\n%s", comment(q.where()), comment(q.Reason), q.matchText())
		for _, m := range []string{q.Topic.Mask, "keep()"} {
			if m != "" {
				fmt.Fprintf(&b, "  # mask = %s\n", comment(m))
			}
		}
		b.WriteString("}\n")
	}
	if b.Len() > 0 && d.existing(d.Questions) == nil {
		return questionsHead + b.String()
	}
	return b.String()
}

const questionsHead = `
# What a draft left to people. Each rule is one question: give it a mask, and it decides all of its columns. Uncomment
# one of its lines or write another mask, and take out of its lists what you want to decide otherwise in its table.
`

// questionText is a rule in a comment, for people to take or leave.
func questionText(q Question) string {
	m := q.Topic.Mask
	if q.Topic.Key != (ColumnRef{}) {
		m = "keep()"
	}
	text := q.matchText() + fmt.Sprintf("  mask = %s\n}", m)
	head := fmt.Sprintf("undecided in %d tables: %s %s: %s", q.tableCount(), listSome(q.Names(), 3),
		strings.Join(q.Types, ", "), q.Reason)
	lines := []string{"\n# " + comment(head)}
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, "# "+comment(line))
	}
	return strings.Join(lines, "\n") + "\n"
}

// matchText is the beginning of the rule that decides the columns of a question, with its match.
func (q Question) matchText() string {
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
	return text + "  }\n"
}

// where says how many columns a question is about, and names some of their tables.
func (q Question) where() string {
	if len(q.Columns) == 1 {
		return q.String()
	}
	var tables []string
	for _, c := range q.Columns {
		tables = append(tables, c.Table.String())
	}
	slices.Sort(tables)
	tables = slices.Compact(tables)
	more := ""
	if len(tables) > namedTables {
		more = fmt.Sprintf(" and %d more", len(tables)-namedTables)
		tables = tables[:namedTables]
	}
	return fmt.Sprintf("%d columns: %s (%s) in %s%s", len(q.Columns), listSome(q.Names(), 3),
		strings.Join(q.Types, ", "), strings.Join(tables, ", "), more)
}

// namedTables is how many tables of a question are named.
const namedTables = 5

// patternText is one pattern, or a list of several.
func patternText(patterns []string) string {
	if len(patterns) == 1 {
		return mask.Quote(patterns[0])
	}
	return listText(patterns)
}
