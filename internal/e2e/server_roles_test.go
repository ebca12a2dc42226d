package e2e

import (
	"context"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// TestAServerWithoutARoleIsFoundByThePlan: aws_s3 works with a role of its cluster. Where there is none, no clone is
// made to find that out.
func TestAServerWithoutARoleIsFoundByThePlan(t *testing.T) {
	w := shared
	w.refreshed(t)
	p := w.aurora(t)
	p.edit("accounts.shoji.hcl", "  s3_export  = iam_role.export\n", "")
	p.edit("accounts.shoji.hcl", "  s3_import  = iam_role.import\n", "")

	// What was given by hand counts, for the cluster itself: a clone is given what the spec says.
	p.fails([]string{
		"AWS would refuse this plan", "query_export_to_s3 on a clone of shop-prod is denied",
		"s3_export = in cluster.prod",
	}, "plan")
	clone := "  clone {\n    class           = \"db.r6g.large\"\n    parameter_group = parameter_group.clone\n  }\n"
	p.edit("project.shoji.hcl", clone, "")
	p.ok("plan")

	p.edit("project.shoji.hcl", `export = "server"`, `export = "auto"`)
	p.edit("project.shoji.hcl", `import = "server"`, `import = "auto"`)
	said := p.ok("plan")
	for _, part := range []string{
		"written by shoji (COPY): cluster.prod says no role to write it with (s3_export)",
		"read by shoji (COPY): cluster.staging says no role to read it with (s3_import)",
	} {
		if !strings.Contains(said, part) {
			t.Errorf("the plan does not say %q", part)
		}
	}

	p.edit("project.shoji.hcl", `import = "auto"`, `import = "server"`)
	api := rds.NewFromConfig(w.Config("staging"))
	_, err := api.RemoveRoleFromDBCluster(context.Background(), &rds.RemoveRoleFromDBClusterInput{
		DBClusterIdentifier: awssdk.String("shop-staging"),
		FeatureName:         awssdk.String("s3Import"),
		RoleArn:             awssdk.String("arn:aws:iam::222222222222:role/shop-s3-import"),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.fails([]string{
		"table_import_from_s3 on shop-staging is denied", "it has no role for s3Import",
		"s3_import = in cluster.staging",
	}, "plan")
	w.aurora(t).ok("apply", "-auto-approve", "-exclude", "refresh.nightly")
}
