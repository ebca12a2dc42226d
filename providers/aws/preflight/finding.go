package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Verdict is the result of a check.
type Verdict string

const (
	Allowed Verdict = "allowed"
	Denied  Verdict = "denied"
	Unknown Verdict = "unknown"
)

// Finding is a need and the result of checking it.
type Finding struct {
	awsapi.Need
	Verdict Verdict
	// standing is what the policies of the identity alone say.
	standing standing
	// Who is who needs the right, and Reason how the verdict is known, or why it is not.
	Who, Reason string
	// Mend is what helps if that is not a statement that allows the need.
	Mend string
}

// Statement returns the statement that allows the need in every run.
func (f Finding) Statement() string {
	resource, named := awsapi.CutRun(f.Resource)
	prefix, probed := strings.CutSuffix(resource, "/"+Probe)
	switch {
	case named:
		resource += "*"
	case probed:
		resource = prefix + "/*"
	}
	s := policy.Statement{Effect: "Allow", Actions: []string{f.Action}, Resources: []string{resource}}
	if f.Action == "kms:CreateGrant" {
		s.Conditions = []policy.Condition{{
			Operator: "Bool",
			Key:      "kms:GrantIsForAWSResource",
			Values:   []string{"true"},
		}}
	}
	return s.JSON()
}

// Report returns diagnostics of findings: an error for everything that is denied, with what helps, and one warning an
// account for everything that is unknown, with the reasons.
func Report(findings []Finding) diag.Diagnostics {
	var ds diag.Diagnostics
	unknown := map[[2]string][]string{}
	denied := map[string][]string{}
	for _, f := range findings {
		switch f.Verdict {
		case Denied:
			help := f.Mend
			if help == "" {
				help = "Allow it: " + f.Statement()
			}
			denied[f.In] = append(denied[f.In],
				fmt.Sprintf("  %s on %s is denied to %s (%s). %s", f.Action, f.Resource, f.Who, f.Reason, help))
		case Unknown:
			key := [2]string{f.In, f.Reason}
			unknown[key] = append(unknown[key], f.Action+" on "+f.Resource)
		}
	}
	for _, in := range slices.Sorted(maps.Keys(denied)) {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     engine.PermissionsCode,
			Address:  in,
			Summary:  "AWS would refuse this plan",
			Detail:   fmt.Sprintf("In %s, nothing was changed:\n%s", in, strings.Join(sortedUnique(denied[in]), "\n")),
		})
	}
	byAccount := map[string][]string{}
	for _, key := range slices.SortedFunc(maps.Keys(unknown), func(a, b [2]string) int {
		return strings.Compare(a[0]+a[1], b[0]+b[1])
	}) {
		byAccount[key[0]] = append(byAccount[key[0]],
			fmt.Sprintf("  %s:\n    %s", key[1], strings.Join(sortedUnique(unknown[key]), "\n    ")))
	}
	for _, in := range slices.Sorted(maps.Keys(byAccount)) {
		ds.Append(diag.Diagnostic{
			Severity: diag.Warning,
			Code:     engine.PermissionsCode,
			Address:  in,
			Summary:  "Rights that could not be checked",
			Detail: fmt.Sprintf("It cannot be determined before the plan runs whether %s allows these:\n%s", in,
				strings.Join(byAccount[in], "\n")),
		})
	}
	return ds
}

func sortedUnique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
