// Package rds is the lab's RDS: clusters and instances that take their time, snapshots, parameter groups, roles. What
// happens to data is up to hooks, which the lab fills with servers of its own; without them only the API moves.
package rds

import (
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/kms"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Times are how long things take.
type Times struct {
	Cluster    wire.Settle // creating, cloning, restoring
	Instance   wire.Settle // creating, modifying, rebooting
	Snapshot   wire.Settle // creating, copying
	Deletion   wire.Settle
	Role       wire.Settle // an associated role from PENDING on
	Parameters wire.Settle // a parameter group from applying on
	Group      wire.Settle // a new parameter group, until what begins with it has its parameters
}

// Hooks make the API's objects real. Each may be nil. They run while no lock is held, and what they are about is
// unfinished until they return; an error turns its status to failed. An instance that stands alone is a cluster of one
// instance to them.
type Hooks struct {
	// OnCreate is called for a new, empty cluster with its master user's password.
	OnCreate func(made Cluster, password string) error
	// OnClone is called for a cluster that is a copy of another at this time.
	OnClone func(source, made Cluster) error
	// OnSnapshot is called for a new snapshot, which is known by its data from then on.
	OnSnapshot func(source Cluster, data string) error
	// OnRestore is called for a cluster that is made of a snapshot's data.
	OnRestore func(data string, made Cluster) error
	// OnInstance is called when a cluster gets an instance, and says where the instance answers.
	OnInstance func(Cluster, Instance, map[string]string) (Endpoint, error)
	// OnParameters is called when an instance's parameters change: all that groups set, the changed ones among them.
	OnParameters func(Cluster, Instance, map[string]string) error
	// OnReboot is called when an instance reboots, with the parameters it has afterwards.
	OnReboot func(Cluster, Instance, map[string]string) error
	// OnDeleteInstance and OnDelete are called when an instance, a cluster is deleted.
	OnDeleteInstance func(Cluster, Instance) error
	OnDelete         func(Cluster) error
}

// Service holds what there is in every account and region. Its methods want the cloud's lock held.
type Service struct {
	clock  wire.Clock
	times  Times
	hooks  Hooks
	iam    *iam.Service
	kms    *kms.Service
	places map[string]*place
	forced map[string]string
	// What hooks gave.
	failures []error
	// Shared says whether an account may use a cluster of another: RAM knows. It is set once, before the first request.
	Shared func(clusterARN, account string) bool
}

// place is one account in one region.
type place struct {
	account, region   string
	clusters          map[string]*cluster
	instances         map[string]*instance
	clusterSnapshots  map[string]*snapshot
	instanceSnapshots map[string]*snapshot
	clusterGroups     map[string]*group
	instanceGroups    map[string]*group
	subnetGroups      map[string]*subnetGroup
}

// New makes a service with nothing in it.
func New(clock wire.Clock, times Times, hooks Hooks, identities *iam.Service, keys *kms.Service) *Service {
	return &Service{
		clock:  clock,
		times:  times,
		hooks:  hooks,
		iam:    identities,
		kms:    keys,
		places: map[string]*place{},
		forced: map[string]string{},
	}
}

func (s *Service) place(account, region string) *place {
	p := s.places[account+" "+region]
	if p == nil {
		p = &place{
			account:           account,
			region:            region,
			clusters:          map[string]*cluster{},
			instances:         map[string]*instance{},
			clusterSnapshots:  map[string]*snapshot{},
			instanceSnapshots: map[string]*snapshot{},
			clusterGroups:     map[string]*group{},
			instanceGroups:    map[string]*group{},
			subnetGroups:      map[string]*subnetGroup{},
		}
		p.subnetGroups["default"] = p.newSubnetGroup("default", "default", "vpc-"+wire.RandomHex(4), nil)
		s.places[account+" "+region] = p
	}
	return p
}

// here is the place of a request. What came to its end since the last one is finished first.
func (s *Service) here(r *wire.Request) *place {
	for _, k := range wire.SortedKeys(s.places) {
		s.places[k].settle()
	}
	return s.place(r.Caller.Account, r.Region)
}

func (p *place) arn(kind, name string) string {
	return "arn:aws:rds:" + p.region + ":" + p.account + ":" + kind + ":" + name
}

// may checks a caller's right to an operation of RDS.
func (s *Service) may(r *wire.Request, resource string, have, given map[string]string) error {
	return s.iam.Authorize(r.Caller, iam.Access{
		Action:   "rds:" + r.Operation,
		Resource: resource,
		Context:  iam.TagContext(have, given),
	})
}

// mayMake checks a caller's right to make something, and to tag it where it is made with tags.
func (s *Service) mayMake(r *wire.Request, resource string, tags map[string]string) error {
	if err := s.may(r, resource, nil, tags); err != nil || len(tags) == 0 {
		return err
	}
	return s.iam.Authorize(r.Caller, iam.Access{
		Action:   "rds:AddTagsToResource",
		Resource: resource,
		Context:  iam.TagContext(nil, tags),
	})
}

// mayUse checks a caller's right to an operation on the groups that it names for what it makes or changes.
func (s *Service) mayUse(r *wire.Request, p *place, kind groupKind, group, subnets string) error {
	if g := p.group(kind, strings.ToLower(group)); g != nil {
		if err := s.may(r, g.arn, g.tags, nil); err != nil {
			return err
		}
	}
	if g := p.subnetGroups[strings.ToLower(subnets)]; g != nil {
		return s.may(r, g.DBSubnetGroupArn, g.tags, nil)
	}
	return nil
}

// Force shows a status instead of a cluster's or instance's own, "" its own again: for what a stand-in has no cause of.
func (s *Service) Force(arn, status string) {
	if s.forced[arn] = status; status == "" {
		delete(s.forced, arn)
	}
}

var identifier = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)

