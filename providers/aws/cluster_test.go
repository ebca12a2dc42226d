package aws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// staging is a cluster with everything that can be declared of it.
const staging = `
cluster "staging" {
  in              = aws.staging
  identifier      = "shop-staging"
  s3_import       = iam_role.import
  iam_auth        = true
  parameter_group = parameter_group.staging
}
iam_role "import" {
  in       = aws.staging
  name     = "shop-s3-import"
  policies = [iam_policy.connect]
  trust {
    service  = "rds.amazonaws.com"
    clusters = [cluster.staging]
  }
}
iam_policy "connect" {
  in        = aws.staging
  name      = "shop-connect"
  on_remove = "delete"
  connect {
    cluster = cluster.staging
    users   = ["oltp_ro_user"]
  }
}
parameter_group "staging" {
  in         = aws.staging
  name       = "shop-staging"
  family     = "aurora-postgresql16"
  parameters = { log_connections = "1" }
}
`

func withCluster(t testing.TB, c cloud.Config) (*accounts, clients) {
	t.Helper()
	a := lab(t, c)
	in := a.clients("staging")
	in.run("making a cluster", in.makeCluster("shop-staging"))
	return a, in
}

func TestAClusterIsConfiguredAndSettles(t *testing.T) {
	a, in := withCluster(t, slow())
	plan := a.apply(staging)
	made := map[string]int{}
	for i, s := range plan.Steps {
		made[s.ID] = i
	}
	for _, before := range []string{
		"iam_role.import.create", "iam_role.import.permissions", "parameter_group.staging.create",
	} {
		if made[before] >= made["cluster.staging.update"] {
			t.Errorf("%s does not come before the cluster:\n%s", before, statements(plan))
		}
	}
	got := change(t, plan, "cluster.staging")
	if got.Action != engine.Update || hazards(got) != "REQUIRES_REBOOT" ||
		!strings.Contains(statements(plan), "rds:DescribeDBClusters shop-staging until s3Import is ACTIVE") {
		t.Error(describe(plan))
	}
	resource := *in.cluster("shop-staging").DbClusterResourceId
	if text := fmt.Sprint(change(t, plan, "iam_policy.connect").After); !strings.Contains(text,
		"dbuser:"+resource+"/oltp_ro_user") {
		t.Error(text)
	}
	if have := in.cluster("shop-staging"); *have.AssociatedRoles[0].Status != "ACTIVE" ||
		!*have.IAMDatabaseAuthenticationEnabled || *have.DBClusterParameterGroup != "shop-staging" {
		t.Errorf("%+v", have)
	}
	// The cluster is available all the time, and its instance for a moment more: the step ends when it takes tokens.
	if notes := strings.Join(a.notes, "\n"); !strings.Contains(notes, "shop-staging-1 is about to change") ||
		!strings.Contains(notes, "shop-staging-1 is configuring-iam-database-auth") {
		t.Error(notes)
	}
}

func TestWhatIsNotWrittenOfAClusterIsNotManaged(t *testing.T) {
	a, _ := withCluster(t, cloud.Config{})
	a.apply(staging)
	a.settled(strings.NewReplacer("  iam_auth        = true\n", "", "  parameter_group = parameter_group.staging\n",
		"").Replace(staging))
	without := strings.Replace(staging, "iam_auth        = true", "iam_auth        = false", 1)
	if got := change(t, a.plan(without), "cluster.staging"); hazards(got) != "LOSES_ACCESS" {
		t.Errorf("%+v", got)
	}
	a.apply(without)
}

func TestAnotherRoleForAFeature(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	a.apply(staging)
	other := strings.Replace(strings.Replace(staging, "s3_import       = iam_role.import",
		"s3_import       = iam_role.other", 1)+`
iam_role "other" {
  in   = aws.staging
  name = "shop-s3-other"
  trust {
    service = "rds.amazonaws.com"
  }
}
`, "  name     = \"shop-s3-import\"\n", "  name      = \"shop-s3-import\"\n  on_remove = \"delete\"\n", 1)
	if got := change(t, a.plan(other), "cluster.staging"); hazards(got) != "LOSES_ACCESS" {
		t.Errorf("%+v", got)
	}
	a.apply(other)
	if role := *in.cluster("shop-staging").AssociatedRoles[0].RoleArn; !strings.HasSuffix(role, "role/shop-s3-other") {
		t.Error(role)
	}
}

func TestARoleOfOursThatLeftItsClusterIsTakenFromIt(t *testing.T) {
	dropped := strings.Replace(staging, "  s3_import       = iam_role.import\n", "", 1)
	gone := dropped[:strings.Index(dropped, `iam_role "import"`)] +
		dropped[strings.Index(dropped, `iam_policy "connect"`):]
	for name, text := range map[string]string{"the role stays": dropped, "the role left the spec and is kept": gone} {
		t.Run(name, func(t *testing.T) {
			a, in := withCluster(t, cloud.Config{})
			a.apply(staging)
			plan := a.apply(text)
			got := change(t, plan, "cluster.staging")
			if got.Action != engine.Update || hazards(got) != "LOSES_ACCESS" ||
				!strings.HasSuffix(fmt.Sprint(got.Before["s3_import"]), "role/shop-s3-import") ||
				got.After["s3_import"] != nil {
				t.Error(describe(plan))
			}
			if have := in.cluster("shop-staging"); len(have.AssociatedRoles) > 0 {
				t.Errorf("%+v", have.AssociatedRoles)
			}
		})
	}
}

