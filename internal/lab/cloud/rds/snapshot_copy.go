package rds

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

func (s *Service) copySnapshot(k snapshotKind) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct {
			SourceDBClusterSnapshotIdentifier, TargetDBClusterSnapshotIdentifier string
			SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier               string
			KmsKeyId                                                             string
			CopyTags                                                             bool
			Tags                                                                 []Tag `query:"Tag"`
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p, id := s.here(r), in.TargetDBClusterSnapshotIdentifier+in.TargetDBSnapshotIdentifier
		source, err := s.snapshot(p, k, in.SourceDBClusterSnapshotIdentifier+in.SourceDBSnapshotIdentifier)
		if err != nil {
			return nil, err
		}
		if err := s.sourceAccess(r, source.arn, source.tags); err != nil {
			return nil, err
		}
		if err := s.mayMake(r, p.arn(k.resource, id), fromTags(in.Tags)); err != nil {
			return nil, err
		}
		if err := source.ready(); err != nil {
			return nil, err
		}
		key, err := s.keyOfCopy(r, source, in.KmsKeyId)
		if err != nil {
			return nil, err
		}
		sn, err := s.newSnapshot(p, k, id, in.Tags)
		if err != nil {
			return nil, err
		}
		made, name, arn, tags := *source, sn.name, sn.arn, sn.tags
		*sn = made
		sn.place, sn.name, sn.arn, sn.tags, sn.at, sn.status, sn.copied, sn.restore = p, name, arn, tags, s.now(), creating, source.arn, nil
		if sn.key = key; key != "" {
			sn.encryption = "sse-kms"
		}
		if in.CopyTags {
			for k, v := range source.tags {
				if _, given := sn.tags[k]; !given {
					sn.tags[k] = v
				}
			}
		}
		s.finish(sn, nil)
		return sn.answer(), nil
	}
}

// keyOfCopy finds the key of a copy and checks the caller's rights to both keys. An instance's snapshot in the clear is encrypted by a
// copy; a cluster's is not: restoring does that. What another account shares has to get a key of one's own.
func (s *Service) keyOfCopy(r *wire.Request, source *snapshot, key string) (string, error) {
	foreign := source.place.account != r.Caller.Account
	switch {
	case source.key == "" && key == "":
		return "", nil
	case source.key == "" && source.cluster:
		return "", wire.Errorf("InvalidParameterCombination", "KmsKeyId cannot be specified: an unencrypted DB cluster snapshot can't be encrypted by copying it.")
	case foreign && key == "":
		return "", wire.Errorf("InvalidParameterCombination", "KmsKeyId must be specified for the copy of an encrypted snapshot that another account shares.")
	}
	if source.key != "" {
		rights := []string{"DescribeKey", "CreateGrant"}
		if foreign {
			rights = append(rights, foreignKeyRights...)
		}
		if _, err := s.kms.Use(r.Caller.Through("rds", r.Region), r.Region, source.key, map[string]string{"kms:GrantIsForAWSResource": "true"}, rights...); err != nil {
			return "", wire.Errorf("KMSKeyNotAccessibleFault", "The source snapshot KMS key [%s] does not exist, is not enabled or you do not have permissions to access it.", source.key)
		}
	}
	if key == "" {
		return source.key, nil
	}
	arn, grant, err := s.takeKey(r, key)
	if err == nil {
		s.kms.Release(arn, grant) // the copy's data is the lab's: no grant has to live on
	}
	return arn, err
}

type attributeShape struct {
	AttributeName   string
	AttributeValues []string `xml:"AttributeValues>AttributeValue"`
}

// attributes gives the one attribute that snapshots have here: who may restore them.
func (sn *snapshot) attributes() any {
	one := []attributeShape{{"restore", sn.restore}}
	if sn.cluster {
		type result struct {
			DBClusterSnapshotIdentifier string
			DBClusterSnapshotAttributes []attributeShape `xml:"DBClusterSnapshotAttributes>DBClusterSnapshotAttribute"`
		}
		return struct{ DBClusterSnapshotAttributesResult result }{result{sn.name, one}}
	}
	type result struct {
		DBSnapshotIdentifier string
		DBSnapshotAttributes []attributeShape `xml:"DBSnapshotAttributes>DBSnapshotAttribute"`
	}
	return struct{ DBSnapshotAttributesResult result }{result{sn.name, one}}
}

func (s *Service) describeAttributes(k snapshotKind) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct{ DBClusterSnapshotIdentifier, DBSnapshotIdentifier string }
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		sn, err := s.snapshotFor(r, k, in.DBClusterSnapshotIdentifier+in.DBSnapshotIdentifier)
		if err != nil {
			return nil, err
		}
		return sn.attributes(), nil
	}
}

func (s *Service) modifyAttribute(k snapshotKind) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct {
			DBClusterSnapshotIdentifier, DBSnapshotIdentifier, AttributeName string
			ValuesToAdd, ValuesToRemove                                      []string `query:"AttributeValue"`
		}
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		sn, err := s.snapshotFor(r, k, in.DBClusterSnapshotIdentifier+in.DBSnapshotIdentifier)
		if err != nil {
			return nil, err
		}
		switch {
		case in.AttributeName != "restore":
			return nil, wire.Errorf("InvalidParameterValue", "The attribute %s is not one of a manual snapshot.", in.AttributeName)
		case slices.Contains(in.ValuesToAdd, "all") && sn.key != "":
			return nil, wire.Errorf(k.invalid, "An encrypted snapshot cannot be made public.")
		case len(in.ValuesToAdd) > 0 && sn.key != "" && sn.key == s.kms.AWSManaged(sn.place.account, sn.place.region, "rds"):
			return nil, wire.Errorf(k.invalid, "A snapshot that is encrypted with the default RDS key cannot be shared.")
		}
		sn.restore = append(sn.restore, in.ValuesToAdd...)
		slices.Sort(sn.restore)
		sn.restore = slices.DeleteFunc(slices.Compact(sn.restore), func(a string) bool { return slices.Contains(in.ValuesToRemove, a) })
		return sn.attributes(), nil
	}
}
