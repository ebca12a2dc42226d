package rds

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type clusterSettings struct {
	settings
	DBClusterIdentifier              string
	DBClusterParameterGroupName      string
	BackupRetentionPeriod            int
	KmsKeyId                         string
	AssociatedRoles                  []Role `query:"DBClusterAssociatedRole"`
	ServerlessV2ScalingConfiguration *Scaling
}

// newCluster makes a cluster of settings for an engine. It is not in its place yet.
func (s *Service) newCluster(r *wire.Request, in clusterSettings, engine, version string) (*cluster, error) {
	p := s.here(r)
	name, err := named("DBClusterIdentifier", in.DBClusterIdentifier)
	if err != nil {
		return nil, err
	}
	tags := wire.FromTags(in.Tags)
	if err := errors.Join(s.mayMake(r, p.arn("cluster", name), tags),
		s.mayUse(r, p, clusterKind, in.DBClusterParameterGroupName, in.DBSubnetGroupName)); err != nil {
		return nil, err
	}
	if p.clusters[name] != nil {
		return nil, wire.Errorf("DBClusterAlreadyExistsFault", "DB Cluster already exists")
	}
	around, err := p.surroundings(in.settings, clusterKind, in.DBClusterParameterGroupName, engine, version)
	if err != nil {
		return nil, err
	}
	resource := "cluster-" + wire.RandomID(26)
	host := strings.ToLower(wire.RandomID(12)) + "." + p.region + ".rds.amazonaws.com"
	c := &cluster{service: s, place: p, tags: tags, early: !around.group.fresh.Over(), Cluster: Cluster{
		DBClusterIdentifier:              name,
		DBClusterArn:                     p.arn("cluster", name),
		DbClusterResourceId:              resource,
		CloneGroupId:                     wire.RandomHex(16),
		ClusterCreateTime:                s.now(),
		EarliestRestorableTime:           s.now(),
		Engine:                           engine,
		EngineMode:                       "provisioned",
		EngineVersion:                    version,
		Status:                           creating,
		DBClusterParameterGroup:          around.group.name,
		DBSubnetGroup:                    around.subnets.DBSubnetGroupName,
		VpcSecurityGroups:                around.security,
		IAMDatabaseAuthenticationEnabled: in.EnableIAMDatabaseAuthentication,
		EnabledCloudwatchLogsExports:     in.EnableCloudwatchLogsExports,
		DeletionProtection:               in.DeletionProtection,
		CopyTagsToSnapshot:               in.CopyTagsToSnapshot,
		BackupRetentionPeriod:            cmp.Or(in.BackupRetentionPeriod, 1),
		Port:                             cmp.Or(in.Port, 5432),
		ServerlessV2ScalingConfiguration: in.ServerlessV2ScalingConfiguration,
		Endpoint:                         name + ".cluster-" + host,
		ReaderEndpoint:                   name + ".cluster-ro-" + host,
	}}
	for _, role := range in.AssociatedRoles {
		if err := s.associate(r, c, role.RoleArn, role.FeatureName); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// encrypt takes a grant of a key for the cluster, as the caller, who must be allowed to give it.
func (s *Service) encrypt(r *wire.Request, c *cluster, key string, more ...string) error {
	arn, grant, err := s.takeKey(r, key, more...)
	if err != nil {
		return err
	}
	c.KmsKeyId, c.grant, c.StorageEncrypted, c.StorageEncryptionType = arn, grant, true, "sse-kms"
	return nil
}

// takeKey checks a caller's rights to a key, those in more too, and takes a grant for RDS.
func (s *Service) takeKey(r *wire.Request, key string, more ...string) (arn, grant string, err error) {
	caller := r.Caller.Through("rds", r.Region)
	if key == "" {
		key = s.kms.AWSManaged(r.Caller.Account, r.Region, "rds")
	}
	if arn, err = s.kms.Use(caller, r.Region, key, nil, more...); err == nil {
		grant, err = s.kms.Grant(caller, r.Region, key,
			"arn:aws:iam::"+r.Caller.Account+":role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS", "Encrypt",
			"Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
			"CreateGrant", "RetireGrant", "DescribeKey")
	}
	if err != nil {
		return "", "", wire.Errorf("KMSKeyNotAccessibleFault",
			"The specified KMS key [%s] does not exist, is not enabled or you do not have permissions to access it.",
			key)
	}
	return arn, grant, nil
}

// start puts a cluster in its place and lets it come about.
func (s *Service) start(c *cluster, hook func() error) struct{ DBCluster Cluster } {
	c.place.clusters[c.DBClusterIdentifier] = c
	c.work = s.begin(s.times.Cluster, hook, func(err error) {
		if c.Status = available; err != nil {
			c.Status = failed
		}
	})
	return struct{ DBCluster Cluster }{c.shape()}
}

func (s *Service) createCluster(r *wire.Request) (any, error) {
	var in struct {
		clusterSettings
		Engine, EngineVersion, EngineMode, DatabaseName string
		MasterUsername, MasterUserPassword              string
		StorageEncrypted                                *bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.Engine != auroraPostgres {
		return nil, wire.Unknown("clusters of the engine %q", in.Engine)
	}
	if in.MasterUsername == "" || len(in.MasterUserPassword) < 8 {
		return nil, wire.Errorf("InvalidParameterValue",
			"The parameters MasterUsername and MasterUserPassword must be provided; the "+
				"password has at least 8 characters.")
	}
	version := cmp.Or(in.EngineVersion, standardVersion(in.Engine))
	c, err := s.newCluster(r, in.clusterSettings, in.Engine, version)
	if err != nil {
		return nil, err
	}
	c.MasterUsername, c.DatabaseName = in.MasterUsername, in.DatabaseName
	switch {
	case in.StorageEncrypted != nil && *in.StorageEncrypted:
		if err := s.encrypt(r, c, in.KmsKeyId); err != nil {
			return nil, err
		}
	case in.KmsKeyId != "":
		return nil, wire.Errorf("InvalidParameterCombination", "KmsKeyId can be specified only with StorageEncrypted.")
	case in.StorageEncrypted == nil:
		c.StorageEncryptionType = "sse-rds" // since 2026-02-18 nothing new is left in the clear
	default:
		c.StorageEncryptionType = "none" // how the lab makes a cluster of older days
	}
	var hook func() error
	if on := s.hooks.OnCreate; on != nil {
		made := c.shape()
		hook = func() error { return on(made, in.MasterUserPassword) }
	}
	return s.start(c, hook), nil
}

// sourceAccess checks a right of the operation on the thing that is copied, too.
func (s *Service) sourceAccess(r *wire.Request, arn string, tags map[string]string) error {
	return s.iam.Authorize(r.Caller, iam.Access{
		Action:   "rds:" + r.Operation,
		Resource: arn,
		Context:  iam.TagContext(tags, nil),
	})
}

// has says whether a list of roles has a feature.
func has(roles []*association, feature string) bool {
	return slices.ContainsFunc(roles, func(a *association) bool { return a.FeatureName == feature })
}
