package aws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func group(parameters string) string {
	return strings.Replace(staging, `{ log_connections = "1" }`, parameters, 1)
}

func TestParametersAreHeldAgainstWhatRDSSays(t *testing.T) {
	a, _ := withCluster(t, cloud.Config{})
	for _, exists := range []bool{false, true} {
		if exists {
			a.apply(staging)
		}
		a.refused(group(`{ log_conections = "1" }`), "Invalid parameter",
			`there is no parameter "log_conections"`, `Did you mean "log_connections"?`)
		a.refused(group(`{ client_encoding = "LATIN1" }`), "client_encoding cannot be changed")
		a.refused(group(`{ log_connections = "yes", authentication_timeout = "601" }`),
			`log_connections cannot be "yes"; allowed is 0,1`)
		a.refused(group(`{ log_connections = "yes", authentication_timeout = "601" }`),
			`authentication_timeout cannot be "601"; allowed is 1-600`)
	}
}

func TestParametersAreSetAndReset(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	in.run("a second cluster", in.makeCluster("shop-other"))
	a.apply(staging)
	in.run("it shares the group", in.giveGroup("shop-other", "shop-staging"))
	a.settled(staging)

	changed := group(`{ log_connections = "0", autovacuum_max_workers = "5" }`)
	plan := a.plan(changed)
	got := change(t, plan, "parameter_group.staging")
	if hazards(got) != "REQUIRES_REBOOT AFFECTS_OTHERS" ||
		!strings.Contains(describe(plan), "the group is also used by shop-other") {
		t.Error(describe(plan))
	}
	text := statements(plan)
	for _, part := range []string{
		`{"ApplyMethod":"pending-reboot","ParameterName":"autovacuum_max_workers","ParameterValue":"5"}`,
		`{"ApplyMethod":"immediate","ParameterName":"log_connections","ParameterValue":"0"}`,
		"rds:DescribeDBClusters shop-staging until parameters are in-sync or pending-reboot",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %s:\n%s", part, text)
		}
	}
	a.apply(changed)
	if notes := strings.Join(a.notes,
		"\n"); !strings.Contains(notes, "shop-staging-1 pending-reboot: parameters take effect when it restarts") {
		t.Error(notes)
	}
	plan = a.apply(group(`{}`))
	if got := change(t, plan, "parameter_group.staging"); got.After["parameters.log_connections"] != nil ||
		!strings.Contains(statements(plan), "rds:ResetDBClusterParameterGroup") {
		t.Error(describe(plan))
	}
}

func TestADefaultThatIsWrittenIsNoChange(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	a.apply(staging)
	_, err := in.in.RDS.ResetDBClusterParameterGroup(context.Background(), &rds.ResetDBClusterParameterGroupInput{
		DBClusterParameterGroupName: aws.String("shop-staging"),
		ResetAllParameters:          aws.Bool(true),
	})
	in.run("resetting", err)
	a.settled(group(`{ autovacuum = "1" }`)) // which is what AWS sets
}

func TestMoreThanTwentyParameters(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	var parts []string
	for name, value := range values(t, in) {
		if len(parts) < 41 {
			parts = append(parts, fmt.Sprintf("%q = %q", name, value))
		}
	}
	plan := a.apply(group("{ " + strings.Join(parts, ", ") + " }"))
	if n := strings.Count(statements(plan), ": rds:ModifyDBClusterParameterGroup"); n != 3 {
		t.Errorf("%d calls for %d parameters", n, len(parts))
	}
	if reset := a.apply(group("{}")); strings.Count(statements(reset), ": rds:ResetDBClusterParameterGroup") != 3 {
		t.Error(statements(reset))
	}
}

// values gives for each parameter of a cluster a value that it may have and has not.
func values(t *testing.T, in clients) map[string]string {
	out := map[string]string{}
	var marker *string
	for {
		page, err := in.in.RDS.DescribeEngineDefaultClusterParameters(context.Background(),
			&rds.DescribeEngineDefaultClusterParametersInput{
				DBParameterGroupFamily: aws.String("aurora-postgresql16"),
				Marker:                 marker,
			})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.EngineDefaults.Parameters {
			first, _, _ := strings.Cut(strings.SplitN(aws.ToString(p.AllowedValues), ",", 2)[0], "-")
			if first != "" && first != aws.ToString(p.ParameterValue) && aws.ToBool(p.IsModifiable) {
				out[aws.ToString(p.ParameterName)] = first
			}
		}
		if marker = page.EngineDefaults.Marker; marker == nil {
			return out
		}
	}
}

func TestAGroupOfInstancesAndAnotherFamily(t *testing.T) {
	a := lab(t, cloud.Config{})
	const instances = `
parameter_group "instances" {
  in         = aws.staging
  name       = "shop-instances"
  family     = "aurora-postgresql15"
  level      = "instance"
  parameters = { array_nulls = "0" }
}
`
	a.apply(instances)
	a.apply(strings.Replace(instances, `array_nulls = "0"`, `bytea_output = "hex"`, 1))
	plan := a.apply(strings.Replace(instances, "postgresql15", "postgresql16", 1))
	if got := change(t, plan, "parameter_group.instances"); got.Action != engine.Replace {
		t.Errorf("%+v", got)
	}
}

func TestAFamilyInUseCannotChange(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	alone := staging[strings.Index(staging, `parameter_group "staging"`):]
	a.apply(alone)
	in.run("giving the group", in.giveGroup("shop-staging", "shop-staging"))
	a.refused(strings.Replace(alone, "postgresql16", "postgresql15", 1),
		"The family of a parameter group cannot change",
		"used by shop-staging")
}
