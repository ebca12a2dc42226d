package rds

import (
	"maps"
	"net/http"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// copyInput is what both kinds of copies are asked for with.
type copyInput struct {
	SourceDBClusterSnapshotIdentifier, TargetDBClusterSnapshotIdentifier string
	SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier               string
	KmsKeyId, PreSignedUrl                                               string
	CopyTags                                                             bool
	Tags                                                                 []wire.Tag `query:"Tag"`
}

func (in copyInput) source() string {
	return in.SourceDBClusterSnapshotIdentifier + in.SourceDBSnapshotIdentifier
}
func (in copyInput) target() string {
	return in.TargetDBClusterSnapshotIdentifier + in.TargetDBSnapshotIdentifier
}

func (s *Service) copySnapshot(k snapshotKind) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in copyInput
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		p, from := s.here(r), r
		if region := regionOf(in.source()); region != "" && region != r.Region {
			asked, err := s.elsewhere(r, in, region)
			if err != nil {
				return nil, err
			}
			from = asked
		}
		source, err := s.snapshot(s.place(from.Caller.Account, from.Region), k, in.source())
		if err != nil {
			return nil, err
		}
		if err := s.sourceAccess(from, source.arn, source.tags); err != nil {
			return nil, err
		}
		if err := s.mayMake(r, p.arn(k.resource, in.target()), wire.FromTags(in.Tags)); err != nil {
			return nil, err
		}
		if err := source.ready(); err != nil {
			return nil, err
		}
		key, err := s.keyOfCopy(r, from, source, in)
		if err != nil {
			return nil, err
		}
		sn, err := s.newSnapshot(p, k, in.target(), in.Tags)
		if err != nil {
			return nil, err
		}
		made, name, arn, tags := *source, sn.name, sn.arn, sn.tags
		*sn = made
		sn.place, sn.name, sn.arn, sn.tags, sn.at, sn.status, sn.copied, sn.restore = p, name, arn, tags, s.now(),
			copying, source.arn, nil
		if sn.key = key; key != "" {
			sn.encryption = "sse-kms"
		}
		if in.CopyTags {
			inherited := maps.Clone(source.tags)
			maps.Copy(inherited, sn.tags)
			sn.tags = inherited
		}
		s.finish(sn, nil)
		return sn.answer()
	}
}

// regionOf is the region in an ARN, "" of a name.
func regionOf(id string) string {
	if parts := strings.SplitN(id, ":", 6); len(parts) == 6 {
		return parts[3]
	}
	return ""
}

// elsewhere is the request of a copy as the region of its source sees it: the presigned URL that comes with the request
// to the region of the copy. SDKs make it where SourceRegion is set. RDS looks at it in GovCloud and makes one of its
// own elsewhere; the lab always looks, so that what works here works there. What no key protects is copied without one.
func (s *Service) elsewhere(r *wire.Request, in copyInput, region string) (*wire.Request, error) {
	bad := func(why string) error {
		return wire.Errorf("InvalidParameterValue", "PreSignedUrl could not be authenticated: %s.", why)
	}
	if in.PreSignedUrl == "" {
		own := *r
		own.Region = region
		return &own, nil
	}
	h, err := http.NewRequest(http.MethodGet, in.PreSignedUrl, http.NoBody)
	if err != nil {
		return nil, bad("it is no URL")
	}
	from, err := wire.Read(h)
	if err != nil {
		return nil, err
	}
	asked := h.URL.Query()
	from.Operation = asked.Get("Action")
	switch {
	case from.Scope.Service != "rds" || from.Operation != r.Operation:
		return nil, bad("it is a request for something else")
	case from.Region != region:
		return nil, bad("it is for another region than that of the source")
	case asked.Get("DestinationRegion") != r.Region:
		return nil, bad("its DestinationRegion is another")
	case asked.Get("KmsKeyId") != in.KmsKeyId:
		return nil, bad("its KmsKeyId is another")
	case asked.Get("SourceDBClusterSnapshotIdentifier")+asked.Get("SourceDBSnapshotIdentifier") != in.source():
		return nil, bad("its source is another")
	}
	from.Caller, err = s.iam.Authenticate(from)
	return from, err
}

// keyOfCopy finds the key of a copy and checks the caller's rights to both keys, each through the RDS of its region. An
// instance's snapshot in the clear is encrypted by a copy; a cluster's is not: restoring does that. What another
// account shares has to get a key of one's own, and what goes to another region one of that region.
func (s *Service) keyOfCopy(r, from *wire.Request, source *snapshot, in copyInput) (string, error) {
	foreign, away := source.place.account != r.Caller.Account, from.Region != r.Region
	switch {
	case foreign && away && (source.cluster || source.key != ""):
		return "", wire.Errorf("InvalidParameterCombination",
			"A snapshot that another account shares can be copied in its own region only.")
	case source.key == "" && in.KmsKeyId == "":
		return "", nil
	case source.key == "" && source.cluster:
		return "", wire.Errorf("InvalidParameterCombination",
			"KmsKeyId cannot be specified: an unencrypted DB cluster snapshot can't be encrypted by copying it.")
	case foreign && in.KmsKeyId == "":
		return "", wire.Errorf("InvalidParameterCombination",
			"KmsKeyId must be specified for the copy of an encrypted snapshot that another account shares.")
	case away && in.PreSignedUrl == "" && source.key != "":
		return "", wire.Errorf("InvalidParameterCombination",
			"PreSignedUrl must be specified for the copy of an encrypted snapshot of another region.")
	case away && in.KmsKeyId == "":
		return "", wire.Errorf("InvalidParameterCombination",
			"KmsKeyId must be specified for the copy of an encrypted snapshot in another region.")
	}
	if source.key != "" {
		rights := []string{"DescribeKey", "CreateGrant"}
		if foreign {
			rights = append(rights, foreignKeyRights...)
		}
		if _, err := s.kms.Use(from.Caller.Through("rds", from.Region), from.Region, source.key,
			map[string]string{"kms:GrantIsForAWSResource": "true"}, rights...); err != nil {
			return "", wire.Errorf("KMSKeyNotAccessibleFault",
				"The source snapshot KMS key [%s] does not exist, is not enabled or you do not "+
					"have permissions to access it.", source.key)
		}
	}
	if in.KmsKeyId == "" {
		return source.key, nil
	}
	arn, grant, err := s.takeKey(r, in.KmsKeyId)
	if err == nil {
		s.kms.Release(arn, grant) // the copy's data is the lab's: no grant has to live on
	}
	return arn, err
}