func TestARoleOfOthersStaysWithItsCluster(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	dropped := strings.Replace(staging, "  s3_import       = iam_role.import\n", "", 1)
	a.apply(dropped)
	in.run("a role", in.makeRole("somebody"))
	for feature, role := range map[string]string{"s3Import": "somebody", "Lambda": "shop-s3-import"} {
		_, err := in.in.RDS.AddRoleToDBCluster(context.Background(), &rds.AddRoleToDBClusterInput{
			DBClusterIdentifier: aws.String("shop-staging"),
			RoleArn:             aws.String("arn:aws:iam::222222222222:role/" + role),
			FeatureName:         &feature,
		})
		in.run("adding it", err)
	}
	a.settled(dropped)
	if have := in.cluster("shop-staging"); len(have.AssociatedRoles) != 2 {
		t.Errorf("%+v", have.AssociatedRoles)
	}
}

func TestARoleThatRDSMayNotAssume(t *testing.T) {
	a, _ := withCluster(t, cloud.Config{})
	wrong := strings.Replace(staging, "clusters = [cluster.staging]", `clusters = ["another"]`, 1)
	r := a.run(a.plan(wrong))
	if text := r.Diagnostics().Error(); r.State != engine.RunFailed ||
		!strings.Contains(text, "(INVALID). Its trust policy must let rds.amazonaws.com assume it for this cluster") {
		t.Fatalf("%s: %s", r.State, text)
	}
	a.apply(staging) // mends it: the role is taken off and added again
}

func TestThereIsNoSuchCluster(t *testing.T) {
	a, _ := withCluster(t, cloud.Config{})
	a.refused(strings.Replace(staging, `identifier      = "shop-staging"`, `identifier      = "shop-stagin"`, 1),
		"Unknown cluster", `Did you mean "shop-staging"?`)
	a.refused(strings.Replace(staging, `"aurora-postgresql16"`, `"aurora-postgresql15"`, 1),
		"Parameter group for another version", "cluster.staging is aurora-postgresql 16.4")
}

func TestWhatAClusterUsedIsRemovedInOrder(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	removing := strings.NewReplacer("  name     = \"shop-s3-import\"\n",
		"  name      = \"shop-s3-import\"\n  on_remove = \"delete\"\n", "  name       = \"shop-staging\"\n",
		"  name       = \"shop-staging\"\n  on_remove  = \"delete\"\n").Replace(staging)
	a.apply(removing)
	a.refused("", "A parameter group is still in use", "is used by shop-staging")
	in.run("another group", in.giveGroup("shop-staging", "default.aurora-postgresql16"))
	plan := a.apply("")
	if got := change(t, plan, "iam_role.import"); got.Action != engine.Delete ||
		!strings.Contains(describe(plan), "aws_s3 on shop-staging no longer has a role") {
		t.Error(describe(plan))
	}
	if have := in.cluster("shop-staging"); len(have.AssociatedRoles) > 0 {
		t.Errorf("%+v", have.AssociatedRoles)
	}
}

func TestAPolicyIsChangedMoreOftenThanItHasVersions(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	for i := range 7 {
		a.apply(strings.Replace(staging, `"oltp_ro_user"`, fmt.Sprintf(`"user_%d"`, i), 1))
	}
	arn := "arn:aws:iam::222222222222:policy/shop-connect"
	out, err := in.in.IAM.ListPolicyVersions(context.Background(), &iam.ListPolicyVersionsInput{PolicyArn: &arn})
	if err != nil || len(out.Versions) != 5 {
		t.Errorf("%d versions, %v", len(out.Versions), err)
	}
	// A policy leaves, and the role that had it no longer names it.
	plan := a.apply(strings.Replace(staging[:strings.Index(staging, `iam_policy "connect"`)]+
		staging[strings.Index(staging, `parameter_group "staging"`):], "policies = [iam_policy.connect]",
		"policies = []", 1))
	if got := change(t, plan, "iam_policy.connect"); got.Action != engine.Delete {
		t.Errorf("%+v", got)
	}
}

// TestAClusterIsTakenUpAgainAnywhere ends a run before each of its changing calls.
func TestAClusterIsTakenUpAgainAnywhere(t *testing.T) {
	full, _ := withCluster(t, cloud.Config{})
	from := len(full.lab.Calls())
	full.apply(staging)
	all := full.calls(from)
	if len(all) < 7 {
		t.Fatalf("only %d calls: %v", len(all), all)
	}
	for n := range all {
		a, _ := withCluster(t, cloud.Config{})
		plan, seen := a.plan(staging), 0
		a.lab.OnCall(func(c cloud.Call) error {
			if changing(c) {
				if seen++; seen > n {
					return &cloud.Error{Code: "AccessDenied", Message: "no", Status: 403}
				}
			}
			return nil
		})
		if r := a.run(plan); r.State == engine.RunDone {
			t.Fatalf("after %d calls the run ended well", n)
		}
		seen = -1 << 30
		a.apply(staging)
	}
}
