package cloud_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func newClusterGroup(t *testing.T, c clients, name string) {
	t.Helper()
	must[*rds.CreateDBClusterParameterGroupOutput](t)(c.rds.CreateDBClusterParameterGroup(ctx,
		&rds.CreateDBClusterParameterGroupInput{
			DBClusterParameterGroupName: &name,
			DBParameterGroupFamily:      aws.String("aurora-postgresql15"),
			Description:                 aws.String("d"),
		}))
}

func parameter(name, value string, method types.ApplyMethod) types.Parameter {
	return types.Parameter{ParameterName: &name, ParameterValue: &value, ApplyMethod: method}
}

func setParameters(c clients, group string, parameters ...types.Parameter) error {
	_, err := c.rds.ModifyDBClusterParameterGroup(ctx, &rds.ModifyDBClusterParameterGroupInput{
		DBClusterParameterGroupName: &group,
		Parameters:                  parameters,
	})
	return err
}

// parameters gives a cluster group's parameters of a source, by name.
func parameters(t *testing.T, c clients, group, source string) map[string]types.Parameter {
	t.Helper()
	in := &rds.DescribeDBClusterParametersInput{DBClusterParameterGroupName: &group}
	if source != "" {
		in.Source = &source
	}
	all := map[string]types.Parameter{}
	for p := rds.NewDescribeDBClusterParametersPaginator(c.rds, in,
		func(o *rds.DescribeDBClusterParametersPaginatorOptions) { o.Limit = 20 }); p.HasMorePages(); {
		for _, one := range must[*rds.DescribeDBClusterParametersOutput](t)(p.NextPage(ctx)).Parameters {
			all[*one.ParameterName] = one
		}
	}
	return all
}

