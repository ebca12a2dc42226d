package rds

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/spec"
)

// maxParameters is how many parameters RDS accepts in one call.
const maxParameters = 20

// WantedGroup is a parameter group as the spec wants it.
type WantedGroup struct {
	Spec *spec.ParameterGroup
	// Users are the declared clusters and instances that use it. All others are other people's.
	Users []string
	// ForCopies is set if copies of databases start with it.
	ForCopies bool
}

// KeyOf returns the key of a declared group.
func KeyOf(g *spec.ParameterGroup) GroupKey { return GroupKey{g.Level, g.Name} }

type groupChange struct {
	*object.Change
	want  WantedGroup
	have  *Group // nil: it is created
	known map[string]Parameter
}

// DiffGroup plans one declared parameter group.
func DiffGroup(d *object.Draft, s *State, w WantedGroup) {
	g, key := w.Spec, KeyOf(w.Spec)
	have := s.Groups[key]
	c := groupChange{
		Change: d.Declared(&g.AWSObject, g.Name, have != nil),
		want:   w,
		have:   have,
		known:  s.Parameters[key],
	}
	if !c.valid(d) {
		return
	}
	tags := object.TagsOf(d.Project, &g.AWSObject)
	if have != nil && !c.Claim(have.Tags) {
		return
	}
	replaced := have != nil && have.Family != g.Family
	if replaced {
		if len(have.Users) > 0 {
			d.Diags.Errorf(&g.At.Family.Range, "The family of a parameter group cannot change",
				"Group %s is of family %s and used by %s. Declare a group of another name for the new "+
					"family, and move them to it.",
				g.Name, have.Family, strings.Join(have.Users, ", "))
			return
		}
		c.Action = engine.Replace
		c.Call(deleteGroup(c.In(), key))
	}
	if have == nil || replaced {
		c.create(tags)
	} else {
		c.update(d, tags)
	}
	c.Finish()
}

// valid reports every value that RDS would refuse.
func (c groupChange) valid(d *object.Draft) bool {
	ok := true
	for _, name := range slices.Sorted(maps.Keys(c.want.Spec.Parameters)) {
		if why := checkValue(name, c.want.Spec.Parameters[name], c.known); why != "" {
			d.Diags.Errorf(&c.want.Spec.At.Parameters.Range, "Invalid parameter", "In %s %s", c.Address, why)
			ok = false
		}
	}
	return ok
}

func (c groupChange) create(tags object.Tags) {
	g := c.want.Spec
	description := g.Description
	if description == "" {
		description = "made by shoji"
	}
	var before any
	if c.have != nil {
		before = c.have.Family
	}
	c.Show("name", nil, g.Name)
	c.Show("family", before, g.Family)
	c.Show("level", nil, g.Level)
	c.Tags(nil, tags)
	var made awsapi.Call
	if g.Level == "cluster" {
		made = awsapi.New(c.In(), "rds:CreateDBClusterParameterGroup", g.Name, rds.CreateDBClusterParameterGroupInput{
			DBClusterParameterGroupName: &g.Name,
			DBParameterGroupFamily:      &g.Family,
			Description:                 &description,
			Tags:                        object.List(tags, tag),
		})
	} else {
		made = awsapi.New(c.In(), "rds:CreateDBParameterGroup", g.Name, rds.CreateDBParameterGroupInput{
			DBParameterGroupName:   &g.Name,
			DBParameterGroupFamily: &g.Family,
			Description:            &description,
			Tags:                   object.List(tags, tag),
		})
	}
	c.Call(made)
	c.setParameters(slices.Sorted(maps.Keys(g.Parameters)), nil)
	if c.want.ForCopies {
		c.Call(untilOld(c.In(), g))
	}
	c.Step("create", "create")
}

func untilOld(in string, g *spec.ParameterGroup) awsapi.Call {
	x := awsapi.New(in, "rds:DescribeDBClusterParameterGroups", g.Name, rds.DescribeDBClusterParameterGroupsInput{
		DBClusterParameterGroupName: &g.Name,
	})
	if g.Level == "instance" {
		x = awsapi.New(in, "rds:DescribeDBParameterGroups", g.Name,
			rds.DescribeDBParameterGroupsInput{DBParameterGroupName: &g.Name})
	}
	x.Until, x.RetryCodes = awsapi.GroupOldEnough, []string{"DBParameterGroupNotFound"}
	return x
}

func (c groupChange) update(d *object.Draft, tags object.Tags) {
	g := c.want.Spec
	if g.Description != "" && g.Description != c.have.Description {
		d.Diags.Errorf(&g.At.Description.Range, "The description of a parameter group cannot change",
			"It is %q. Write that, or leave it out.",
			c.have.Description)
	}
	c.Show("family", c.have.Family, g.Family)
	var change, reset []string
	for name, v := range g.Parameters {
		// The default value is as good as the same value, set.
		if old, set := c.have.Set[name]; set && old == v || !set && c.known[name].Value == v {
			continue
		}
		change = append(change, name)
	}
	for name := range c.have.Set {
		if _, stays := g.Parameters[name]; !stays && c.known[name].Modifiable {
			reset = append(reset, name)
		}
	}
	slices.Sort(change)
	slices.Sort(reset)
	c.setParameters(change, reset)
	if len(change)+len(reset) > 0 {
		c.addHazards(slices.Concat(change, reset))
		c.waitForUsers()
	}
	if missing := c.Tags(c.have.Tags, tags); len(missing) > 0 {
		c.Call(awsapi.New(c.In(), "rds:AddTagsToResource", g.Name, rds.AddTagsToResourceInput{
			ResourceName: &c.have.ARN,
			Tags:         object.List(missing, tag),
		}))
	}
	c.Step("update", "update")
}

