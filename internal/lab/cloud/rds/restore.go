package rds

import (
	"cmp"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// restorable finds a snapshot that may be restored: one's own, or a shared one that no key protects. Of a shared one
// with a key a copy comes first.
func (s *Service) restorable(r *wire.Request, k snapshotKind, id string) (*snapshot, error) {
	sn, err := s.snapshot(s.here(r), k, id)
	if err != nil {
		return nil, err
	}
	if err := s.sourceAccess(r, sn.arn, sn.tags); err != nil {
		return nil, err
	}
	if sn.key != "" && sn.place.account != r.Caller.Account {
		return nil, wire.Errorf("InvalidRestoreFault",
			"An encrypted snapshot that another account shares must be copied before it can be restored.")
	}
	return sn, sn.ready()
}

// restoreCluster is RestoreDBClusterFromSnapshot: a cluster without instances. A key here encrypts what was in the
// clear.
func (s *Service) restoreCluster(r *wire.Request) (any, error) {
	var in struct {
		clusterSettings
		SnapshotIdentifier, Engine, EngineVersion, EngineMode, DatabaseName string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	sn, err := s.restorable(r, clusterSnapshots, in.SnapshotIdentifier)
	if err != nil {
		return nil, err
	}
	if in.Engine != sn.engine {
		return nil, wire.Errorf("InvalidParameterCombination", "The engine %s is not that of the snapshot, %s.",
			in.Engine, sn.engine)
	}
	c, err := s.newCluster(r, in.clusterSettings, sn.engine, cmp.Or(in.EngineVersion, sn.version))
	if err != nil {
		return nil, err
	}
	c.MasterUsername, c.DatabaseName, c.StorageEncryptionType = sn.user, cmp.Or(in.DatabaseName, sn.database),
		sn.encryption
	if key := cmp.Or(in.KmsKeyId, sn.key); key != "" {
		if err := s.encrypt(r, c, key); err != nil {
			return nil, err
		}
	}
	var hook func() error
	if on := s.hooks.OnRestore; on != nil {
		made := c.shape()
		hook = func() error { return on(sn.data, made) }
	}
	return s.start(c, hook), nil
}

// restoreInstance is RestoreDBInstanceFromDBSnapshot, which knows no key: the copy is encrypted as its snapshot is.
func (s *Service) restoreInstance(r *wire.Request) (any, error) {
	var in struct {
		instanceSettings
		DBSnapshotIdentifier, Engine, DBName string
		Iops, AllocatedStorage               int
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	sn, err := s.restorable(r, instanceSnapshots, in.DBSnapshotIdentifier)
	if err != nil {
		return nil, err
	}
	i, err := s.newInstance(r, in.instanceSettings, sn.engine, sn.version)
	if err != nil {
		return nil, err
	}
	i.AllocatedStorage, i.MasterUsername, i.DBName, i.StorageEncryptionType = max(sn.storage, in.AllocatedStorage),
		sn.user, sn.database, sn.encryption
	if sn.key != "" {
		if err := s.encryptInstance(r, i, sn.key); err != nil {
			return nil, err
		}
	}
	var fill func(Cluster) error
	if on := s.hooks.OnRestore; on != nil {
		fill = func(made Cluster) error { return on(sn.data, made) }
	}
	return s.launch(i, fill), nil
}

// cloneInstance is RestoreDBInstanceToPointInTime: RDS has no copies on write.
func (s *Service) cloneInstance(r *wire.Request) (any, error) {
	var in struct {
		instanceSettings
		SourceDBInstanceIdentifier, TargetDBInstanceIdentifier, RestoreTime string
		UseLatestRestorableTime                                             bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.UseLatestRestorableTime == (in.RestoreTime != "") {
		return nil, wire.Errorf("InvalidParameterCombination",
			"Exactly one of RestoreTime and UseLatestRestorableTime must be specified.")
	}
	source, err := s.here(r).instance(in.SourceDBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	if err := s.sourceAccess(r, source.DBInstanceArn, source.tags); err != nil {
		return nil, err
	}
	switch {
	case source.cluster != nil:
		return nil, wire.Errorf("InvalidParameterCombination",
			"The source is an instance of a DB cluster: restore the DB cluster.")
	case source.BackupRetentionPeriod == 0:
		return nil, wire.Errorf("PointInTimeRestoreNotEnabled", "Automated backups are not enabled for %s.",
			source.DBInstanceIdentifier)
	}
	if err := source.ready(); err != nil {
		return nil, err
	}
	in.DBInstanceIdentifier, in.DBInstanceClass = in.TargetDBInstanceIdentifier,
		cmp.Or(in.DBInstanceClass, source.DBInstanceClass)
	i, err := s.newInstance(r, in.instanceSettings, source.Engine, source.EngineVersion)
	if err != nil {
		return nil, err
	}
	i.AllocatedStorage, i.MasterUsername, i.DBName, i.StorageEncryptionType = source.AllocatedStorage,
		source.MasterUsername, source.DBName, source.StorageEncryptionType
	if source.KmsKeyId != "" {
		if err := s.encryptInstance(r, i, source.KmsKeyId); err != nil {
			return nil, err
		}
	}
	var fill func(Cluster) error
	if on := s.hooks.OnClone; on != nil {
		from := source.host()
		fill = func(made Cluster) error { return on(from, made) }
	}
	return s.launch(i, fill), nil
}
