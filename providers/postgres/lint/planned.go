package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// otherRefusal is the code of an error of a plan that has none of its own.
const otherRefusal = "plan_refuses"

// planned returns the codes of package decide that are found without a database: a plan reports them, too. Those of
// errors cannot be disabled.
func planned() []Analyzer {
	refused := func(code, title, doc, example string) Analyzer {
		return Analyzer{
			Code:     code,
			Severity: diag.Error,
			Title:    title,
			Doc:      doc,
			Example:  example,
			Catalog:  true,
			Plan:     true,
		}
	}
	warned := func(code, title, doc, example string) Analyzer {
		return Analyzer{Code: code, Severity: diag.Warning, Title: title, Doc: doc, Example: example, Catalog: true}
	}
	noted := func(code, title, doc, example string) Analyzer {
		return Analyzer{Code: code, Severity: diag.Note, Title: title, Doc: doc, Example: example, Catalog: true}
	}
	return []Analyzer{
		refused(decide.Undecided, "Columns are not decided",
			"A column that is neither masked nor kept stops the refresh.",
			"a column in no block, no `keep` and no rule"),
		refused(decide.UnknownSchema, "Unknown schema",
			"The refresh selects a schema that does not exist on the source.",
			`schemas = ["pubic"]`),
		refused(decide.EmptySelection, "No tables selected", "The refresh finds no table.", "`schemas` without tables"),
		refused(decide.OutsideRefresh, "Table outside the refresh",
			"The block is for a table in a schema that the refresh does not select.", `table "other" "t" { … }`),
		refused(decide.UnknownTable, "Unknown table", "The table does not exist on the source.",
			`table "public" "custmers" { … }`),
		refused(decide.UnknownColumn, "Unknown column", "The column does not exist in the table.",
			`keep = ["craeted_at"]`),
		refused(decide.DecidedTwice, "Column decided twice", "A column is both kept and masked.",
			"a name in `keep` that has a block"),
		refused(decide.GeneratedMasked, "Generated columns cannot be masked",
			"The target computes them from other columns: mask those.", "a block for a `GENERATED … STORED` column"),
		refused(decide.RuleClash, "Conflicting rules", "Two different rules match the same column or table.",
			"`column = \"*_name\"` beside `column = \"full_*\"`"),
		warned(decide.RuleMatchesNothing, "Rule decides nothing",
			"It is misspelled, or blocks decide everything that it matches.", `match { column = "emial" }`),
		refused(decide.MaskUnfit, "Mask does not fit the column",
			"NULL in a NOT NULL column, a result longer than `varchar(n)`, a number beyond `numeric(p,s)`, a label "+
				"that is not in the enum, a type that the mask does not support.",
			"`null_value()` on a `NOT NULL` column"),
		refused(decide.NoKey, "Keyed mask without a key", "Keyed masks need the refresh's key.",
			"`email()` in a refresh without `key`"),
		refused(decide.LossyUnique, "Mask of a unique column is not unique",
			"Two rows could get the same key, and the unique index could not be built.",
			"`full_name()` on a `UNIQUE` column"),
		refused(decide.KeyDiffers, "A foreign key would not hold",
			"A column is decided otherwise than the key that it refers to.", "`keep` on a reference to a masked key"),
		refused(decide.TwoKeys, "Column refers to two keys with different masks",
			"The column can follow only one of them.", "two `FOREIGN KEY`s of one column"),
		refused(decide.KeyOutside, "Foreign key leads out of the refresh",
			"Its table is in none of the refresh's schemas.", `schemas = ["app"]`),
		refused(decide.SkippedReferenced, "A skipped table is referenced", "References to it would dangle.",
			"`skip = true` on a table with references to it"),
		refused(decide.KeyWithoutRows, "A foreign key would not hold", "The referenced table is copied without rows.",
			"`data = false` on a table with references to it"),
		warned(decide.KeyRows, "Rows may refer to rows that are not copied",
			"Only a part of the referenced table is copied, and the refresh fails if "+
				"another of its rows is referenced.",
			"`rows = …` on a table with references to it"),
		warned(decide.LinkMatchesNothing, "Link matches nothing", "It is misspelled, or its column no longer exists.",
			`from = column("public", "ordres", "customer")`),
		warned(decide.MaskReadsRow, "Mask of a key reads other columns",
			"Its references cannot compute the same value if the rows differ.",
			"`sql(\"id || region\")` on a key with references"),
		refused(decide.CheckFails, "Mask violates a constraint",
			"The values of the mask violate a CHECK or EXCLUDE constraint.",
			"`fixed(\"none\")` under `CHECK (code LIKE 'C%')`"),
		warned(decide.CheckUnknown, "Mask may violate a constraint",
			"Whether the values of the mask violate a CHECK or EXCLUDE constraint cannot be "+
				"known without rows; a plan "+
				"tries it with a few.",
			"`sql(…)` under a CHECK that reads the column"),
		noted(decide.CaseFolding, "Unique key is case-sensitive, but its mask is not",
			"Two values that differ only in case get the same masked value. A note: few tables have such a pair.",
			"`email()` under `UNIQUE (email)`"),
		warned(decide.UniqueUnknown, "Unique key reads a masked column in an expression",
			"Whether the masked values stay distinct there cannot be known without rows; a plan tries it with a few.",
			"`UNIQUE` on `left(code, 4)` of a masked code"),
		refused(decide.PartitionKey, "A partition key cannot be masked",
			"The masked row could belong to another partition.", "a mask on the column of `PARTITION BY`"),
		refused(decide.ForeignTable, "Rows of foreign tables are not copied", "A copy does not access other servers.",
			"a block for a `FOREIGN TABLE`"),
		refused(decide.UnknownExtension, "Unknown extension",
			"The refresh skips an extension that the source does not have.", `extensions { skip = ["pg_crn"] }`),
		refused(decide.ExtensionRows, "Rows of an extension cannot be told apart",
			"A configuration table of an extension is copied by the condition that tells its users' rows from the "+
				"extension's own.", "a mask on the column that the condition reads"),
		refused(otherRefusal, "A plan would refuse this", "Errors of a plan that have no code of their own.",
			"see its message"),
	}
}

