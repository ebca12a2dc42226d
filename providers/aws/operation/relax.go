package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/spec"
)

// parameter switches off triggers, and with them the checks of foreign keys.
const parameter = "session_replication_role"

// Group is the parameter group of a cluster, as far as the one parameter is concerned.
type Group struct {
	Cluster, Name string
	// Value and Source are what is restored: what somebody has set, or the default.
	Value, Source string
	// Others are the other clusters that use the group, Instances those of this one.
	Others, Instances []string
}

// ReadGroup reads the group of a cluster. The error says why the parameter cannot be set in it.
func ReadGroup(ctx context.Context, a *awsapi.Account, cluster string) (*Group, error) {
	g := &Group{Cluster: cluster}
	var all []types.DBCluster
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBClustersPaginator(a.RDS,
		&rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)}), func(page *rds.DescribeDBClustersOutput) {
		all = append(all, page.DBClusters...)
	}); err != nil {
		return nil, a.Explain(err, "")
	}
	for _, c := range all {
		if aws.ToString(c.DBClusterIdentifier) != cluster {
			continue
		}
		g.Name = aws.ToString(c.DBClusterParameterGroup)
		for _, m := range c.DBClusterMembers {
			g.Instances = append(g.Instances, aws.ToString(m.DBInstanceIdentifier))
			if status := aws.ToString(m.DBClusterParameterGroupStatus); status != "in-sync" {
				return nil, fmt.Errorf("%s has not taken the parameters of %s: it is %s",
					aws.ToString(m.DBInstanceIdentifier), g.Name, status)
			}
		}
	}
	if g.Name == "" {
		return nil, fmt.Errorf("%s has no cluster %s", a.Address(), cluster)
	}
	if strings.HasPrefix(g.Name, "default.") {
		return nil,
			fmt.Errorf("cluster %s uses the group %s, which is AWS's own and cannot be changed. Give it a "+
				"parameter_group, which takes a restart", cluster, g.Name)
	}
	for _, c := range all {
		if other := aws.ToString(c.DBClusterIdentifier); other != cluster &&
			aws.ToString(c.DBClusterParameterGroup) == g.Name {
			g.Others = append(g.Others, other)
		}
	}
	slices.Sort(g.Others)
	slices.Sort(g.Instances)
	if err := g.read(ctx, a); err != nil {
		return nil, err
	}
	return g, g.checkOverrides(ctx, a)
}

// read reads the parameter.
func (g *Group) read(ctx context.Context, a *awsapi.Account) error {
	for p := rds.NewDescribeDBClusterParametersPaginator(a.RDS, &rds.DescribeDBClusterParametersInput{
		DBClusterParameterGroupName: &g.Name,
		MaxRecords:                  aws.Int32(100),
	}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return a.Explain(err, "parameter group "+g.Name)
		}
		for _, x := range page.Parameters {
			if aws.ToString(x.ParameterName) != parameter {
				continue
			}
			g.Value, g.Source = aws.ToString(x.ParameterValue), aws.ToString(x.Source)
			switch {
			case !aws.ToBool(x.IsModifiable):
				return fmt.Errorf("%s cannot be changed in the group %s", parameter, g.Name)
			case aws.ToString(x.ApplyType) == "static":
				return fmt.Errorf("%s takes a restart in the group %s", parameter, g.Name)
			case g.Value == "replica" && engine.RunOf(ctx) != "":
				g.Value, g.Source = "", "" // the resumed run has set it; its plan says what it was before
			case g.Value == "replica":
				return fmt.Errorf("%s is already replica in the group %s, so that no foreign keys are checked: fix "+
					"that first (shoji recover, if a run left it)", parameter, g.Name)
			}
			return nil
		}
	}
	return fmt.Errorf("the group %s has no parameter %s", g.Name, parameter)
}

