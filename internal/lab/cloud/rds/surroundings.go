package rds

import (
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type subnetGroup struct {
	SubnetGroup
	tags map[string]string
}

func (p *place) newSubnetGroup(name, description, vpc string, subnets []string) *subnetGroup {
	g := &subnetGroup{
		tags: map[string]string{},
		SubnetGroup: SubnetGroup{
			DBSubnetGroupArn:         p.arn("subgrp", name),
			DBSubnetGroupDescription: description,
			DBSubnetGroupName:        name,
			SubnetGroupStatus:        "Complete",
			VpcId:                    vpc,
		},
	}
	if len(subnets) == 0 {
		subnets = []string{"subnet-" + wire.RandomHex(4), "subnet-" + wire.RandomHex(4)}
	}
	for n, id := range subnets {
		subnet := Subnet{SubnetIdentifier: id, SubnetStatus: "Active"}
		subnet.SubnetAvailabilityZone.Name = p.region + string(rune('a'+n%3))
		g.Subnets = append(g.Subnets, subnet)
	}
	return g
}

func (s *Service) createSubnetGroup(r *wire.Request) (any, error) {
	var in struct {
		DBSubnetGroupName, DBSubnetGroupDescription string
		SubnetIds                                   []string   `query:"SubnetIdentifier"`
		Tags                                        []wire.Tag `query:"Tag"`
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	p, name := s.here(r), strings.ToLower(in.DBSubnetGroupName)
	if err := s.mayMake(r, p.arn("subgrp", name), wire.FromTags(in.Tags)); err != nil {
		return nil, err
	}
	switch {
	case p.subnetGroups[name] != nil:
		return nil, wire.Errorf("DBSubnetGroupAlreadyExists", "The DB subnet group '%s' already exists.", name)
	case len(in.SubnetIds) < 2:
		return nil, wire.Errorf("DBSubnetGroupDoesNotCoverEnoughAZs",
			"The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement.")
	}
	g := p.newSubnetGroup(name, in.DBSubnetGroupDescription, p.subnetGroups["default"].VpcId, in.SubnetIds)
	g.tags = wire.FromTags(in.Tags)
	p.subnetGroups[name] = g
	return struct{ DBSubnetGroup SubnetGroup }{g.SubnetGroup}, nil
}

func (s *Service) describeSubnetGroups(r *wire.Request) (any, error) {
	var in struct {
		describing
		DBSubnetGroupName string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	p := s.here(r)
	if err := s.may(r, p.arn("subgrp", "*"), nil, nil); err != nil {
		return nil, err
	}
	var all []SubnetGroup
	for _, name := range wire.SortedKeys(p.subnetGroups) {
		if in.DBSubnetGroupName == "" || strings.EqualFold(name, in.DBSubnetGroupName) {
			all = append(all, p.subnetGroups[name].SubnetGroup)
		}
	}
	if in.DBSubnetGroupName != "" && len(all) == 0 {
		return nil, wire.NotFoundf("DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.",
			in.DBSubnetGroupName)
	}
	page, next, err := paged(all, in.describing)
	return struct {
		DBSubnetGroups []SubnetGroup `xml:"DBSubnetGroups>DBSubnetGroup"`
		marked
	}{page, next}, err
}

func (s *Service) deleteSubnetGroup(r *wire.Request) (any, error) {
	var in struct{ DBSubnetGroupName string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	p, name := s.here(r), strings.ToLower(in.DBSubnetGroupName)
	if err := s.may(r, p.arn("subgrp", name), nil, nil); err != nil {
		return nil, err
	}
	if p.subnetGroups[name] == nil {
		return nil, wire.NotFoundf("DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.", name)
	}
	for _, c := range p.clusters {
		if c.DBSubnetGroup == name {
			return nil, wire.Errorf("InvalidDBSubnetGroupStateFault",
				"Cannot delete the subnet group '%s' because at least one database uses it.", name)
		}
	}
	delete(p.subnetGroups, name)
	return nil, nil
}

type versionShape struct {
	Engine, EngineVersion, MajorEngineVersion string
	DBParameterGroupFamily                    string
	DBEngineDescription                       string
	DBEngineVersionDescription                string
	Status                                    string
	SupportedFeatureNames                     []string `xml:"SupportedFeatureNames>member"`
	SupportedEngineModes                      []string `xml:"SupportedEngineModes>member"`
	ExportableLogTypes                        []string `xml:"ExportableLogTypes>member"`
	SupportsLogExportsToCloudwatchLogs        bool
}

func (s *Service) describeEngineVersions(r *wire.Request) (any, error) {
	var in struct {
		describing
		Engine, EngineVersion, DBParameterGroupFamily       string
		DefaultOnly, ListSupportedCharacterSets, IncludeAll bool
		ListSupportedTimezones                              bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, "*", nil, nil); err != nil {
		return nil, err
	}
	var all []versionShape
	for _, engine := range wire.SortedKeys(versions) {
		for _, v := range versions[engine] {
			family, _ := familyOf(engine, v)
			major := strings.TrimPrefix(family, engine)
			if (in.Engine != "" && in.Engine != engine) ||
				(in.EngineVersion != "" && in.EngineVersion != v && in.EngineVersion != major) ||
				(in.DBParameterGroupFamily != "" && in.DBParameterGroupFamily != family) ||
				(in.DefaultOnly && v != standardVersion(engine)) {
				continue
			}
			one := versionShape{
				Engine:                             engine,
				EngineVersion:                      v,
				MajorEngineVersion:                 major,
				DBParameterGroupFamily:             family,
				DBEngineDescription:                "PostgreSQL",
				DBEngineVersionDescription:         engine + " (Compatible with PostgreSQL " + v + ")",
				Status:                             available,
				SupportedFeatureNames:              []string{"Lambda", "s3Export", "s3Import"},
				SupportedEngineModes:               []string{"provisioned"},
				ExportableLogTypes:                 []string{"postgresql"},
				SupportsLogExportsToCloudwatchLogs: true,
			}
			all = append(all, one)
		}
	}
	page, next, err := paged(all, in.describing)
	return struct {
		DBEngineVersions []versionShape `xml:"DBEngineVersions>DBEngineVersion"`
		marked
	}{page, next}, err
}

// tagsOf finds the tags of anything that has an ARN here.
func (s *Service) tagsOf(p *place, arn string) (map[string]string, error) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || parts[2] != "rds" {
		return nil, wire.Errorf("InvalidParameterValue", "Invalid resource name: %s", arn)
	}
	if parts[3] != p.region || parts[4] != p.account {
		return nil, wire.NotFoundf("DBInstanceNotFound", "Resource %s not found.", arn)
	}
	name := parts[6]
	switch parts[5] {
	case "cluster":
		if c := p.clusters[name]; c != nil {
			return c.tags, nil
		}
		return nil, noCluster(name)
	case "db":
		if i := p.instances[name]; i != nil {
			return i.tags, nil
		}
		return nil, noInstance(name)
	case "cluster-snapshot":
		if sn := p.clusterSnapshots[name]; sn != nil {
			return sn.tags, nil
		}
		return nil, clusterSnapshots.missing(name)
	case "snapshot":
		if sn := p.instanceSnapshots[name]; sn != nil {
			return sn.tags, nil
		}
		return nil, instanceSnapshots.missing(name)
	case "cluster-pg", "pg":
		if g := p.group(map[string]groupKind{"cluster-pg": clusterKind, "pg": instanceKind}[parts[5]], name); g != nil {
			return g.tags, nil
		}
		return nil, wire.NotFoundf("DBParameterGroupNotFound", "Parameter group not found: %s", name)
	case "subgrp":
		if g := p.subnetGroups[name]; g != nil {
			return g.tags, nil
		}
	}
	return nil, wire.NotFoundf("DBInstanceNotFound", "Resource %s not found.", arn)
}

type tagInput struct {
	ResourceName string
	Tags         []wire.Tag `query:"Tag"`
	TagKeys      []string
	Filters      []filter `query:"Filter"`
}

func (s *Service) tagging(r *wire.Request) (map[string]string, tagInput, error) {
	var in tagInput
	if err := r.Decode(&in); err != nil {
		return nil, in, err
	}
	tags, missing := s.tagsOf(s.here(r), in.ResourceName)
	if err := s.may(r, in.ResourceName, tags, wire.FromTags(in.Tags)); err != nil {
		return nil, in, err
	}
	return tags, in, missing
}

func (s *Service) addTags(r *wire.Request) (any, error) {
	tags, in, err := s.tagging(r)
	if err != nil {
		return nil, err
	}
	for _, t := range in.Tags {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, wire.Errorf("InvalidParameterValue", "Tag keys cannot start with aws:")
		}
		tags[t.Key] = t.Value
	}
	return nil, nil
}

func (s *Service) removeTags(r *wire.Request) (any, error) {
	tags, in, err := s.tagging(r)
	if err == nil {
		maps.DeleteFunc(tags, func(k, _ string) bool { return slices.Contains(in.TagKeys, k) })
	}
	return nil, err
}

func (s *Service) listTags(r *wire.Request) (any, error) {
	tags, _, err := s.tagging(r)
	return struct {
		TagList []wire.Tag `xml:"TagList>Tag"`
	}{wire.ToTags(tags)}, err
}