func TestParameterMetadata(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newClusterGroup(t, c, "own")
	all := parameters(t, c, "own", "")
	if len(all) < 60 {
		t.Errorf("%d parameters", len(all))
	}
	role := all["session_replication_role"]
	if *role.ApplyType != "dynamic" || !*role.IsModifiable || *role.AllowedValues != "origin,replica,local" ||
		*role.Source != "engine-default" || role.ParameterValue != nil {
		t.Errorf("got %+v", role)
	}
	if p := all["rds.logical_replication"]; *p.ApplyType != "static" || *p.Source != "system" ||
		*p.ParameterValue != "0" {
		t.Errorf("got %+v", p)
	}
	if p := all["rds.superuser_variables"]; *p.IsModifiable || *p.ParameterValue != "session_replication_role" {
		t.Errorf("got %+v", p)
	}
	instance := must[*rds.DescribeDBParametersOutput](t)(c.rds.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{
		DBParameterGroupName: aws.String("default.aurora-postgresql15"),
	}))
	names := map[string]bool{}
	for _, p := range instance.Parameters {
		names[*p.ParameterName] = true
	}
	if !names["session_replication_role"] || names["rds.logical_replication"] {
		t.Error("the levels of the parameters are wrong")
	}
	got, err := c.rds.DescribeEngineDefaultClusterParameters(ctx, &rds.DescribeEngineDefaultClusterParametersInput{
		DBParameterGroupFamily: aws.String("aurora-postgresql16"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.EngineDefaults.Parameters) < 60 {
		t.Errorf("%d defaults", len(got.EngineDefaults.Parameters))
	}
}

func TestParameterGroups(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newClusterGroup(t, c, "own")
	immediate, reboot := types.ApplyMethodImmediate, types.ApplyMethodPendingReboot
	var many []types.Parameter
	for _, name := range slices.Sorted(maps.Keys(parameters(t, c, "own", "")))[:21] {
		many = append(many, parameter(name, "1", reboot))
	}
	for name, f := range map[string]struct {
		group      string
		parameters []types.Parameter
		code, text string
	}{
		"a default group": {
			"default.aurora-postgresql15", []types.Parameter{parameter("log_connections", "1", immediate)},
			"InvalidDBParameterGroupState", "",
		},
		"a group that is missing": {
			"none", []types.Parameter{parameter("log_connections", "1", immediate)}, "DBParameterGroupNotFound", "",
		},
		"a parameter that is missing": {
			"own", []types.Parameter{parameter("log_conections", "1", immediate)}, "InvalidParameterValue",
			"log_conections",
		},
		"a parameter that cannot be changed": {
			"own", []types.Parameter{parameter("fsync", "0", reboot)}, "InvalidParameterValue", "cannot be modified",
		},
		"a value that is not allowed": {
			"own", []types.Parameter{parameter("session_replication_role", "replicas", immediate)},
			"InvalidParameterValue", "origin,replica,local",
		},
		"a number out of range": {
			"own", []types.Parameter{parameter("statement_timeout", "-2", immediate)}, "InvalidParameterValue",
			"statement_timeout",
		},
		"a static one at once": {
			"own", []types.Parameter{parameter("rds.logical_replication", "1", immediate)},
			"InvalidParameterCombination", "immediate apply method",
		},
		"more than 20": {"own", many, "InvalidParameterValue", "20"},
		"a parameter of instances alone": {
			"own", []types.Parameter{parameter("allow_system_table_mods", "1", immediate)}, "InvalidParameterValue", "",
		},
		"one bad parameter changes none of it": {
			"own", []types.Parameter{
				parameter("log_connections", "1", immediate), parameter("nonsense", "1", immediate),
			}, "InvalidParameterValue", "nonsense",
		},
	} {
		t.Run(name, func(t *testing.T) { says(t, setParameters(c, f.group, f.parameters...), f.code, f.text) })
	}
	if got := parameters(t, c, "own", "user"); len(got) != 0 {
		t.Errorf("the group sets %v", got)
	}
	ok(t, setParameters(c, "own", parameter("session_replication_role", "replica", immediate),
		parameter("work_mem", "{DBInstanceClassMemory/1000}", immediate)))
	if got := parameters(t, c, "own", "user"); len(got) != 2 ||
		*got["session_replication_role"].ParameterValue != "replica" ||
		got["session_replication_role"].ApplyMethod != immediate {
		t.Errorf("the group sets %+v", got)
	}
	must[*rds.ResetDBClusterParameterGroupOutput](t)(c.rds.ResetDBClusterParameterGroup(ctx,
		&rds.ResetDBClusterParameterGroupInput{
			DBClusterParameterGroupName: aws.String("own"),
			Parameters: []types.Parameter{{
				ParameterName: aws.String("session_replication_role"),
				ApplyMethod:   immediate,
			}},
		}))
	if got := parameters(t, c, "own", "user"); len(got) != 1 {
		t.Errorf("the group sets %+v", got)
	}

	_, err := c.rds.CreateDBClusterParameterGroup(ctx, &rds.CreateDBClusterParameterGroupInput{
		DBClusterParameterGroupName: aws.String("own"),
		DBParameterGroupFamily:      aws.String("aurora-postgresql15"),
		Description:                 aws.String("d"),
	})
	refused(t, err, "DBParameterGroupAlreadyExists")
	_, err = c.rds.CreateDBClusterParameterGroup(ctx, &rds.CreateDBClusterParameterGroupInput{
		DBClusterParameterGroupName: aws.String("other"),
		DBParameterGroupFamily:      aws.String("aurora-postgresql9"),
		Description:                 aws.String("d"),
	})
	refused(t, err, "InvalidParameterValue")
	newCluster(t, c, "shop", func(in *rds.CreateDBClusterInput) { in.DBClusterParameterGroupName = aws.String("own") })
	drop := func(name string) error {
		_, err := c.rds.DeleteDBClusterParameterGroup(ctx, &rds.DeleteDBClusterParameterGroupInput{
			DBClusterParameterGroupName: &name,
		})
		return err
	}
	refused(t, drop("own"), "InvalidDBParameterGroupState")
	refused(t, drop("default.aurora-postgresql15"), "InvalidDBParameterGroupState")
	newClusterGroup(t, c, "spare")
	ok(t, drop("spare"))
	refused(t, drop("spare"), "DBParameterGroupNotFound")
	groups := must[*rds.DescribeDBClusterParameterGroupsOutput](t)(c.rds.DescribeDBClusterParameterGroups(ctx,
		nil)).DBClusterParameterGroups
	if len(groups) != 2 { // its own, and the default one that was looked at
		t.Errorf("got %+v", groups)
	}
}

func TestParametersTakeEffect(t *testing.T) {
	var mu sync.Mutex
	seen := []string{}
	note := func(what string) func(cloud.Cluster, cloud.Instance, map[string]string) error {
		return func(_ cloud.Cluster, i cloud.Instance, parameters map[string]string) error {
			mu.Lock()
			defer mu.Unlock()
			text := what + " " + i.DBInstanceIdentifier
			for _, k := range slices.Sorted(maps.Keys(parameters)) {
				text += fmt.Sprintf(" %s=%s", k, parameters[k])
			}
			seen = append(seen, text)
			return nil
		}
	}
	lab := start(t, cloud.Config{Hooks: cloud.Hooks{OnParameters: note("set"), OnReboot: note("reboot")}})
	c := admin(t, lab, source)
	newClusterGroup(t, c, "own")
	newCluster(t, c, "shop", func(in *rds.CreateDBClusterInput) { in.DBClusterParameterGroupName = aws.String("own") })
	newMember(t, c, "shop", "shop-1")
	status := func() string { return *describe(t, c, "shop").DBClusterMembers[0].DBClusterParameterGroupStatus }
	told := func(want ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if got := strings.Join(seen, ", "); got != strings.Join(want, ", ") {
			t.Errorf("the hooks were told %s", got)
		}
		seen = nil
	}
	settle := func(want string) {
		t.Helper()
		for range 1000 {
			if status() == want {
				return
			}
		}
		t.Fatalf("it stays %s, not %s", status(), want)
	}

	ok(t, setParameters(c, "own", parameter("session_replication_role", "replica", types.ApplyMethodImmediate)))
	if got := status(); got != "applying" {
		t.Errorf("it is %s", got)
	}
	settle("in-sync")
	told("set shop-1 session_replication_role=replica")

	ok(t, setParameters(c, "own", parameter("rds.logical_replication", "1", types.ApplyMethodPendingReboot),
		parameter("log_connections", "1", types.ApplyMethodImmediate)))
	settle("pending-reboot")
	told("set shop-1 log_connections=1 session_replication_role=replica")
	must[*rds.RebootDBInstanceOutput](t)(c.rds.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{
		DBInstanceIdentifier: aws.String("shop-1"),
	}))
	awaitInstance(t, c, "shop-1")
	settle("in-sync")
	told("reboot shop-1 log_connections=1 rds.logical_replication=1 session_replication_role=replica")

	// Put back: what a group no longer sets is gone from the server too.
	must[*rds.ResetDBClusterParameterGroupOutput](t)(c.rds.ResetDBClusterParameterGroup(ctx,
		&rds.ResetDBClusterParameterGroupInput{
			DBClusterParameterGroupName: aws.String("own"),
			Parameters: []types.Parameter{{
				ParameterName: aws.String("session_replication_role"),
				ApplyMethod:   types.ApplyMethodImmediate,
			}},
		}))
	settle("in-sync")
	told("set shop-1 log_connections=1 rds.logical_replication=1")

	// An instance's group wins over the cluster's.
	must[*rds.CreateDBParameterGroupOutput](t)(c.rds.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{
		DBParameterGroupName:   aws.String("mine"),
		DBParameterGroupFamily: aws.String("aurora-postgresql15"),
		Description:            aws.String("d"),
	}))
	must[*rds.ModifyDBParameterGroupOutput](t)(c.rds.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{
		DBParameterGroupName: aws.String("mine"),
		Parameters:           []types.Parameter{parameter("log_connections", "0", types.ApplyMethodImmediate)},
	}))
	must[*rds.ModifyDBInstanceOutput](t)(c.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier: aws.String("shop-1"),
		DBParameterGroupName: aws.String("mine"),
	}))
	if got := awaitInstance(t, c, "shop-1").DBParameterGroups[0]; *got.DBParameterGroupName != "mine" ||
		*got.ParameterApplyStatus != "pending-reboot" {
		t.Errorf("got %+v", got)
	}
	must[*rds.RebootDBInstanceOutput](t)(c.rds.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{
		DBInstanceIdentifier: aws.String("shop-1"),
	}))
	awaitInstance(t, c, "shop-1")
	told("reboot shop-1 log_connections=0 rds.logical_replication=1")

	// Another group for the cluster is read at the next start.
	must[*rds.ModifyDBClusterOutput](t)(c.rds.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
		DBClusterIdentifier:         aws.String("shop"),
		DBClusterParameterGroupName: aws.String("default.aurora-postgresql15"),
	}))
	if got := status(); got != "pending-reboot" {
		t.Errorf("it is %s", got)
	}
	must[*rds.RebootDBClusterOutput](t)(c.rds.RebootDBCluster(ctx, &rds.RebootDBClusterInput{
		DBClusterIdentifier: aws.String("shop"),
	}))
	awaitInstance(t, c, "shop-1")
	settle("in-sync")
	told("reboot shop-1 log_connections=0")
}
