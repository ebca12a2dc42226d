package rds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// snapshot is one of a cluster or of an instance.
type snapshot struct {
	snapshotKind
	place                     *place
	name, arn, source         string
	engine, version, user     string
	database                  string
	at                        time.Time
	status                    string
	key, encryption           string
	storage, port             int
	iam                       bool
	tags                      map[string]string
	restore                   []string // accounts that may, or "all"
	copied                    string   // the ARN of what it is a copy of
	data                      string   // what hooks know its data by
	work                      *work
	sourceResource, sourceARN string
}

// snapshotKind is what differs between the two.
type snapshotKind struct {
	cluster                                                bool
	resource, notFound, exists, invalid, missingSourceText string
}

var (
	clusterSnapshots = snapshotKind{
		true, "cluster-snapshot", "DBClusterSnapshotNotFoundFault", "DBClusterSnapshotAlreadyExistsFault",
		"InvalidDBClusterSnapshotStateFault", "DBClusterSnapshot",
	}
	instanceSnapshots = snapshotKind{
		false, "snapshot", "DBSnapshotNotFound", "DBSnapshotAlreadyExists", "InvalidDBSnapshotState", "DBSnapshot",
	}
)

func (k snapshotKind) missing(id string) error {
	return wire.NotFoundf(k.notFound, "%s not found: %s", k.missingSourceText, id)
}

func (p *place) snapshots(k snapshotKind) map[string]*snapshot {
	if k.cluster {
		return p.clusterSnapshots
	}
	return p.instanceSnapshots
}

// snapshot finds one by identifier or ARN: one of the place, or one of its region that is shared with its account.
func (s *Service) snapshot(p *place, k snapshotKind, id string) (*snapshot, error) {
	name := strings.ToLower(id)
	if sn := p.snapshots(k)[strings.TrimPrefix(name, p.arn(k.resource, ""))]; sn != nil {
		return sn, nil
	}
	for _, other := range wire.SortedKeys(s.places) {
		o := s.places[other]
		sn := o.snapshots(k)[strings.TrimPrefix(name, o.arn(k.resource, ""))]
		if sn != nil && sn.arn == name && o.region == p.region && sn.sharedWith(p.account) {
			return sn, nil
		}
	}
	return nil, k.missing(id)
}

func (sn *snapshot) sharedWith(account string) bool {
	return slices.Contains(sn.restore, account) || slices.Contains(sn.restore, "all")
}

// newSnapshot puts a snapshot in its place.
func (s *Service) newSnapshot(p *place, k snapshotKind, id string, tags []wire.Tag) (*snapshot, error) {
	name, err := named("SnapshotIdentifier", id)
	if err != nil {
		return nil, err
	}
	if p.snapshots(k)[name] != nil {
		return nil, wire.Errorf(k.exists,
			"Cannot create the snapshot because a snapshot with the identifier %s already exists.", name)
	}
	sn := &snapshot{
		snapshotKind: k,
		place:        p,
		name:         name,
		arn:          p.arn(k.resource, name),
		at:           s.now(),
		status:       creating,
		tags:         wire.FromTags(tags),
	}
	sn.data = sn.arn
	p.snapshots(k)[name] = sn
	return sn, nil
}

func (s *Service) finish(sn *snapshot, hook func() error) {
	sn.work = s.begin(s.times.Snapshot, hook, func(err error) {
		if sn.status = available; err != nil {
			sn.status = failed
		}
	})
}

func (s *Service) snapshotCluster(c *cluster, id string, tags []wire.Tag) (*snapshot, error) {
	sn, err := s.newSnapshot(c.place, clusterSnapshots, id, tags)
	if err != nil {
		return nil, err
	}
	sn.source, sn.sourceResource, sn.sourceARN, sn.engine, sn.version, sn.user, sn.database = c.DBClusterIdentifier,
		c.DbClusterResourceId, c.DBClusterArn, c.Engine, c.EngineVersion, c.MasterUsername, c.DatabaseName
	sn.key, sn.encryption, sn.iam, sn.port = c.KmsKeyId, c.StorageEncryptionType, c.IAMDatabaseAuthenticationEnabled,
		c.Port
	s.take(sn, c.CopyTagsToSnapshot, c.tags, c.shape())
	return sn, nil
}

func (s *Service) snapshotInstance(i *instance, id string, tags []wire.Tag) (*snapshot, error) {
	sn, err := s.newSnapshot(i.place, instanceSnapshots, id, tags)
	if err != nil {
		return nil, err
	}
	sn.source, sn.sourceResource, sn.sourceARN, sn.engine, sn.version, sn.user, sn.database = i.DBInstanceIdentifier,
		i.DbiResourceId, i.DBInstanceArn, i.Engine, i.EngineVersion, i.MasterUsername, i.DBName
	sn.key, sn.encryption, sn.iam, sn.port, sn.storage = i.KmsKeyId, i.StorageEncryptionType,
		i.IAMDatabaseAuthenticationEnabled, 5432, i.AllocatedStorage
	s.take(sn, i.CopyTagsToSnapshot, i.tags, i.host())
	return sn, nil
}

