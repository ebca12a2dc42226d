// Package rds plans and makes changes of parameter groups, and of what is declared of existing clusters.
package rds

import (
	"context"
	"slices"
	"sort"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// Cluster is a cluster as it was read.
type Cluster struct {
	Identifier, ARN, ResourceID string
	Status, Engine, Version     string
	IAMAuth                     bool
	ParameterGroup              string
	Roles                       []Association
	Instances                   []string
	Groups                      map[string]string `json:"Own"` // the parameter group of each instance
}

// Association is a role that a cluster works with for a feature.
type Association struct{ Feature, Role, Status string }

// Role returns the association for a feature.
func (c *Cluster) Role(feature string) (Association, bool) {
	for _, a := range c.Roles {
		if a.Feature == feature {
			return a, true
		}
	}
	return Association{}, false
}

// GroupKey names a parameter group. Groups of clusters and of instances have separate names.
type GroupKey struct{ Level, Name string }

// Group is a parameter group as it was read.
type Group struct {
	Key                      GroupKey
	ARN, Family, Description string
	Set                      map[string]string // the values that somebody set
	Users                    []string          // clusters or instances
	Tags                     object.Tags
}

// Parameter is what RDS says about a parameter.
type Parameter struct {
	Value, Source, ApplyType, DataType, Allowed string
	Modifiable                                  bool
}

// State is what was read of an account in one region.
type State struct {
	Clusters map[string]*Cluster // all of them
	Groups   map[GroupKey]*Group // those declared that exist
	// Parameters are those of each declared group, or of its family if it does not exist.
	Parameters map[GroupKey]map[string]Parameter
	Removed    []*Group
}

// WantedKey names a parameter group to read.
type WantedKey struct {
	Key    GroupKey
	Family string
}

// Inspect reads all clusters, the declared groups with their parameters, and if all is set, the other groups of the
// project too. Clusters and instances are listed, a hundred a call: there is no other way to learn who shares a group.
func Inspect(ctx context.Context, a *awsapi.Account, groups []WantedKey, project string, all bool) (*State, error) {
	s := &State{
		Clusters:   map[string]*Cluster{},
		Groups:     map[GroupKey]*Group{},
		Parameters: map[GroupKey]map[string]Parameter{},
	}
	users := map[GroupKey][]string{}
	if err := s.readClusters(ctx, a, users); err != nil {
		return nil, err
	}
	if err := s.readInstances(ctx, a, users); err != nil {
		return nil, err
	}
	if len(groups) == 0 && !all {
		return s, nil
	}
	existing, err := listGroups(ctx, a)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(6)
	declared := map[GroupKey]bool{}
	for _, w := range groups {
		declared[w.Key] = true
		g.Go(func() error {
			have := existing[w.Key]
			list, err := readParameters(ctx, a, w, have != nil && have.Family == w.Family)
			if err != nil {
				return err
			}
			if have != nil {
				if have.Tags, err = tagsOf(ctx, a, have.ARN); err != nil {
					return err
				}
				for name, p := range list {
					if p.Source == "user" {
						have.Set[name] = p.Value
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			s.Parameters[w.Key] = list
			if have != nil {
				s.Groups[w.Key] = have
			}
			return nil
		})
	}
	for key, have := range existing {
		have.Users = users[key]
		slices.Sort(have.Users)
		if !all || declared[key] || len(key.Name) > 8 && key.Name[:8] == "default." {
			continue
		}
		g.Go(func() error {
			tags, err := tagsOf(ctx, a, have.ARN)
			if err != nil || !tags.OwnedBy(project) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			have.Tags = tags
			s.Removed = append(s.Removed, have)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	sort.Slice(s.Removed, func(i, j int) bool { return s.Removed[i].ARN < s.Removed[j].ARN })
	return s, nil
}

func (s *State) readClusters(ctx context.Context, a *awsapi.Account, users map[GroupKey][]string) error {
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBClustersPaginator(a.RDS,
		&rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)}), func(page *rds.DescribeDBClustersOutput) {
		for _, x := range page.DBClusters {
			c := clusterOf(x)
			s.Clusters[c.Identifier] = c
			key := GroupKey{"cluster", c.ParameterGroup}
			users[key] = append(users[key], c.Identifier)
		}
	}); err != nil {
		return a.Explain(err, "")
	}
	return nil
}

func clusterOf(x types.DBCluster) *Cluster {
	c := &Cluster{
		Identifier:     aws.ToString(x.DBClusterIdentifier),
		ARN:            aws.ToString(x.DBClusterArn),
		ResourceID:     aws.ToString(x.DbClusterResourceId),
		Status:         aws.ToString(x.Status),
		Engine:         aws.ToString(x.Engine),
		Version:        aws.ToString(x.EngineVersion),
		IAMAuth:        aws.ToBool(x.IAMDatabaseAuthenticationEnabled),
		ParameterGroup: aws.ToString(x.DBClusterParameterGroup),
		Groups:         map[string]string{},
	}
	for _, r := range x.AssociatedRoles {
		c.Roles = append(c.Roles, Association{
			aws.ToString(r.FeatureName), aws.ToString(r.RoleArn), aws.ToString(r.Status),
		})
	}
	sort.Slice(c.Roles, func(i, j int) bool { return c.Roles[i].Feature < c.Roles[j].Feature })
	for _, m := range x.DBClusterMembers {
		c.Instances = append(c.Instances, aws.ToString(m.DBInstanceIdentifier))
	}
	slices.Sort(c.Instances)
	return c
}

func (s *State) readInstances(ctx context.Context, a *awsapi.Account, users map[GroupKey][]string) error {
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBInstancesPaginator(a.RDS,
		&rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(100)}), func(page *rds.DescribeDBInstancesOutput) {
		for _, x := range page.DBInstances {
			for _, group := range x.DBParameterGroups {
				key := GroupKey{"instance", aws.ToString(group.DBParameterGroupName)}
				users[key] = append(users[key], aws.ToString(x.DBInstanceIdentifier))
				if c := s.Clusters[aws.ToString(x.DBClusterIdentifier)]; c != nil {
					c.Groups[aws.ToString(x.DBInstanceIdentifier)] = key.Name
				}
			}
		}
	}); err != nil {
		return a.Explain(err, "")
	}
	return nil
}

func listGroups(ctx context.Context, a *awsapi.Account) (map[GroupKey]*Group, error) {
	out := map[GroupKey]*Group{}
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBClusterParameterGroupsPaginator(a.RDS,
		&rds.DescribeDBClusterParameterGroupsInput{MaxRecords: aws.Int32(100)}),
		func(page *rds.DescribeDBClusterParameterGroupsOutput) {
			for _, x := range page.DBClusterParameterGroups {
				key := GroupKey{"cluster", aws.ToString(x.DBClusterParameterGroupName)}
				out[key] = &Group{
					Key:         key,
					ARN:         aws.ToString(x.DBClusterParameterGroupArn),
					Family:      aws.ToString(x.DBParameterGroupFamily),
					Description: aws.ToString(x.Description),
					Set:         map[string]string{},
				}
			}
		}); err != nil {
		return nil, a.Explain(err, "")
	}
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBParameterGroupsPaginator(a.RDS,
		&rds.DescribeDBParameterGroupsInput{MaxRecords: aws.Int32(100)}),
		func(page *rds.DescribeDBParameterGroupsOutput) {
			for _, x := range page.DBParameterGroups {
				key := GroupKey{"instance", aws.ToString(x.DBParameterGroupName)}
				out[key] = &Group{
					Key:         key,
					ARN:         aws.ToString(x.DBParameterGroupArn),
					Family:      aws.ToString(x.DBParameterGroupFamily),
					Description: aws.ToString(x.Description),
					Set:         map[string]string{},
				}
			}
		}); err != nil {
		return nil, a.Explain(err, "")
	}
	return out, nil
}