// checkOverrides reports instances whose own group sets the parameter: that takes precedence over the cluster's group.
func (g *Group) checkOverrides(ctx context.Context, a *awsapi.Account) error {
	seen := map[string]bool{}
	for _, id := range g.Instances {
		out, err := a.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
		if err != nil {
			return a.Explain(err, id)
		}
		for _, own := range out.DBInstances[0].DBParameterGroups {
			name := aws.ToString(own.DBParameterGroupName)
			if seen[name] {
				continue
			}
			seen[name] = true
			for p := rds.NewDescribeDBParametersPaginator(a.RDS, &rds.DescribeDBParametersInput{
				DBParameterGroupName: &name,
				Source:               aws.String("user"),
				MaxRecords:           aws.Int32(100),
			}); p.HasMorePages(); {
				page, err := p.NextPage(ctx)
				if err != nil {
					return a.Explain(err, "parameter group "+name)
				}
				for _, x := range page.Parameters {
					if aws.ToString(x.ParameterName) == parameter && aws.ToString(x.Source) == "user" {
						return fmt.Errorf("%s has %s = %s in its own group %s, which takes "+
							"precedence over the cluster's", id,
							parameter, aws.ToString(x.ParameterValue), name)
					}
				}
			}
		}
	}
	return nil
}

// valueBefore is the value that sessions have once the parameter is restored.
func (g *Group) valueBefore() string {
	if g.Value == "" {
		return "origin"
	}
	return g.Value
}

// showInput is the input of showOperation, which reads the parameter on every instance of a cluster.
type showInput struct {
	Cluster  string
	Database string // the address of the database to connect to
	Value    string
}

// Relax plans to set the parameter to replica for a while. The step that sets it is always put back.
func Relax(r *spec.Refresh, g *Group) engine.Around {
	in := r.To.Cluster.In.Address()
	modify := func(value string) awsapi.Call {
		return awsapi.New(in, "rds:ModifyDBClusterParameterGroup", g.Name, rds.ModifyDBClusterParameterGroupInput{
			DBClusterParameterGroupName: &g.Name,
			Parameters: []types.Parameter{
				{
					ParameterName:  aws.String(parameter),
					ParameterValue: &value,
					ApplyMethod:    types.ApplyMethodImmediate,
				}},
		})
	}
	back := modify(g.Value)
	if g.Source != "user" {
		back = awsapi.New(in, "rds:ResetDBClusterParameterGroup", g.Name, rds.ResetDBClusterParameterGroupInput{
			DBClusterParameterGroupName: &g.Name,
			Parameters: []types.Parameter{
				{ParameterName: aws.String(parameter), ApplyMethod: types.ApplyMethodImmediate}},
		})
	}
	seen := func(value string) []awsapi.Call {
		taken := wait(in, "rds:DescribeDBClusters", g.Cluster, awsapi.ParametersInSync)
		look := awsapi.New(in, showOperation, g.Cluster, showInput{g.Cluster, r.To.Address(), value})
		look.Until = awsapi.Condition("a new session on every instance says " + value)
		return []awsapi.Call{taken, look}
	}
	set := modify("replica")
	set.RetryCodes, back.RetryCodes = []string{"InvalidDBParameterGroupState"}, []string{"InvalidDBParameterGroupState"}
	// Wait for what is on its way first: of two changes at once, the first might arrive last.
	on, off := append([]awsapi.Call{set}, seen("replica")...),
		append([]awsapi.Call{wait(in, "rds:DescribeDBClusters", g.Cluster, awsapi.ParametersSettled), back},
			seen(g.valueBefore())...)
	for _, other := range g.Others { // no session with them is possible; RDS says when they have taken it
		taken := wait(in, "rds:DescribeDBClusters", other, awsapi.ParametersSettled)
		taken.DoneCodes = []string{"DBClusterNotFoundFault"}
		off = append(off, taken)
	}
	reason := fmt.Sprintf("until it is put back, sessions on cluster %s check no foreign keys and fire no triggers: "+
		"all sessions of everybody in every database, open ones too", g.Cluster)
	if len(g.Others) > 0 {
		reason += "; nor do those on " + strings.Join(g.Others, ", ") + ", which use the group " + g.Name + " too"
	}
	words := "reset to its default"
	if g.Source == "user" {
		words = "put back to " + g.Value
	}
	return engine.Around{
		Before: []engine.Step{step(r, "foreign_keys.relax", "stop checking foreign keys on "+g.Cluster, on, off)},
		After: []engine.Step{
			step(r, "foreign_keys.restore", "check foreign keys on "+g.Cluster+" again", off, nil),
		},
		Hazards: []engine.Hazard{{Name: engine.AffectsOthers, Reason: reason}},
		Notes: []string{
			fmt.Sprintf("%s in the parameter group %s is %s once the rows are in place, and also if the run fails; "+
				"shoji recover does it after this process was killed. Both times, it is read in a new session on "+
				"every instance of %s", parameter, g.Name, words, g.Cluster),
		},
		Fingerprints: []engine.Fingerprint{g.fingerprint(r)},
	}
}

