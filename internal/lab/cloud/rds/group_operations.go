package rds

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// words are what the API says for each kind of group: names of fields differ, the rest does not.
type words struct {
	kind                    groupKind
	resource, create, label string
}

var groupWords = []words{
	{clusterKind, "cluster-pg", "DBClusterParameterGroup", "DBClusterParameterGroup"},
	{instanceKind, "pg", "DBParameterGroup", "DBParameterGroup"},
}

// groupInput has the fields of both kinds; a request has those of one.
type groupInput struct {
	DBClusterParameterGroupName, DBParameterGroupName string
	DBParameterGroupFamily, Description               string
	Tags                                              []wire.Tag `query:"Tag"`
}

func (in groupInput) name() string {
	return strings.ToLower(in.DBClusterParameterGroupName + in.DBParameterGroupName)
}

// groupShape is a group on the wire, of either kind.
type groupShape struct {
	DBClusterParameterGroupArn  string `xml:",omitempty"`
	DBClusterParameterGroupName string `xml:",omitempty"`
	DBParameterGroupArn         string `xml:",omitempty"`
	DBParameterGroupName        string `xml:",omitempty"`
	DBParameterGroupFamily      string
	Description                 string
}

func (g *group) shape() groupShape {
	w := groupShape{DBParameterGroupFamily: g.family, Description: g.description}
	if g.kind == clusterKind {
		w.DBClusterParameterGroupArn, w.DBClusterParameterGroupName = g.arn, g.name
	} else {
		w.DBParameterGroupArn, w.DBParameterGroupName = g.arn, g.name
	}
	return w
}

func (s *Service) groupFor(r *wire.Request, w words, name string) (*place, *group, error) {
	p := s.here(r)
	g := p.group(w.kind, name)
	tags := map[string]string(nil)
	if g != nil {
		tags = g.tags
	}
	if err := s.may(r, p.arn(w.resource, name), tags, nil); err != nil {
		return nil, nil, err
	}
	if g == nil {
		return nil, nil, wire.NotFoundf("DBParameterGroupNotFound", "%s not found: %s", w.label, name)
	}
	return p, g, nil
}

func (s *Service) groupOperations() wire.Operations {
	all := wire.Operations{
		"DescribeEngineDefaultClusterParameters": s.engineDefaults(clusterKind),
		"DescribeEngineDefaultParameters":        s.engineDefaults(instanceKind),
	}
	for _, w := range groupWords {
		all["Create"+w.create] = s.createGroup(w)
		all["Describe"+w.create+"s"] = s.describeGroups(w)
		all["Delete"+w.create] = s.deleteGroup(w)
		all["Modify"+w.create] = s.modifyGroup(w)
		all["Reset"+w.create] = s.resetGroup(w)
		all["Describe"+strings.TrimSuffix(w.create, "Group")+"s"] = s.describeParameters(w)
	}
	return all
}

func (s *Service) createGroup(w words) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in groupInput
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p := s.here(r)
		name, err := named(w.create+"Name", in.name())
		if err != nil {
			return nil, err
		}
		if err := s.mayMake(r, p.arn(w.resource, name), wire.FromTags(in.Tags)); err != nil {
			return nil, err
		}
		switch {
		case p.group(w.kind, name) != nil:
			return nil, wire.Errorf("DBParameterGroupAlreadyExists", "Parameter group %s already exists", name)
		case p.group(w.kind, "default."+in.DBParameterGroupFamily) == nil:
			return nil, wire.Errorf("InvalidParameterValue",
				"ParameterGroupFamily %s is not a valid parameter group family", in.DBParameterGroupFamily)
		case in.Description == "":
			return nil, wire.Errorf("InvalidParameterValue",
				"The parameter Description must be provided and must not be blank.")
		}
		g := &group{
			kind:        w.kind,
			name:        name,
			family:      in.DBParameterGroupFamily,
			arn:         p.arn(w.resource, name),
			description: in.Description,
			tags:        wire.FromTags(in.Tags),
			values:      map[string]setting{},
			fresh:       s.times.Group.Begin(s.clock),
		}
		p.groups(w.kind)[name] = g
		if w.kind == clusterKind {
			return struct{ DBClusterParameterGroup groupShape }{g.shape()}, nil
		}
		return struct{ DBParameterGroup groupShape }{g.shape()}, nil
	}
}

func (s *Service) describeGroups(w words) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct {
			describing
			DBClusterParameterGroupName, DBParameterGroupName string
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p, name := s.here(r), strings.ToLower(in.DBClusterParameterGroupName+in.DBParameterGroupName)
		if name != "" {
			_, g, err := s.groupFor(r, w, name)
			if err != nil {
				return nil, err
			}
			return w.list([]groupShape{g.shape()}, marked{}), nil
		}
		if err := s.may(r, p.arn(w.resource, "*"), nil, nil); err != nil {
			return nil, err
		}
		groups := p.groups(w.kind)
		var all []groupShape
		for _, name := range wire.SortedKeys(groups) {
			all = append(all, groups[name].shape())
		}
		page, next, err := paged(all, in.describing)
		return w.list(page, next), err
	}
}

func (w words) list(page []groupShape, next marked) any {
	if w.kind == clusterKind {
		return struct {
			DBClusterParameterGroups []groupShape `xml:"DBClusterParameterGroups>DBClusterParameterGroup"`
			marked
		}{page, next}
	}
	return struct {
		DBParameterGroups []groupShape `xml:"DBParameterGroups>DBParameterGroup"`
		marked
	}{page, next}
}

func (s *Service) deleteGroup(w words) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in groupInput
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p, g, err := s.groupFor(r, w, in.name())
		if err != nil {
			return nil, err
		}
		used := len(p.users(g)) > 0
		for _, c := range p.clusters {
			used = used || w.kind == clusterKind && c.DBClusterParameterGroup == g.name
		}
		switch {
		case g.standard():
			return nil, wire.Errorf("InvalidDBParameterGroupState", "Default %s cannot be deleted: %s", w.label, g.name)
		case used:
			return nil, wire.Errorf("InvalidDBParameterGroupState",
				"One or more database instances are still members of this parameter group %s, so "+
					"the group cannot be deleted", g.name)
		}
		delete(p.groups(w.kind), g.name)
		return nil, nil
	}
}