// readParameters reads what RDS says about all parameters of a group, or of its family before the group exists.
func readParameters(ctx context.Context, a *awsapi.Account, w WantedKey, exists bool) (map[string]Parameter, error) {
	out := map[string]Parameter{}
	add := func(list []types.Parameter) {
		for _, x := range list {
			out[aws.ToString(x.ParameterName)] = Parameter{
				aws.ToString(x.ParameterValue), aws.ToString(x.Source), aws.ToString(x.ApplyType),
				aws.ToString(x.DataType), aws.ToString(x.AllowedValues), aws.ToBool(x.IsModifiable),
			}
		}
	}
	var err error
	switch name, most := &w.Key.Name, aws.Int32(100); {
	case exists && w.Key.Level == "cluster":
		err = awsapi.EachPage(ctx,
			rds.NewDescribeDBClusterParametersPaginator(a.RDS, &rds.DescribeDBClusterParametersInput{
				DBClusterParameterGroupName: name,
				MaxRecords:                  most,
			}), func(page *rds.DescribeDBClusterParametersOutput) { add(page.Parameters) })
	case exists:
		err = awsapi.EachPage(ctx, rds.NewDescribeDBParametersPaginator(a.RDS, &rds.DescribeDBParametersInput{
			DBParameterGroupName: name,
			MaxRecords:           most,
		}), func(page *rds.DescribeDBParametersOutput) { add(page.Parameters) })
	case w.Key.Level == "cluster":
		in := &rds.DescribeEngineDefaultClusterParametersInput{DBParameterGroupFamily: &w.Family, MaxRecords: most}
		err = awsapi.EachPage(ctx, rds.NewDescribeEngineDefaultClusterParametersPaginator(a.RDS, in),
			func(page *rds.DescribeEngineDefaultClusterParametersOutput) { add(page.EngineDefaults.Parameters) })
	default:
		in := &rds.DescribeEngineDefaultParametersInput{DBParameterGroupFamily: &w.Family, MaxRecords: most}
		err = awsapi.EachPage(ctx, rds.NewDescribeEngineDefaultParametersPaginator(a.RDS, in),
			func(page *rds.DescribeEngineDefaultParametersOutput) { add(page.EngineDefaults.Parameters) })
	}
	return out, a.Explain(err, "parameter group "+w.Key.Name+" ("+w.Family+")")
}

func tagsOf(ctx context.Context, a *awsapi.Account, arn string) (object.Tags, error) {
	out, err := a.RDS.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: &arn})
	if err != nil {
		return nil, a.Explain(err, arn)
	}
	return object.FromList(out.TagList, pair), nil
}