func (g *Group) fingerprint(r *spec.Refresh) engine.Fingerprint {
	return engine.Fingerprint{
		Address: r.Address(),
		Object:  parameter + " in the parameter group " + g.Name,
		Digest:  awsapi.Digest(g),
	}
}

const showOperation = "postgres:SHOW session_replication_role"

// Setting reads a setting of a server at a place, in a new session with a database of the spec.
type Setting func(ctx context.Context, database, host string, port int, name string) (string, error)

// noting adds a note to a change of a cluster's parameter group. Where somebody else has set the parameter since the
// run changed it, the value of the plan is restored all the same, but not silently.
func noting[I any](parameters func(*I) []types.Parameter) func(awsapi.Func) awsapi.Func {
	return func(do awsapi.Func) awsapi.Func {
		return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
			in, err := awsapi.Input[I](c)
			if err != nil {
				return err
			}
			if list := parameters(in); len(list) == 1 && aws.ToString(list[0].ParameterName) == parameter {
				g, to := &Group{Name: c.On}, aws.ToString(list[0].ParameterValue)
				// What cannot be read is restored all the same.
				if err := g.read(ctx, r.In); err == nil && to != "replica" && g.Source == "user" && g.Value != to {
					r.Report.Note(fmt.Sprintf("somebody has set %s to %s in the group %s meanwhile; it is put back "+
						"to what it was before this run", parameter, g.Value, g.Name))
				}
			}
			return do(ctx, r, c)
		}
	}
}

// waitForParameters waits until no instance of a cluster has parameters on their way. AWS documents no limit for that.
func waitForParameters(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &c.On})
		if err != nil {
			return "", err
		}
		for _, m := range out.DBClusters[0].DBClusterMembers {
			id := aws.ToString(m.DBInstanceIdentifier)
			switch status := aws.ToString(m.DBClusterParameterGroupStatus); status {
			case "in-sync":
			case "pending-reboot", "failed-to-apply":
				if c.Until == awsapi.ParametersSettled {
					continue
				}
				return "", fmt.Errorf("%s: %s is %s, so the parameter does not take effect there", c.In, id, status)
			default:
				return id + " is " + status, awsapi.ErrNotYet
			}
		}
		return "", nil
	})
}

// poll asks every instance of a cluster, as it is by now, until all of them report the wanted value.
func (s Setting) poll(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *showInput) error {
	if s == nil {
		return errors.New("the servers of the database cannot be reached from here")
	}
	began := time.Now()
	answered := began // an instance that accepts no session may be restarting
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
			Filters: []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{in.Cluster}}},
		})
		if err != nil {
			return "", err
		}
		for _, x := range out.DBInstances {
			id := aws.ToString(x.DBInstanceIdentifier)
			if x.Endpoint == nil {
				return id + " has no endpoint", awsapi.ErrNotYet
			}
			got, err := s(ctx, in.Database, aws.ToString(x.Endpoint.Address), int(aws.ToInt32(x.Endpoint.Port)),
				parameter)
			switch {
			case err == nil:
				answered = time.Now()
			case ctx.Err() == nil && time.Since(answered) < r.Patience:
				return id + " accepts no session", awsapi.ErrNotYet
			default:
				return "", fmt.Errorf("asking %s: %w", id, err)
			}
			switch {
			case got == in.Value:
			case time.Since(began) < 5*r.Patience:
				return id + " says " + got, awsapi.ErrNotYet
			default: // nothing is on its way any more
				return "",
					fmt.Errorf("%s still reports %s = %s, long after RDS reported that it has applied its group. A "+
						"setting of the user or of %s takes precedence over the group's (SELECT * FROM "+
						"pg_db_role_setting), or the instance needs a restart", id, parameter, got, in.Database)
			}
		}
		r.Report.Note(fmt.Sprintf("%s is %s on %d instances of %s", parameter, in.Value, len(out.DBInstances),
			in.Cluster))
		return "", nil
	})
}