// plan adds what the plan would report, with fixes and further details.
func (r *run) plan(ds diag.Diagnostics) {
	for _, d := range ds {
		a, known := r.settings.analyzers[d.Code]
		if !known {
			a = r.settings.analyzers[otherRefusal]
		}
		code, severity := a.Code, a.Severity
		switch {
		case d.Severity == diag.Error:
			severity = diag.Error
		case r.settings.disabled[code]:
			continue
		}
		f := Finding{
			Code:     code,
			Severity: severity,
			Summary:  d.Summary,
			Detail:   d.Detail,
			Range:    d.Range,
			Address:  d.Address,
			plan:     d.Severity == diag.Error,
		}
		switch code {
		case decide.MaskUnfit:
			f.Fixes = r.emptyInstead(d.Range)
		case decide.RuleMatchesNothing:
			f.Detail += r.shadowed(d.Range)
		}
		r.findings = append(r.findings, f)
	}
}

// emptyInstead returns a fix that replaces null_value() on a NOT NULL text column by the empty string. It is safe if no
// key, constraint or domain restricts the column: nothing of the value is left, as before.
func (r *run) emptyInstead(at *diag.Range) []diag.Fix {
	if at == nil || (&Pass{Project: r.project}).Text(*at) != "null_value()" {
		return nil
	}
	for _, refresh := range r.refreshes {
		for _, c := range refresh.Columns {
			if c.Range == nil || *c.Range != *at {
				continue
			}
			bound := slices.ContainsFunc(c.Table.Source.Constraints, func(k catalog.Constraint) bool {
				return slices.Contains(k.Columns, c.Name) || len(k.Columns) == 0
			})
			if c.Basis != decide.FromBlock || !c.Source.NotNull || !isText(c.Type) || c.Type.Kind != 'b' ||
				bound ||
				inUnique(c) {
				return nil
			}
		}
	}
	fix := replace("Use the empty string", *at, `fixed("")`)
	fix.Safe = true
	return []diag.Fix{fix}
}

// shadowed returns a sentence on the columns that a rule would match if blocks did not decide them.
func (r *run) shadowed(at *diag.Range) string {
	for _, rule := range r.project.Rules {
		if at == nil || rule.Range != *at || rule.Mask == nil || rule.Types != nil || rule.Tags != nil {
			continue
		}
		var names []string
		for _, refresh := range r.refreshes {
			for _, c := range refresh.Columns {
				t := c.Table.Source
				if matches(rule.Schemas, t.Schema) && matches(rule.Tables, t.Name, t.Schema+"."+t.Name) &&
					matches(rule.Columns, c.Name) {
					names = append(names, c.FullName()+" ("+c.Because+")")
				}
			}
		}
		if len(names) > 0 {
			more := ""
			if n := len(names) - maxSubjects; n > 0 {
				names, more = names[:maxSubjects], fmt.Sprintf(" and %d more", n)
			}
			return " Blocks already decide what it would match: " + strings.Join(names, ", ") + more + "."
		}
	}
	return ""
}

// matches reports whether one of the patterns matches one of the texts; nil matches everything.
func matches(patterns []string, texts ...string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p string) bool {
		g := spec.CompileGlob(p)
		return slices.ContainsFunc(texts, g.Match)
	})
}