// setParameters plans the calls that set and reset parameters.
func (c groupChange) setParameters(change, reset []string) {
	g := c.want.Spec
	parameter := func(name string, value bool) types.Parameter {
		p := types.Parameter{ParameterName: &name, ApplyMethod: types.ApplyMethodImmediate}
		if c.known[name].static() {
			p.ApplyMethod = types.ApplyMethodPendingReboot
		}
		if value {
			p.ParameterValue = aws.String(g.Parameters[name])
		}
		return p
	}
	for _, name := range change {
		var before any
		if v := c.known[name].Value; v != "" && c.have != nil {
			before = v
		}
		c.Show("parameters."+name, before, g.Parameters[name])
	}
	for _, name := range reset {
		c.Show("parameters."+name, c.have.Set[name], nil)
	}
	for part := range slices.Chunk(change, maxParameters) {
		var list []types.Parameter
		for _, name := range part {
			list = append(list, parameter(name, true))
		}
		c.addModification("rds:ModifyDBClusterParameterGroup", "rds:ModifyDBParameterGroup",
			rds.ModifyDBClusterParameterGroupInput{DBClusterParameterGroupName: &g.Name, Parameters: list},
			rds.ModifyDBParameterGroupInput{DBParameterGroupName: &g.Name, Parameters: list})
	}
	for part := range slices.Chunk(reset, maxParameters) {
		var list []types.Parameter
		for _, name := range part {
			list = append(list, parameter(name, false))
		}
		c.addModification("rds:ResetDBClusterParameterGroup", "rds:ResetDBParameterGroup",
			rds.ResetDBClusterParameterGroupInput{DBClusterParameterGroupName: &g.Name, Parameters: list},
			rds.ResetDBParameterGroupInput{DBParameterGroupName: &g.Name, Parameters: list})
	}
}

func (c groupChange) addModification(cluster, instance string, ofCluster, ofInstance any) {
	x := awsapi.New(c.In(), cluster, c.Name, ofCluster)
	if c.want.Spec.Level == "instance" {
		x = awsapi.New(c.In(), instance, c.Name, ofInstance)
	}
	x.RetryCodes = []string{"InvalidDBParameterGroupState", "DBParameterGroupNotFound"}
	c.Call(x)
}

// addHazards adds what changed parameters mean to the users of the group.
func (c groupChange) addHazards(names []string) {
	if len(c.have.Users) == 0 {
		return
	}
	var static []string
	for _, n := range names {
		if c.known[n].static() {
			static = append(static, n)
		}
	}
	if len(static) > 0 {
		c.Hazard(engine.RequiresReboot, "%s take effect at the next restart of %s, which shoji does not trigger",
			strings.Join(static, ", "), strings.Join(c.have.Users, ", "))
	}
	var others []string
	for _, u := range c.have.Users {
		if !slices.Contains(c.want.Users, u) {
			others = append(others, u)
		}
	}
	if len(others) > 0 {
		c.Hazard(engine.AffectsOthers, "the group is also used by %s", strings.Join(others, ", "))
	}
}

// waitForUsers waits until every user of the group has taken the change, or notes that it waits for a restart.
func (c groupChange) waitForUsers() {
	for _, u := range c.have.Users {
		var x awsapi.Call
		if c.want.Spec.Level == "cluster" {
			x = awsapi.New(c.In(), "rds:DescribeDBClusters", u, rds.DescribeDBClustersInput{DBClusterIdentifier: &u})
		} else {
			x = awsapi.New(c.In(), "rds:DescribeDBInstances", u, rds.DescribeDBInstancesInput{DBInstanceIdentifier: &u})
		}
		x.Until = awsapi.ParametersApplied
		c.Call(x)
	}
}

func deleteGroup(in string, key GroupKey) awsapi.Call {
	x := awsapi.New(in, "rds:DeleteDBClusterParameterGroup", key.Name, rds.DeleteDBClusterParameterGroupInput{
		DBClusterParameterGroupName: &key.Name,
	})
	if key.Level == "instance" {
		x = awsapi.New(in, "rds:DeleteDBParameterGroup", key.Name, rds.DeleteDBParameterGroupInput{
			DBParameterGroupName: &key.Name,
		})
	}
	x.DoneCodes = []string{"DBParameterGroupNotFound"}
	return x
}

// RemoveGroup plans the removal of a group. leaving are the clusters that the plan gives another group.
func RemoveGroup(d *object.Draft, in string, have *Group, leaving []string) {
	c := d.Removal(in, "parameter_group", have.Key.Name, have.Tags)
	if c == nil {
		return
	}
	users := slices.DeleteFunc(slices.Clone(have.Users), func(u string) bool { return slices.Contains(leaving, u) })
	if len(users) > 0 {
		d.Diags.Errorf(nil, "A parameter group is still in use",
			"Group %s of %s was removed from the spec, but is used by %s. Give them another group "+
				"first, or declare it again.",
			have.Key.Name, in, strings.Join(users, ", "))
		return
	}
	for _, n := range slices.Sorted(maps.Keys(have.Set)) {
		c.Before["parameters."+n] = have.Set[n]
	}
	c.Call(deleteGroup(in, have.Key))
	c.Step("delete", "delete")
	c.Finish()
}

func tag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func pair(t types.Tag) (k, v *string) { return t.Key, t.Value }
