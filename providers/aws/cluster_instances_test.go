package aws_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// ownGroup is a cluster whose instances have a parameter group of their own.
const ownGroup = `
cluster "staging" {
  in                       = aws.staging
  identifier               = "shop-staging"
  instance_parameter_group = parameter_group.instances
}
parameter_group "instances" {
  in         = aws.staging
  name       = "shop-instances"
  family     = "aurora-postgresql16"
  level      = "instance"
  parameters = { log_connections = "1" }
}
`

// group is the parameter group of an instance, and how far the instance is with it.
func (c clients) group(instance string) string {
	out, err := c.in.RDS.DescribeDBInstances(context.Background(), &rds.DescribeDBInstancesInput{
		DBInstanceIdentifier: &instance,
	})
	c.run("describing "+instance, err)
	g := out.DBInstances[0].DBParameterGroups[0]
	return aws.ToString(g.DBParameterGroupName) + " " + aws.ToString(g.ParameterApplyStatus)
}

func (c clients) giveInstanceGroup(instance, group string) error {
	_, err := c.in.RDS.ModifyDBInstance(context.Background(), &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier: &instance,
		DBParameterGroupName: &group,
		ApplyImmediately:     aws.Bool(true),
	})
	return err
}

func TestInstancesGetTheirParameterGroup(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	plan := a.apply(ownGroup)
	got := change(t, plan, "cluster.staging")
	if got.Action != engine.Update || hazards(got) != "REQUIRES_REBOOT" ||
		got.Before["instance_parameter_group.shop-staging-1"] != "default.aurora-postgresql16" ||
		got.After["instance_parameter_group.shop-staging-1"] != "shop-instances" {
		t.Error(describe(plan))
	}
	if text := statements(plan); !strings.Contains(text, "rds:ModifyDBInstance shop-staging-1 ") ||
		!strings.Contains(text, "cluster.staging.update (after [parameter_group.instances.create preflight])") &&
			!strings.Contains(text, "cluster.staging.update (after [parameter_group.instances.create])") {
		t.Error(text)
	}
	if got := in.group("shop-staging-1"); got != "shop-instances pending-reboot" {
		t.Error(got)
	}
	if notes := strings.Join(a.notes,
		"\n"); !strings.Contains(notes, "shop-staging-1 pending-reboot: parameters take effect when it restarts") {
		t.Error(notes)
	}

	// Somebody gives the instance another group, and the next plan gives it back.
	in.run("another group", in.giveInstanceGroup("shop-staging-1", "default.aurora-postgresql16"))
	if plan := a.apply(ownGroup); hazards(change(t, plan, "cluster.staging")) != "REQUIRES_REBOOT" {
		t.Error(describe(plan))
	}
	// not managed
	a.settled(strings.Replace(ownGroup, "  instance_parameter_group = parameter_group.instances\n", "", 1))
}

func TestAGroupThatInstancesOfOthersHaveToo(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	in.run("a second cluster", in.makeCluster("shop-other"))
	a.apply(ownGroup)
	changed := strings.Replace(ownGroup, `log_connections = "1"`, `log_connections = "0"`, 1)
	if got := change(t, a.plan(changed), "parameter_group.instances"); hazards(got) != "" {
		t.Errorf("the instances of the cluster that has it are not others: %+v", got.Hazards)
	}
	in.run("it shares the group", in.giveInstanceGroup("shop-other-1", "shop-instances"))
	plan := a.apply(changed)
	if got := change(t, plan, "parameter_group.instances"); hazards(got) != "AFFECTS_OTHERS" ||
		!strings.Contains(describe(plan), "the group is also used by shop-other-1") {
		t.Error(describe(plan))
	}
}

func TestAGroupOfInstancesIsReplacedAndRemoved(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	a.apply(strings.Replace(ownGroup, `level      = "instance"`, "level      = \"instance\"\n  on_remove  = \"delete\"",
		1))
	a.apply(strings.NewReplacer(`parameter_group "instances"`, `parameter_group "others"`, "parameter_group.instances",
		"parameter_group.others", `"shop-instances"`, `"shop-others"`).Replace(ownGroup))
	if got := in.group("shop-staging-1"); !strings.HasPrefix(got, "shop-others ") {
		t.Error(got)
	}
	if _, err := in.in.RDS.DescribeDBParameterGroups(context.Background(), &rds.DescribeDBParameterGroupsInput{
		DBParameterGroupName: aws.String("shop-instances"),
	}); err == nil {
		t.Error("the group that nobody has any more is still there")
	}
	a.refused(strings.Replace(ownGroup, "postgresql16", "postgresql15", 1), "Parameter group for another version",
		"cluster.staging is aurora-postgresql 16.4")
}
