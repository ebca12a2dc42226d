package rds

import (
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// foreignKeyRights are what the caller needs on the key of another account's cluster, beside those of every restore.
var foreignKeyRights = []string{
	"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
}

// cloneCluster is RestoreDBClusterToPointInTime: a cluster without instances that has the source's data.
func (s *Service) cloneCluster(r *wire.Request) (any, error) {
	var in struct {
		clusterSettings
		SourceDBClusterIdentifier string
		RestoreType               string
		UseLatestRestorableTime   bool
		RestoreToTime             time.Time
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	cow := in.RestoreType == "copy-on-write"
	switch {
	case in.RestoreType != "" && !cow && in.RestoreType != "full-copy":
		return nil, wire.Errorf("InvalidParameterValue", "RestoreType must be full-copy or copy-on-write")
	case cow && !in.RestoreToTime.IsZero():
		return nil, wire.Errorf("InvalidParameterCombination",
			"RestoreToTime cannot be specified with the copy-on-write restore type.")
	case in.UseLatestRestorableTime != in.RestoreToTime.IsZero():
		return nil, wire.Errorf("InvalidParameterCombination",
			"Exactly one of RestoreToTime and UseLatestRestorableTime must be specified.")
	}
	p := s.here(r)
	source, err := s.visible(p, in.SourceDBClusterIdentifier, true)
	if err != nil {
		return nil, err // also for one that is not shared: RDS does not tell them apart
	}
	if err := s.sourceAccess(r, source.DBClusterArn, source.tags); err != nil {
		return nil, err
	}
	if err := s.cloneable(p, source, cow); err != nil {
		return nil, err
	}
	c, err := s.newCluster(r, in.clusterSettings, source.Engine, source.EngineVersion)
	if err != nil {
		return nil, err
	}
	c.MasterUsername, c.DatabaseName = source.MasterUsername, source.DatabaseName
	if in.BackupRetentionPeriod == 0 {
		c.BackupRetentionPeriod = source.BackupRetentionPeriod
	}
	if err := s.encryptLike(r, c, source, in.KmsKeyId); err != nil {
		return nil, err
	}
	if c.CrossAccountClone = source.place.account != p.account; cow {
		c.CloneGroupId = source.CloneGroupId
	}
	var hook func() error
	if on := s.hooks.OnClone; on != nil {
		from, made := source.shape(), c.shape()
		hook = func() error { return on(from, made) }
	}
	return s.start(c, hook), nil
}

func (s *Service) cloneable(p *place, source *cluster, cow bool) error {
	if err := source.ready(); err != nil {
		return err
	}
	if len(source.members()) == 0 {
		return wire.Errorf("InvalidDBClusterStateFault", "Source cluster %s has no DB instances.",
			source.DBClusterIdentifier)
	}
	if source.place.account == p.account {
		return nil
	}
	if !cow {
		return wire.Errorf("InvalidParameterCombination",
			"A cluster of another account can be restored with the copy-on-write restore type only.")
	}
	for _, c := range p.clusters {
		if c.CrossAccountClone && c.CloneGroupId == source.CloneGroupId {
			return wire.Errorf("InvalidDBClusterStateFault", "There is a clone of cluster %s in this account already.",
				source.DBClusterArn)
		}
	}
	return nil
}

// encryptLike encrypts a copy of a source: as the source is, or with another key. What is not encrypted with a key
// cannot be given one here.
func (s *Service) encryptLike(r *wire.Request, c *cluster, source *cluster, key string) error {
	foreign := source.place.account != r.Caller.Account
	switch {
	case !source.StorageEncrypted && key != "":
		return wire.Errorf("InvalidParameterCombination",
			"KmsKeyId cannot be specified: the source cluster isn't encrypted.")
	case !source.StorageEncrypted:
		c.StorageEncryptionType = source.StorageEncryptionType
		return nil
	case foreign && (key == "" || key == source.KmsKeyId):
		return s.encrypt(r, c, source.KmsKeyId, foreignKeyRights...)
	case foreign: // what is read is under the source's key, whatever is written
		if _, _, err := s.takeKey(r, source.KmsKeyId, foreignKeyRights...); err != nil {
			return err
		}
	case key == "":
		key = source.KmsKeyId
	}
	return s.encrypt(r, c, key)
}