// take gives a snapshot the tags of its source, where it takes them along, and its data.
func (s *Service) take(sn *snapshot, withTags bool, tags map[string]string, from Cluster) {
	if withTags {
		for k, v := range tags {
			sn.tags[k] = cmp.Or(sn.tags[k], v)
		}
	}
	var hook func() error
	if on := s.hooks.OnSnapshot; on != nil {
		data := sn.data
		hook = func() error { return on(from, data) }
	}
	s.finish(sn, hook)
}

// snapshotFor finds a snapshot of the caller's own for an operation on it.
func (s *Service) snapshotFor(r *wire.Request, k snapshotKind, id string) (*snapshot, error) {
	p := s.here(r)
	sn := p.snapshots(k)[strings.TrimPrefix(strings.ToLower(id), p.arn(k.resource, ""))]
	tags := map[string]string(nil)
	if sn != nil {
		tags = sn.tags
	}
	if err := s.may(r, p.arn(k.resource, id), tags, nil); err != nil {
		return nil, err
	}
	if sn == nil {
		return nil, k.missing(id)
	}
	return sn, nil
}

func (sn *snapshot) ready() error {
	if sn.status != available {
		return wire.Errorf(sn.invalid, "Snapshot %s is not in the available state: it is %s.", sn.name, sn.status)
	}
	return nil
}

func (s *Service) snapshotOperations() wire.Operations {
	return wire.Operations{
		"CreateDBClusterSnapshot":             onCluster(s, s.createClusterSnapshot),
		"CreateDBSnapshot":                    onInstance(s, s.createInstanceSnapshot),
		"DescribeDBClusterSnapshots":          s.describeSnapshots(clusterSnapshots),
		"DescribeDBSnapshots":                 s.describeSnapshots(instanceSnapshots),
		"DeleteDBClusterSnapshot":             s.onSnapshot(clusterSnapshots, s.deleteSnapshot),
		"DeleteDBSnapshot":                    s.onSnapshot(instanceSnapshots, s.deleteSnapshot),
		"CopyDBClusterSnapshot":               s.copySnapshot(clusterSnapshots),
		"CopyDBSnapshot":                      s.copySnapshot(instanceSnapshots),
		"ModifyDBClusterSnapshotAttribute":    s.modifyAttribute(clusterSnapshots),
		"ModifyDBSnapshotAttribute":           s.modifyAttribute(instanceSnapshots),
		"DescribeDBClusterSnapshotAttributes": s.onSnapshot(clusterSnapshots, (*snapshot).attributes),
		"DescribeDBSnapshotAttributes":        s.onSnapshot(instanceSnapshots, (*snapshot).attributes),
	}
}

type clusterSnapshotInput struct {
	ofCluster
	DBClusterSnapshotIdentifier string
	Tags                        []wire.Tag `query:"Tag"`
}

// createClusterSnapshot needs no right to the cluster's key: restoring and copying do.
func (s *Service) createClusterSnapshot(r *wire.Request, c *cluster, in clusterSnapshotInput) (any, error) {
	if err := s.mayMake(r, c.place.arn(clusterSnapshots.resource, in.DBClusterSnapshotIdentifier),
		wire.FromTags(in.Tags)); err != nil {
		return nil, err
	}
	sn, err := s.snapshotCluster(c, in.DBClusterSnapshotIdentifier, in.Tags)
	if err != nil {
		return nil, err
	}
	return sn.answer()
}

type instanceSnapshotInput struct {
	ofInstance
	DBSnapshotIdentifier string
	Tags                 []wire.Tag `query:"Tag"`
}

func (s *Service) createInstanceSnapshot(r *wire.Request, i *instance, in instanceSnapshotInput) (any, error) {
	if err := s.mayMake(r, i.place.arn(instanceSnapshots.resource, in.DBSnapshotIdentifier),
		wire.FromTags(in.Tags)); err != nil {
		return nil, err
	}
	if i.cluster != nil {
		return nil, wire.Errorf("InvalidParameterValue",
			"The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use "+
				"the CreateDBClusterSnapshot API instead.")
	}
	sn, err := s.snapshotInstance(i, in.DBSnapshotIdentifier, in.Tags)
	if err != nil {
		return nil, err
	}
	return sn.answer()
}

// onSnapshot makes an operation of what is done with one snapshot of the caller's own.
func (s *Service) onSnapshot(k snapshotKind, do func(*snapshot) (any, error)) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct{ DBClusterSnapshotIdentifier, DBSnapshotIdentifier string }
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		sn, err := s.snapshotFor(r, k, in.DBClusterSnapshotIdentifier+in.DBSnapshotIdentifier)
		if err != nil {
			return nil, err
		}
		return do(sn)
	}
}

// deleteSnapshot deletes one that is there, or cancels a copy.
func (s *Service) deleteSnapshot(sn *snapshot) (any, error) {
	if err := sn.ready(); err != nil && sn.status != copying {
		return nil, err
	}
	delete(sn.place.snapshots(sn.snapshotKind), sn.name)
	return sn.answer()
}
