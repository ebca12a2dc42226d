package rds

import (
	"cmp"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// settings are what clusters and instances alike are given when they are made, in whatever way. What is omitted is
// never taken over from a source: it is the default.
type settings struct {
	DBSubnetGroupName               string
	VpcSecurityGroupIds             []string `query:"VpcSecurityGroupId"`
	EnableIAMDatabaseAuthentication bool
	EnableCloudwatchLogsExports     []string
	DeletionProtection              bool
	CopyTagsToSnapshot              bool
	Port                            int
	Tags                            []wire.Tag `query:"Tag"`
}

// surroundings are what something is made in.
type surroundings struct {
	group    *group // its parameter group
	subnets  *subnetGroup
	security []SecurityGroup
}

// surroundings finds what settings name, of a kind of parameter group the one for an engine.
func (p *place) surroundings(in settings, kind groupKind, group, engine, version string) (surroundings, error) {
	family, err := familyOf(engine, version)
	if err != nil {
		return surroundings{}, err
	}
	g, err := p.groupNamed(kind, cmp.Or(group, "default."+family))
	switch {
	case err != nil:
		return surroundings{}, err
	case g.family != family:
		return surroundings{}, wire.Errorf("InvalidParameterCombination",
			"The Parameter Group %s with DBParameterGroupFamily %s can't be used for this instance. Use a Parameter "+
				"Group with DBParameterGroupFamily %s.", g.name, g.family, family)
	}
	subnets := p.subnetGroups[strings.ToLower(cmp.Or(in.DBSubnetGroupName, "default"))]
	if subnets == nil {
		return surroundings{}, wire.NotFoundf("DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.",
			in.DBSubnetGroupName)
	}
	ids := in.VpcSecurityGroupIds
	for _, id := range ids {
		if !strings.HasPrefix(id, "sg-") {
			return surroundings{}, wire.Errorf("InvalidParameterValue",
				"Invalid security group , groupId= %s, groupName=.", id)
		}
	}
	if len(ids) == 0 {
		ids = []string{p.standardSecurityGroup()}
	}
	return surroundings{g, subnets, securityGroups(ids)}, nil
}

// groupNamed finds a parameter group of a kind that a request names.
func (p *place) groupNamed(kind groupKind, name string) (*group, error) {
	name = strings.ToLower(name)
	if g := p.group(kind, name); g != nil {
		return g, nil
	}
	word := map[groupKind]string{clusterKind: "DBClusterParameterGroup", instanceKind: "DBParameterGroup"}[kind]
	return nil, wire.NotFoundf(word+"NotFound", "%s not found: %s", word, name)
}

// standardSecurityGroup is the default one of the default network.
func (p *place) standardSecurityGroup() string {
	return "sg-" + strings.TrimPrefix(p.subnetGroups["default"].VpcId, "vpc-")
}

// ofCluster and ofInstance are inputs that name what they are about.
type (
	ofCluster  struct{ DBClusterIdentifier string }
	ofInstance struct{ DBInstanceIdentifier string }
)

func (o ofCluster) identifier() string  { return o.DBClusterIdentifier }
func (o ofInstance) identifier() string { return o.DBInstanceIdentifier }

type identified interface{ identifier() string }

// onCluster makes an operation of what is done with the cluster that its input names, which must be available.
func onCluster[I identified](s *Service,
	do func(*wire.Request, *cluster, I) (any, error)) func(*wire.Request) (any, error) {
	return on(s.clusterFor, (*cluster).ready, do)
}

// onInstance is onCluster for instances.
func onInstance[I identified](s *Service,
	do func(*wire.Request, *instance, I) (any, error)) func(*wire.Request) (any, error) {
	return on(s.instanceFor, (*instance).ready, do)
}

func on[T any, I identified](find func(*wire.Request, string) (T, error), ready func(T) error,
	do func(*wire.Request, T, I) (any, error)) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in I
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		x, err := find(r, in.identifier())
		if err != nil {
			return nil, err
		}
		if err := ready(x); err != nil {
			return nil, err
		}
		return do(r, x, in)
	}
}
