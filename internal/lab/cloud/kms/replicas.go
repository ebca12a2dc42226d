package kms

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// regional is one of the keys that share their material, each in a region of its own.
type regional struct{ Arn, Region string }

// multiRegion is what such a key says of the others.
type multiRegion struct {
	MultiRegionKeyType string
	PrimaryKey         regional
	ReplicaKeys        []regional
}

// replicateKey makes a replica of a multi-Region key in another region, with a policy of its own.
func (s *Service) replicateKey(r *wire.Request, k *key, in struct {
	ofKey
	ReplicaRegion, Policy string
}) (any, error) {
	switch {
	case !k.multiRegion || k.primary != nil:
		return nil, wire.Errorf("UnsupportedOperationException", "%s is not a multi-Region primary key.", k.arn())
	case slices.ContainsFunc(k.replicas, func(x *key) bool { return x.region == in.ReplicaRegion }):
		return nil, wire.Errorf("AlreadyExistsException", "Replica key already exists in %s.", in.ReplicaRegion)
	}
	if err := s.iam.Authorize(r.Caller, iam.Access{Action: "kms:CreateKey", Resource: "*"}); err != nil {
		return nil, err
	}
	replica := s.newKey(k.account, in.ReplicaRegion, k.description)
	replica.id, replica.material, replica.multiRegion, replica.primary = k.id, k.material, true, k
	if in.Policy == "" {
		in.Policy = rootPolicy(k.account)
	}
	if err := s.putPolicy(r.Caller, replica, in.Policy, true); err != nil {
		return nil, err
	}
	k.replicas = append(k.replicas, replica)
	s.keys[replica.arn()] = replica
	return struct{ ReplicaKeyMetadata metadata }{replica.metadata()}, nil
}

// configuration describes a key among those that share its material, nil where it is alone in any case.
func (k *key) configuration() *multiRegion {
	if !k.multiRegion {
		return nil
	}
	primary, kind := k, "PRIMARY"
	if k.primary != nil {
		primary, kind = k.primary, "REPLICA"
	}
	out := &multiRegion{
		MultiRegionKeyType: kind,
		PrimaryKey:         regional{primary.arn(), primary.region},
		ReplicaKeys:        []regional{},
	}
	for _, x := range primary.replicas {
		out.ReplicaKeys = append(out.ReplicaKeys, regional{x.arn(), x.region})
	}
	return out
}
