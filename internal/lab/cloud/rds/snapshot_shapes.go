package rds

import (
	"cmp"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type clusterSnapshotShape struct {
	DBClusterSnapshotIdentifier, DBClusterSnapshotArn string
	DBClusterIdentifier, DbClusterResourceId          string
	Engine, EngineMode, EngineVersion, MasterUsername string
	SnapshotType, Status                              string
	KmsKeyId                                          string `xml:",omitempty"`
	SourceDBClusterSnapshotArn                        string `xml:",omitempty"`
	SnapshotCreateTime                                time.Time
	StorageEncrypted                                  bool
	StorageEncryptionType                             string
	IAMDatabaseAuthenticationEnabled                  bool
	PercentProgress, Port                             int
	TagList                                           []wire.Tag `xml:"TagList>Tag"`
}

type instanceSnapshotShape struct {
	DBSnapshotIdentifier, DBSnapshotArn, DBInstanceIdentifier, DbiResourceId string
	Engine, EngineVersion, MasterUsername, SnapshotType, Status              string
	KmsKeyId                                                                 string `xml:",omitempty"`
	SourceDBSnapshotIdentifier                                               string `xml:",omitempty"`
	SnapshotCreateTime                                                       time.Time
	Encrypted                                                                bool
	StorageEncryptionType                                                    string
	IAMDatabaseAuthenticationEnabled                                         bool
	AllocatedStorage, PercentProgress, Port                                  int
	TagList                                                                  []wire.Tag `xml:"TagList>Tag"`
}

func (sn *snapshot) progress() int {
	if sn.status == available {
		return 100
	}
	return 0
}

func (sn *snapshot) clusterShape() clusterSnapshotShape {
	return clusterSnapshotShape{
		DBClusterSnapshotIdentifier:      sn.name,
		DBClusterSnapshotArn:             sn.arn,
		DBClusterIdentifier:              sn.source,
		DbClusterResourceId:              sn.sourceResource,
		Engine:                           sn.engine,
		EngineMode:                       "provisioned",
		EngineVersion:                    sn.version,
		MasterUsername:                   sn.user,
		SnapshotType:                     "manual",
		Status:                           sn.status,
		KmsKeyId:                         sn.key,
		SourceDBClusterSnapshotArn:       sn.copied,
		SnapshotCreateTime:               sn.at,
		StorageEncrypted:                 sn.key != "",
		StorageEncryptionType:            sn.encryption,
		IAMDatabaseAuthenticationEnabled: sn.iam,
		PercentProgress:                  sn.progress(),
		Port:                             sn.port,
		TagList:                          wire.ToTags(sn.tags),
	}
}

func (sn *snapshot) instanceShape() instanceSnapshotShape {
	return instanceSnapshotShape{
		DBSnapshotIdentifier:             sn.name,
		DBSnapshotArn:                    sn.arn,
		DBInstanceIdentifier:             sn.source,
		DbiResourceId:                    sn.sourceResource,
		Engine:                           sn.engine,
		EngineVersion:                    sn.version,
		MasterUsername:                   sn.user,
		SnapshotType:                     "manual",
		Status:                           sn.status,
		KmsKeyId:                         sn.key,
		SourceDBSnapshotIdentifier:       sn.copied,
		SnapshotCreateTime:               sn.at,
		Encrypted:                        sn.key != "",
		StorageEncryptionType:            sn.encryption,
		IAMDatabaseAuthenticationEnabled: sn.iam,
		AllocatedStorage:                 sn.storage,
		PercentProgress:                  sn.progress(),
		Port:                             sn.port,
		TagList:                          wire.ToTags(sn.tags),
	}
}

// answer gives the snapshot in the shape of its kind.
func (sn *snapshot) answer() (any, error) {
	if sn.cluster {
		return struct{ DBClusterSnapshot clusterSnapshotShape }{sn.clusterShape()}, nil
	}
	return struct{ DBSnapshot instanceSnapshotShape }{sn.instanceShape()}, nil
}

func (s *Service) describeSnapshots(k snapshotKind) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct {
			describing
			DBClusterIdentifier, DBClusterSnapshotIdentifier string
			DBInstanceIdentifier, DBSnapshotIdentifier       string
			SnapshotType                                     string
			IncludeShared, IncludePublic                     bool
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p, id := s.here(r), in.DBClusterSnapshotIdentifier+in.DBSnapshotIdentifier
		if err := s.may(r, p.arn(k.resource, cmp.Or(id, "*")), nil, nil); err != nil {
			return nil, err
		}
		var found []*snapshot
		if id != "" {
			sn, err := s.snapshot(p, k, id)
			if err != nil {
				return nil, err
			}
			found = []*snapshot{sn}
		} else {
			found = s.snapshots(p, k, in.SnapshotType, in.IncludeShared, in.IncludePublic)
		}
		found = slices.DeleteFunc(found, func(sn *snapshot) bool {
			return in.DBClusterIdentifier+in.DBInstanceIdentifier != "" &&
				sn.source != in.DBClusterIdentifier+in.DBInstanceIdentifier
		})
		for _, sn := range found {
			sn.work.over(true)
		}
		page, next, err := paged(found, in.describing)
		if err != nil {
			return nil, err
		}
		return list(k, page, next), nil
	}
}

// snapshots gives those of a place, and of other accounts where they are asked for.
func (s *Service) snapshots(p *place, k snapshotKind, kind string, shared, public bool) []*snapshot {
	var all []*snapshot
	for _, key := range wire.SortedKeys(s.places) {
		o := s.places[key]
		for _, name := range wire.SortedKeys(o.snapshots(k)) {
			sn := o.snapshots(k)[name]
			own := o == p && kind != "shared" && kind != "public" && kind != "automated"
			foreign := o.region == p.region && o.account != p.account &&
				((shared || kind == "shared") && slices.Contains(sn.restore, p.account) ||
					(public || kind == "public") && slices.Contains(sn.restore, "all"))
			if own || foreign {
				all = append(all, sn)
			}
		}
	}
	return all
}

func list(k snapshotKind, page []*snapshot, next marked) any {
	var clusters []clusterSnapshotShape
	var instances []instanceSnapshotShape
	for _, sn := range page {
		clusters, instances = append(clusters, sn.clusterShape()), append(instances, sn.instanceShape())
	}
	if k.cluster {
		return struct {
			DBClusterSnapshots []clusterSnapshotShape `xml:"DBClusterSnapshots>DBClusterSnapshot"`
			marked
		}{clusters, next}
	}
	return struct {
		DBSnapshots []instanceSnapshotShape `xml:"DBSnapshots>DBSnapshot"`
		marked
	}{instances, next}
}
