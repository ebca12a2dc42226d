package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Analyzers gives all analyzers, and what others find under their codes, sorted by code.
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
			Title:    "A suppression that is not one",
			Doc:      "A suppression names a code that there is, and says why. Until then it suppresses nothing.",
			Example:  `# shoji:ignore personal_kept`,
		},
		Analyzer{
			Code:     badLint,
			Severity: diag.Error,
			Title:    "A setting of lint that sets nothing",
			Doc:      "The lint block names a code that there is not, or one that cannot be switched.",
			Example:  `disable = ["publicgrant"]`,
		},
		Analyzer{
			Code:     unusedIgnore,
			Severity: diag.Warning,
			Title:    "A suppression that suppresses nothing",
			Doc:      "Left standing, it would hide the next problem at its place.",
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
