package rds

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type attributeShape struct {
	AttributeName   string
	AttributeValues []string `xml:"AttributeValues>AttributeValue"`
}

// attributes gives the one attribute that snapshots have here: who may restore them.
func (sn *snapshot) attributes() (any, error) {
	one := []attributeShape{{"restore", sn.restore}}
	if sn.cluster {
		type result struct {
			DBClusterSnapshotIdentifier string
			DBClusterSnapshotAttributes []attributeShape `xml:"DBClusterSnapshotAttributes>DBClusterSnapshotAttribute"`
		}
		return struct{ DBClusterSnapshotAttributesResult result }{result{sn.name, one}}, nil
	}
	type result struct {
		DBSnapshotIdentifier string
		DBSnapshotAttributes []attributeShape `xml:"DBSnapshotAttributes>DBSnapshotAttribute"`
	}
	return struct{ DBSnapshotAttributesResult result }{result{sn.name, one}}, nil
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
			return nil, wire.Errorf("InvalidParameterValue", "The attribute %s is not one of a manual snapshot.",
				in.AttributeName)
		case slices.Contains(in.ValuesToAdd, "all") && sn.key != "":
			return nil, wire.Errorf(k.invalid, "An encrypted snapshot cannot be made public.")
		case len(in.ValuesToAdd) > 0 && sn.key != "" &&
			sn.key == s.kms.AWSManaged(sn.place.account, sn.place.region, "rds"):
			return nil, wire.Errorf(k.invalid,
				"A snapshot that is encrypted with the default RDS key cannot be shared.")
		}
		sn.restore = append(sn.restore, in.ValuesToAdd...)
		slices.Sort(sn.restore)
		sn.restore = slices.DeleteFunc(slices.Compact(sn.restore), func(a string) bool {
			return slices.Contains(in.ValuesToRemove, a)
		})
		return sn.attributes()
	}
}
