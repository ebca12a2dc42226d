package rds

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// maximumParameters is how many one request may change.
const maximumParameters = 20

// parameterInput is one of a request. Of what a description gives back, a change uses three fields.
type parameterInput struct {
	ParameterName, ParameterValue, ApplyMethod                                    string
	AllowedValues, ApplyType, DataType, Description, MinimumEngineVersion, Source string
	IsModifiable                                                                  bool
}

type changeInput struct {
	DBClusterParameterGroupName, DBParameterGroupName string
	ResetAllParameters                                bool
	Parameters                                        []parameterInput `query:"Parameter"`
}

func (in changeInput) name() string {
	return strings.ToLower(in.DBClusterParameterGroupName + in.DBParameterGroupName)
}

// changing finds the group of a change and checks what both kinds of change have in common.
func (s *Service) changing(r *wire.Request, w words) (*place, *group, changeInput, error) {
	var in changeInput
	if err := r.Decode(&in); err != nil {
		return nil, nil, in, err
	}
	p, g, err := s.groupFor(r, w, in.name())
	switch {
	case err != nil:
		return nil, nil, in, err
	case g.standard():
		return nil, nil, in, wire.Errorf("InvalidDBParameterGroupState",
			"The parameter group %s is a default one and cannot be modified", g.name)
	case len(in.Parameters) > maximumParameters:
		return nil, nil, in, wire.Errorf("InvalidParameterValue",
			"A maximum of %d parameters can be modified in a single request", maximumParameters)
	}
	for _, one := range in.Parameters {
		known, ok := table[one.ParameterName]
		switch {
		case !ok || !known.belongs(g.kind, g.family):
			return nil, nil, in, wire.Errorf("InvalidParameterValue", "Could not find parameter with name: %s",
				one.ParameterName)
		case !known.modifiable:
			return nil, nil, in, wire.Errorf("InvalidParameterValue", "The parameter %s cannot be modified",
				one.ParameterName)
		case one.ApplyMethod != "immediate" && one.ApplyMethod != "pending-reboot":
			return nil, nil, in, wire.Errorf("InvalidParameterValue",
				"The ApplyMethod of %s must be immediate or pending-reboot", one.ParameterName)
		case one.ApplyMethod == "immediate" && known.apply == "static":
			return nil, nil, in, wire.Errorf("InvalidParameterCombination",
				"cannot use immediate apply method for static parameter")
		}
	}
	return p, g, in, nil
}

// named answers with a group's name, in the field of its kind.
func (w words) named(g *group) any {
	if w.kind == clusterKind {
		return struct{ DBClusterParameterGroupName string }{g.name}
	}
	return struct{ DBParameterGroupName string }{g.name}
}

func (s *Service) modifyGroup(w words) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		p, g, in, err := s.changing(r, w)
		if err != nil {
			return nil, err
		}
		methods := map[string]string{}
		for _, one := range in.Parameters {
			if known := table[one.ParameterName]; !known.accepts(one.ParameterValue) {
				return nil, wire.Errorf("InvalidParameterValue",
					"Invalid parameter value: %s for: %s allowed values are: %s", one.ParameterValue, one.ParameterName,
					known.allowed)
			}
			methods[one.ParameterName] = one.ApplyMethod
		}
		for _, one := range in.Parameters {
			g.values[one.ParameterName] = setting{one.ParameterValue, one.ApplyMethod}
		}
		s.change(p, g, methods)
		return w.named(g), nil
	}
}

func (s *Service) resetGroup(w words) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		p, g, in, err := s.changing(r, w)
		if err != nil {
			return nil, err
		}
		if in.ResetAllParameters == (len(in.Parameters) > 0) {
			return nil, wire.Errorf("InvalidParameterCombination",
				"Either ResetAllParameters or Parameters must be specified, not both")
		}
		methods := map[string]string{}
		for _, one := range in.Parameters {
			methods[one.ParameterName] = one.ApplyMethod
		}
		if in.ResetAllParameters {
			for name := range g.values {
				if methods[name] = "immediate"; table[name].apply == "static" {
					methods[name] = "pending-reboot"
				}
			}
		}
		for name := range methods {
			delete(g.values, name)
		}
		s.change(p, g, methods)
		return w.named(g), nil
	}
}

// parameterShape is a parameter on the wire.
type parameterShape struct {
	ParameterName  string
	ParameterValue string `xml:",omitempty"`
	Description    string
	Source         string
	ApplyType      string
	DataType       string
	AllowedValues  string `xml:",omitempty"`
	IsModifiable   bool
	ApplyMethod    string
}

// shapes gives all parameters that groups of a kind and family have, as a group sets them.
func shapes(kind groupKind, family string, values map[string]setting) []parameterShape {
	var all []parameterShape
	for _, name := range wire.SortedKeys(table) {
		p := table[name]
		if !p.belongs(kind, family) {
			continue
		}
		w := parameterShape{
			ParameterName:  name,
			ParameterValue: p.standard,
			Description:    "Sets " + name + ".",
			Source:         "engine-default",
			ApplyType:      p.apply,
			DataType:       p.kind,
			AllowedValues:  p.allowed,
			IsModifiable:   p.modifiable,
			ApplyMethod:    "pending-reboot",
		}
		if p.standard != "" {
			w.Source = "system"
		}
		if v, ok := values[name]; ok {
			w.ParameterValue, w.Source, w.ApplyMethod = v.value, "user", v.method
		}
		all = append(all, w)
	}
	return all
}

func (s *Service) describeParameters(w words) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct {
			describing
			DBClusterParameterGroupName, DBParameterGroupName, Source string
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		_, g, err := s.groupFor(r, w, strings.ToLower(in.DBClusterParameterGroupName+in.DBParameterGroupName))
		if err != nil {
			return nil, err
		}
		var all []parameterShape
		for _, one := range shapes(g.kind, g.family, g.values) {
			admitted, err := in.admits(map[string][]string{
				"parameter-name":       {one.ParameterName},
				"parameter-apply-type": {one.ApplyType},
			})
			if err != nil {
				return nil, err
			}
			if admitted && (in.Source == "" || in.Source == one.Source) {
				all = append(all, one)
			}
		}
		page, next, err := paged(all, in.describing)
		return struct {
			Parameters []parameterShape `xml:"Parameters>Parameter"`
			marked
		}{page, next}, err
	}
}

// engineDefaults describes a family's parameters as no group changed them.
func (s *Service) engineDefaults(kind groupKind) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct {
			describing
			DBParameterGroupFamily string
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p := s.here(r)
		if err := s.may(r, "*", nil, nil); err != nil {
			return nil, err
		}
		if p.group(kind, "default."+in.DBParameterGroupFamily) == nil {
			return nil, wire.Errorf("InvalidParameterValue",
				"ParameterGroupFamily %s is not a valid parameter group family", in.DBParameterGroupFamily)
		}
		page, next, err := paged(shapes(kind, in.DBParameterGroupFamily, nil), in.describing)
		type defaults struct {
			DBParameterGroupFamily string
			marked
			Parameters []parameterShape `xml:"Parameters>Parameter"`
		}
		return struct{ EngineDefaults defaults }{defaults{in.DBParameterGroupFamily, next, page}}, err
	}
}
