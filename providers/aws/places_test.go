package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// places are two regions of one account, and another account, with things of the same names in each, and roles, which
// know no regions.
var places = blocks + far + objectsIn("prod") + objectsIn("far") + objectsIn("staging") + `
iam_role "near" {
  in    = aws.prod
  name  = "shop-near"
  read  = [bucket.prod]
  write = [bucket.far]
  trust { service = "ec2.amazonaws.com" }
}
iam_role "away" {
  in   = aws.far
  name = "shop-away"
  read = [bucket.far]
  trust { service = "ec2.amazonaws.com" }
}
iam_role "other" {
  in   = aws.staging
  name = "shop-other"
  read = [bucket.prod, bucket.far]
  trust { principals = [iam_role.near] }
}
`

func objectsIn(place string) string {
	return fmt.Sprintf(`
kms_key %[1]q {
  in        = aws.%[1]s
  alias     = "alias/shop"
  on_remove = "delete"
}
bucket %[1]q {
  in        = aws.%[1]s
  name      = "shop-%[1]s"
  kms_key   = kms_key.%[1]s
  on_remove = "delete"
}
parameter_group %[1]q {
  in         = aws.%[1]s
  name       = "shop"
  family     = "aurora-postgresql16"
  parameters = { log_connections = "1" }
  on_remove  = "delete"
}
`, place)
}

// TestSeveralAccountsAndRegionsInOnePlan: each call goes where its statement says, what is the same account in two
// regions is seen twice and never taken for something that left the spec, and what leaves one place leaves the others
// alone.
func TestSeveralAccountsAndRegionsInOnePlan(t *testing.T) {
	a := lab(t, cloud.Config{})
	from := len(a.lab.Calls())
	plan := a.apply(places)
	var accounts []string
	for _, x := range plan.Accounts {
		accounts = append(accounts, x.Address+" "+x.Account+" "+x.Region)
	}
	if d := cmp.Diff([]string{
		"aws.far 111111111111 eu-west-1", "aws.prod 111111111111 ap-northeast-1",
		"aws.staging 222222222222 ap-northeast-1",
	}, accounts); d != "" {
		t.Errorf("the plan is bound to (-want +got):\n%s", d)
	}
	on := map[string]string{
		"111111111111 ap-northeast-1": "aws.prod",
		"111111111111 eu-west-1":      "aws.far",
		"222222222222 ap-northeast-1": "aws.staging",
	}
	planned := statements(plan)
	seen := map[string]int{}
	for _, c := range a.lab.Calls()[from:] {
		if !changing(c) || c.Error != "" || c.Service == "sts" {
			continue
		}
		if c.Service == "iam" { // it has no regions: clients of a partition sign for one of them
			continue
		}
		at := on[c.Account+" "+c.Region]
		seen[at]++
		if !strings.Contains(planned, "    "+at+": "+c.Service+":"+c.Operation+" ") {
			t.Errorf("%s:%s was called in %s %s, where the plan has none", c.Service, c.Operation, c.Account, c.Region)
		}
	}
	if seen["aws.prod"] != seen["aws.far"] || seen["aws.prod"] != seen["aws.staging"] || seen["aws.prod"] < 5 {
		t.Errorf("the same objects took %v calls", seen)
	}
	// The policies name keys and roles of the other places by their own ARNs.
	document := fmt.Sprint(change(t, plan, "iam_role.near").After) + statements(plan)
	for _, want := range []string{
		"arn:aws:s3:::shop-far/", "arn:aws:iam::222222222222:role/shop-other",
		"arn:aws:iam::111111111111:role/shop-near",
	} {
		if !strings.Contains(document, want) {
			t.Errorf("%s is named nowhere", want)
		}
	}

	// The other region is left out of the spec: its things are named, and nothing of the first region or the other
	// account is.
	less := strings.ReplaceAll(strings.Replace(strings.Replace(places, objectsIn("far"), "", 1),
		"  write = [bucket.far]\n", "", 1), "[bucket.prod, bucket.far]", "[bucket.prod]")
	less = strings.Replace(less, "  read = [bucket.far]\n", "", 1)
	plan = a.plan(less)
	var gone []string
	for _, c := range plan.Changes {
		if c.Action == "delete" {
			gone = append(gone, c.Address)
		}
	}
	slices.Sort(gone)
	if len(gone) != 3 ||
		slices.ContainsFunc(gone, func(address string) bool { return !strings.HasSuffix(address, ".far") }) {
		t.Errorf("what left the spec is %v", gone)
	}
	a.apply(less)
	if n := a.clients("prod").keys(); n != 1 {
		t.Errorf("%d keys are left in the first region", n)
	}
}