// named brings an identifier into the form that RDS keeps: lower case.
func named(parameter, text string) (string, error) {
	name := strings.ToLower(text)
	if !identifier.MatchString(name) || strings.HasSuffix(name, "-") || strings.Contains(name, "--") {
		return "", wire.Errorf("InvalidParameterValue",
			"The parameter %s is not a valid identifier. Identifiers must begin with a letter; must contain only "+
				"ASCII letters, digits, and hyphens; and must not end with a hyphen or "+
				"contain two consecutive hyphens.", parameter)
	}
	return name, nil
}

type filter struct {
	Name   string
	Values []string `query:"Value"`
}

// describing is what every list takes.
type describing struct {
	Filters    []filter `query:"Filter"`
	Marker     string
	MaxRecords int
}

type marked struct {
	Marker string `xml:",omitempty"`
}

func paged[T any](all []T, in describing) ([]T, marked, error) {
	if in.MaxRecords != 0 && (in.MaxRecords < 20 || in.MaxRecords > 100) {
		return nil, marked{}, wire.Errorf("InvalidParameterValue",
			"Invalid value %d for MaxRecords. Must be between 20 and 100", in.MaxRecords)
	}
	page, next, err := wire.Page(all, in.Marker, in.MaxRecords, 100)
	if err != nil {
		return nil, marked{}, wire.Errorf("InvalidParameterValue", "Invalid value for Marker: %s", in.Marker)
	}
	return page, marked{next}, nil
}

// admits says whether the filters let an object pass that has these values. A filter that the object does not have is
// refused.
func (in describing) admits(values map[string][]string) (bool, error) {
	for _, f := range in.Filters {
		have, known := values[f.Name]
		if !known {
			return false, wire.Errorf("InvalidParameterValue", "Unrecognized filter name: %s", f.Name)
		}
		found := false
		for _, want := range f.Values {
			for _, v := range have {
				found = found || v == want
			}
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }

// Operations gives the operations of RDS.
func (s *Service) Operations() wire.Operations {
	all := wire.Operations{
		"CreateDBCluster":                 s.createCluster,
		"DescribeDBClusters":              s.describeClusters,
		"ModifyDBCluster":                 onCluster(s, s.modifyCluster),
		"DeleteDBCluster":                 s.deleteCluster,
		"RebootDBCluster":                 onCluster(s, s.rebootCluster),
		"RestoreDBClusterToPointInTime":   s.cloneCluster,
		"RestoreDBClusterFromSnapshot":    s.restoreCluster,
		"CreateDBInstance":                s.createInstance,
		"DescribeDBInstances":             s.describeInstances,
		"ModifyDBInstance":                onInstance(s, s.modifyInstance),
		"DeleteDBInstance":                s.deleteInstance,
		"RebootDBInstance":                onInstance(s, s.rebootInstance),
		"RestoreDBInstanceFromDBSnapshot": s.restoreInstance,
		"RestoreDBInstanceToPointInTime":  s.cloneInstance,
		"AddTagsToResource":               s.addTags,
		"RemoveTagsFromResource":          s.removeTags,
		"ListTagsForResource":             s.listTags,
		"DescribeDBEngineVersions":        s.describeEngineVersions,
		"CreateDBSubnetGroup":             s.createSubnetGroup,
		"DescribeDBSubnetGroups":          s.describeSubnetGroups,
		"DeleteDBSubnetGroup":             s.deleteSubnetGroup,
	}
	maps.Copy(all, s.roleOperations())
	maps.Copy(all, s.snapshotOperations())
	maps.Copy(all, s.groupOperations())
	return all
}
