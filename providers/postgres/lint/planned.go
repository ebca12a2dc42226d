package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// otherRefusal is the code of what a plan says without one of its own.
const otherRefusal = "plan_refuses"

// planned are the codes of package decide that are found without a database: what a plan says too. Those of errors
// cannot be switched.
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
		refused(decide.Undecided, "Columns are not decided", "Nobody says how a column crosses, so nothing crosses.",
			"a column in no block, no `keep` and no rule"),
		refused(decide.UnknownSchema, "Unknown schema", "The refresh takes a schema that the source does not have.",
			`schemas = ["pubic"]`),
		refused(decide.EmptySelection, "An empty selection", "The refresh finds no table.",
			"`schemas` of which none has a table"),
		refused(decide.OutsideRefresh, "Table outside of the refresh",
			"The block is about a table of a schema that the refresh does not take.", `table "other" "t" { … }`),
		refused(decide.UnknownTable, "Unknown table", "The source has no such table.",
			`table "public" "custmers" { … }`),
		refused(decide.UnknownColumn, "Unknown column", "The table has no such column.", `keep = ["craeted_at"]`),
		refused(decide.DecidedTwice, "Column decided twice", "A column is kept and masked at once.",
			"a name in `keep` that has a block"),
		refused(decide.GeneratedMasked, "A generated column cannot be masked",
			"The target computes it from other columns: mask those.", "a block for a `GENERATED … STORED` column"),
		refused(decide.RuleClash, "Two rules clash", "Two rules that differ match one column or table.",
			"`column = \"*_name\"` beside `column = \"full_*\"`"),
		warned(decide.RuleMatchesNothing, "A rule decides nothing",
			"It is misspelt, or all that it matches is decided by blocks.", `match { column = "emial" }`),
		refused(decide.MaskUnfit, "The mask does not fit the column",
			"NULL in a NOT NULL column, a result longer than `varchar(n)`, a number beyond `numeric(p,s)`, a label "+
				"that the enum lacks, a type that the mask is not for.", "`null_value()` on a `NOT NULL` column"),
		refused(decide.NoKey, "A keyed mask without a key", "Keyed masks take the refresh's key.",
			"`email()` in a refresh without `key`"),
		refused(decide.LossyUnique, "A mask that loses differences on a unique column",
			"Two rows would have one key, and the unique index could not be built.",
			"`full_name()` on a `UNIQUE` column"),
		refused(decide.KeyDiffers, "A foreign key would not hold",
			"A column is decided otherwise than the key that it refers to.", "`keep` on a reference to a masked key"),
		refused(decide.TwoKeys, "A column refers to two keys",
			"Their masks differ, and the column can follow only one.", "two `FOREIGN KEY`s of one column"),
		refused(decide.KeyOutside, "A foreign key leads out of the refresh",
			"Its table is in none of the refresh's schemas.", `schemas = ["app"]`),
		refused(decide.SkippedReferenced, "A skipped table is referenced", "Its references would refer to nothing.",
			"`skip = true` on a table with references to it"),
		refused(decide.KeyWithoutRows, "A foreign key would not hold", "The referenced table crosses without rows.",
			"`data = false` on a table with references to it"),
		warned(decide.KeyRows, "Rows may refer to rows that do not cross",
			"The referenced table crosses in part, and the refresh fails where a row of the rest is referenced.",
			"`rows = …` on a table with references to it"),
		warned(decide.LinkMatchesNothing, "A link ties nothing", "It is misspelt, or what it was about is gone.",
			`from = column("public", "ordres", "customer")`),
		warned(decide.MaskReadsRow, "A key's mask reads other columns",
			"Its references cannot compute the same where the rows differ.",
			"`sql(\"id || region\")` on a key with references"),
		refused(decide.CheckFails, "A mask breaks a constraint", "A CHECK or an EXCLUDE refuses what the mask gives.",
			"`fixed(\"none\")` under `CHECK (code LIKE 'C%')`"),
		warned(decide.CheckUnknown, "A mask may break a constraint",
			"Whether a CHECK or an EXCLUDE allows what the mask gives cannot be known before the run.",
			"`sql(…)` under a CHECK that reads the column"),
		noted(decide.CaseFolding, "Letter case matters to a unique key, but not to its mask",
			"Two values that differ in letter case alone get one masked value. A note: few tables have such a pair.",
			"`email()` under `UNIQUE (email)`"),
		warned(decide.UniqueUnknown, "A unique key of an expression reads a masked column",
			"Whether the masked values stay apart there cannot be known before the run.",
			"`UNIQUE` on `left(code, 4)` of a masked code"),
		refused(decide.PartitionKey, "A partition key cannot be masked",
			"The masked row would belong to another partition.", "a mask on the column of `PARTITION BY`"),
		refused(decide.ForeignTable, "A foreign table has no rows of its own", "A copy does not reach other servers.",
			"a block for a `FOREIGN TABLE`"),
		refused(otherRefusal, "A plan would refuse this", "What a plan refuses and has no code of its own.",
			"its message says what"),
	}
}

// plan takes over what the plan would say, with what can be said besides.
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

// emptyInstead replaces null_value() on a NOT NULL column of text by the empty text. It is safe where that is all there
// is to know: nothing of the value is left, as before, and no key, no constraint and no domain asks anything else of
// it.
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
			if c.Because != engine.ByColumnBlock || !c.Source.NotNull || !isText(c.Type) || c.Type.Kind != 'b' ||
				bound ||
				inUnique(c) {
				return nil
			}
		}
	}
	fix := replace("Use the empty text", *at, `fixed("")`)
	fix.Safe = true
	return []diag.Fix{fix}
}

// shadowed says which columns a rule would match that others decide.
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
			if n := len(names) - listed; n > 0 {
				names, more = names[:listed], fmt.Sprintf(" and %d more", n)
			}
			return " What it would match is decided already: " + strings.Join(names, ", ") + more + "."
		}
	}
	return ""
}

// matches reports whether one of the patterns is one of the texts; no patterns match everything.
func matches(patterns []string, texts ...string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p string) bool {
		g := spec.CompileGlob(p)
		return slices.ContainsFunc(texts, g.Match)
	})
}
