package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Analyzers returns all analyzers, and the codes under which others report, sorted by code.
func Analyzers() []Analyzer {
	all := append(planned(),
		broadKeep(), credentialKept(), credentialPartial(), freeTextKept(), grantOption(), insecureConnection(),
		keepsRest(), keepsTooMuch(), keyBesideSpec(), keyReused(), likelyCollision(), lowEntropy(), noEffect(),
		notDeterministic(), personalKept(), powerfulRole(), publicGrant(), readsBoth(), readsMasked(), realDomain(),
		rowsReadMasked(), teamFunction(), unencrypted(), unkeyedHash(), unlocked(), unusedBlock(),
		verifyOff(), weakKey(), widerDefaults(), personalLiteral(), credentialLiteral(),
		Analyzer{
			Code:     badIgnore,
			Severity: diag.Error,
			Title:    "Invalid suppression",
			Doc:      "A suppression needs a known code and a reason. Until then it suppresses nothing.",
			Example:  `# shoji:ignore personal_kept`,
		},
		Analyzer{
			Code:     badLint,
			Severity: diag.Error,
			Title:    "Invalid lint setting",
			Doc:      "The lint block names an unknown code, or one that cannot be changed.",
			Example:  `disable = ["publicgrant"]`,
		},
		Analyzer{
			Code:     unusedIgnore,
			Severity: diag.Warning,
			Title:    "Unused suppression",
			Doc:      "If it stays, it hides the next problem at its place.",
			Example:  "`# shoji:ignore personal_kept …` beside a masked column",
		},
	)
	slices.SortFunc(all, func(a, b Analyzer) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Markdown is the table of docs/lint.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| code | severity | why | for example |\n|---|---|---|---|\n")
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	for _, a := range Analyzers() {
		severity := string(a.Severity)
		if a.Plan {
			severity += ", of the plan too"
		}
		if !a.Catalog {
			severity += "; needs no lock"
		}
		example := a.Example // code alone, or words with code in them
		if a.Code != otherRefusal && !strings.Contains(example, "`") {
			example = "`" + example + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.Code, severity, cell(a.Doc), cell(example))
	}
	return b.String()
}
