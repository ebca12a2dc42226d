package rds

import (
	"cmp"
	"maps"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// instance is an instance, of a cluster or alone.
type instance struct {
	Instance
	service *Service
	place   *place
	cluster *cluster // nil of one that stands alone
	tags    map[string]string
	roles   []*association
	grant   string
	order   int // of a cluster's instances: the first is the writer
	work    *work
	// How far it is with the parameter groups of its cluster and its own, and what they set as it runs.
	clusterGroup, ownGroup groupState
	running                map[string]string
	told                   chan struct{} // closed when the server knows the last of them
}

func (i *instance) over(look bool) {
	i.work.over(look)
	i.ownGroup.work.over(look)
	for _, a := range i.roles {
		a.work.over(look)
	}
}

func (i *instance) shape() Instance {
	w := i.Instance
	w.TagList, w.AssociatedRoles = wire.ToTags(i.tags), nil
	for _, a := range i.roles {
		w.AssociatedRoles = append(w.AssociatedRoles, a.shape(i.service, i.DBInstanceArn))
	}
	w.DBParameterGroups = []GroupStatus{{i.DBParameterGroups[0].DBParameterGroupName, i.ownGroup.now()}}
	if w.DBInstanceStatus == available && w.KmsKeyId != "" && !i.service.kms.Enabled(w.KmsKeyId) {
		w.DBInstanceStatus = noKey
	}
	if status := i.service.forced[i.DBInstanceArn]; status != "" {
		w.DBInstanceStatus = status
	}
	if i.DBInstanceStatus != creating {
		now := i.service.now()
		w.LatestRestorableTime = &now
	} else {
		w.Endpoint = nil // an instance that comes about answers nowhere
	}
	return w
}

// transition shows a status while a hook runs, and then whether all went well.
func (i *instance) transition(status string, settle wire.Settle, hook func() error, done func()) {
	i.DBInstanceStatus = status
	i.work = i.service.begin(settle, hook, func(err error) {
		i.DBInstanceStatus = available
		if err != nil {
			i.DBInstanceStatus = failed
		} else if done != nil {
			done()
		}
	})
}

func (p *place) instance(id string) (*instance, error) {
	name := strings.ToLower(id)
	if rest, ok := strings.CutPrefix(name, strings.ToLower(p.arn("db", ""))); ok {
		name = rest
	}
	if i := p.instances[name]; i != nil {
		return i, nil
	}
	return nil, noInstance(id)
}

func noInstance(id string) error {
	return wire.NotFoundf("DBInstanceNotFound", "DBInstance %s not found.", id)
}

func (s *Service) instanceFor(r *wire.Request, id string) (*instance, error) {
	p := s.here(r)
	i, missing := p.instance(id)
	arn, tags := p.arn("db", id), map[string]string(nil)
	if i != nil {
		arn, tags = i.DBInstanceArn, i.tags
	}
	if err := s.may(r, arn, tags, nil); err != nil {
		return nil, err
	}
	return i, missing
}

func (i *instance) ready() error {
	if status := i.shape().DBInstanceStatus; status != available {
		return wire.Errorf("InvalidDBInstanceState", "DB instance %s is not in the available state: it is %s.",
			i.DBInstanceIdentifier, status)
	}
	return nil
}

func (s *Service) describeInstances(r *wire.Request) (any, error) {
	var in struct {
		describing
		DBInstanceIdentifier string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	p := s.here(r)
	if err := s.may(r, p.arn("db", cmp.Or(in.DBInstanceIdentifier, "*")), nil, nil); err != nil {
		return nil, err
	}
	var all []Instance
	for _, name := range wire.SortedKeys(p.instances) {
		i := p.instances[name]
		if in.DBInstanceIdentifier != "" && !strings.EqualFold(name, in.DBInstanceIdentifier) &&
			in.DBInstanceIdentifier != i.DBInstanceArn {
			continue
		}
		values := map[string][]string{
			"db-instance-id":  {i.DBInstanceIdentifier, i.DBInstanceArn},
			"dbi-resource-id": {i.DbiResourceId},
			"engine":          {i.Engine},
			"db-cluster-id":   nil,
		}
		if i.cluster != nil {
			values["db-cluster-id"] = []string{i.cluster.DBClusterIdentifier, i.cluster.DBClusterArn}
		}
		admitted, err := in.admits(values)
		if err != nil {
			return nil, err
		}
		if i.over(true); admitted && p.instances[name] == i {
			all = append(all, i.shape())
		}
	}
	if in.DBInstanceIdentifier != "" && len(all) == 0 && len(in.Filters) == 0 {
		return nil, noInstance(in.DBInstanceIdentifier)
	}
	page, next, err := paged(all, in.describing)
	return struct {
		DBInstances []Instance `xml:"DBInstances>DBInstance"`
		marked
	}{page, next}, err
}

// host is the cluster of an instance, as hooks are told of it. One that stands alone is a cluster by itself, which has
// the instance's identifier, ARN and resource ID.
func (i *instance) host() Cluster {
	if i.cluster != nil {
		return i.cluster.shape()
	}
	me := i.shape()
	c := Cluster{
		DBClusterIdentifier:              me.DBInstanceIdentifier,
		DBClusterArn:                     me.DBInstanceArn,
		DbClusterResourceId:              me.DbiResourceId,
		DBClusterMembers:                 []Member{{inSync, me.DBInstanceIdentifier, true, me.PromotionTier}},
		Status:                           me.DBInstanceStatus,
		Engine:                           me.Engine,
		EngineVersion:                    me.EngineVersion,
		MasterUsername:                   me.MasterUsername,
		DatabaseName:                     me.DBName,
		KmsKeyId:                         me.KmsKeyId,
		AssociatedRoles:                  me.AssociatedRoles,
		IAMDatabaseAuthenticationEnabled: me.IAMDatabaseAuthenticationEnabled,
	}
	if at := me.Endpoint; at != nil {
		c.Endpoint, c.Port = at.Address, at.Port
	}
	return c
}

// hooked gives a hook's call about an instance, nil where there is none to make.
func (i *instance) hooked(on func(Cluster, Instance, map[string]string) error,
	parameters map[string]string) func() error {
	if on == nil {
		return nil
	}
	c, me, parameters := i.host(), i.shape(), maps.Clone(parameters)
	return func() error { return on(c, me, parameters) }
}

type rebooted struct {
	ofInstance
	ForceFailover bool
}

func (s *Service) rebootInstance(_ *wire.Request, i *instance, _ rebooted) (any, error) {
	s.reboot(i)
	return struct{ DBInstance Instance }{i.shape()}, nil
}

// reboot lets an instance read its parameter groups anew.
func (s *Service) reboot(i *instance) {
	i.clusterGroup.early, i.ownGroup.early = false, false
	next := i.effective()
	i.transition(rebooting, s.times.Instance, i.inOrder(i.hooked(s.hooks.OnReboot, next)), func() {
		i.running, i.clusterGroup, i.ownGroup = next, groupState{status: inSync}, groupState{status: inSync}
		if p := i.PendingModifiedValues; p != nil && p.DBInstanceClass != "" {
			i.DBInstanceClass, p.DBInstanceClass = p.DBInstanceClass, ""
		}
	})
}
