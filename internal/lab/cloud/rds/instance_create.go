package rds

import (
	"cmp"
	"errors"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type instanceSettings struct {
	DBInstanceIdentifier            string
	DBInstanceClass                 string
	DBParameterGroupName            string
	DBSubnetGroupName               string
	VpcSecurityGroupIds             []string `query:"VpcSecurityGroupId"`
	EnableIAMDatabaseAuthentication bool
	EnableCloudwatchLogsExports     []string
	DeletionProtection              bool
	CopyTagsToSnapshot              bool
	MultiAZ                         bool
	PubliclyAccessible              bool
	AvailabilityZone                string
	AutoMinorVersionUpgrade         *bool
	PromotionTier                   *int
	Port                            int
	StorageType                     string
	BackupRetentionPeriod           *int
	Tags                            []Tag `query:"Tag"`
}

// newInstance makes an instance of settings. It is not in its place yet.
func (s *Service) newInstance(r *wire.Request, in instanceSettings, engine, version string) (*instance, error) {
	p := s.here(r)
	name, err := named("DBInstanceIdentifier", in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	tags := fromTags(in.Tags)
	if err := errors.Join(s.mayMake(r, p.arn("db", name), tags), s.mayUse(r, p, instanceKind, in.DBParameterGroupName, in.DBSubnetGroupName)); err != nil {
		return nil, err
	}
	if p.instances[name] != nil {
		return nil, wire.Errorf("DBInstanceAlreadyExists", "DB instance already exists")
	}
	if !strings.HasPrefix(in.DBInstanceClass, "db.") {
		return nil, wire.Errorf("InvalidParameterValue", "Invalid DB Instance class: %s", in.DBInstanceClass)
	}
	family, err := familyOf(engine, version)
	if err != nil {
		return nil, err
	}
	groupName := cmp.Or(strings.ToLower(in.DBParameterGroupName), "default."+family)
	g := p.group(instanceKind, groupName)
	if g == nil {
		return nil, wire.NotFoundf("DBParameterGroupNotFound", "DBParameterGroup not found: %s", groupName)
	} else if g.family != family {
		return nil, wire.Errorf("InvalidParameterCombination", "The Parameter Group %s with DBParameterGroupFamily %s can't be used for this instance. Use a Parameter Group with DBParameterGroupFamily %s.", groupName, g.family, family)
	}
	subnets := p.subnetGroups[strings.ToLower(cmp.Or(in.DBSubnetGroupName, "default"))]
	if subnets == nil {
		return nil, wire.NotFoundf("DBSubnetGroupNotFoundFault", "DB subnet group '%s' does not exist.", in.DBSubnetGroupName)
	}
	groups := in.VpcSecurityGroupIds
	if len(groups) == 0 {
		groups = []string{p.standardSecurityGroup()}
	}
	now, retention, tier := s.now(), 1, 1
	if in.BackupRetentionPeriod != nil {
		retention = *in.BackupRetentionPeriod
	}
	if in.PromotionTier != nil {
		tier = *in.PromotionTier
	}
	return &instance{
		service: s, place: p, tags: tags, clusterGroup: groupState{status: inSync}, ownGroup: groupState{status: inSync, early: !g.fresh.Over()}, running: map[string]string{},
		Instance: Instance{
			DBInstanceIdentifier: name, DBInstanceArn: p.arn("db", name), DbiResourceId: "db-" + wire.RandomID(26), DBInstanceClass: in.DBInstanceClass, Engine: engine, EngineVersion: version, InstanceCreateTime: &now,
			DBParameterGroups: []GroupStatus{{groupName, inSync}}, DBSubnetGroup: &subnets.SubnetGroup, VpcSecurityGroups: securityGroups(groups), AvailabilityZone: cmp.Or(in.AvailabilityZone, p.region+"a"),
			IAMDatabaseAuthenticationEnabled: in.EnableIAMDatabaseAuthentication, EnabledCloudwatchLogsExports: in.EnableCloudwatchLogsExports, DeletionProtection: in.DeletionProtection, CopyTagsToSnapshot: in.CopyTagsToSnapshot,
			MultiAZ: in.MultiAZ, PubliclyAccessible: in.PubliclyAccessible, BackupRetentionPeriod: retention, PromotionTier: tier, StorageType: cmp.Or(in.StorageType, "gp3"), StorageEncryptionType: "none",
			Endpoint: &Endpoint{name + "." + strings.ToLower(wire.RandomID(12)) + "." + p.region + ".rds.amazonaws.com", cmp.Or(in.Port, 5432)},
		},
	}, nil
}

// launch puts an instance in its place and lets it come about.
func (s *Service) launch(i *instance) struct{ DBInstance Instance } {
	i.place.instances[i.DBInstanceIdentifier] = i
	i.running = i.effective()
	var hook func() error
	if on, c := s.hooks.OnInstance, i.cluster; on != nil && c != nil {
		cluster, me, parameters := c.shape(), i.shape(), i.effective()
		var at Endpoint
		hook = func() (err error) {
			at, err = on(cluster, me, parameters)
			return err
		}
		i.transition(creating, s.times.Instance, hook, func() {
			i.Endpoint = &at
			if c.ReaderEndpoint = at.Address; c.members()[0] == i {
				c.Endpoint, c.Port = at.Address, at.Port
			}
		})
	} else {
		i.transition(creating, s.times.Instance, nil, nil)
	}
	return struct{ DBInstance Instance }{i.shape()}
}

func (s *Service) createInstance(r *wire.Request) (any, error) {
	var in struct {
		instanceSettings
		DBClusterIdentifier, Engine, EngineVersion, DBName string
		MasterUsername, MasterUserPassword                 string
		AllocatedStorage                                   int
		StorageEncrypted                                   bool
		KmsKeyId                                           string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.DBClusterIdentifier != "" {
		if in.MasterUsername != "" || in.MasterUserPassword != "" || in.StorageEncrypted || in.KmsKeyId != "" || in.AllocatedStorage != 0 || in.BackupRetentionPeriod != nil {
			return nil, wire.Errorf("InvalidParameterCombination", "Master user, storage, encryption and backups are the DB cluster's: they can't be specified for an instance of one.")
		}
		return s.joinCluster(r, in.instanceSettings, in.DBClusterIdentifier, in.Engine)
	}
	if in.Engine != postgres {
		return nil, wire.Unknown("instances of the engine %q", in.Engine)
	}
	if in.AllocatedStorage < 20 || in.MasterUsername == "" || len(in.MasterUserPassword) < 8 {
		return nil, wire.Errorf("InvalidParameterCombination", "AllocatedStorage (20 at least), MasterUsername and MasterUserPassword must be provided.")
	}
	i, err := s.newInstance(r, in.instanceSettings, in.Engine, cmp.Or(in.EngineVersion, standardVersion(in.Engine)))
	if err != nil {
		return nil, err
	}
	i.AllocatedStorage, i.MasterUsername, i.DBName = in.AllocatedStorage, in.MasterUsername, in.DBName
	if in.StorageEncrypted {
		if err := s.encryptInstance(r, i, in.KmsKeyId); err != nil {
			return nil, err
		}
	}
	return s.launch(i), nil
}

func (s *Service) encryptInstance(r *wire.Request, i *instance, key string) error {
	arn, grant, err := s.takeKey(r, key)
	i.KmsKeyId, i.grant, i.StorageEncrypted, i.StorageEncryptionType = arn, grant, true, "sse-kms"
	return err
}

// joinCluster adds an instance to a cluster, which must be available.
func (s *Service) joinCluster(r *wire.Request, in instanceSettings, id, engine string) (any, error) {
	p := s.here(r)
	c, err := p.cluster(id)
	if err != nil {
		return nil, err
	}
	if err := s.may(r, c.DBClusterArn, c.tags, nil); err != nil {
		return nil, err
	}
	if engine != c.Engine {
		return nil, wire.Errorf("InvalidParameterCombination", "The engine name requested for your DB instance (%s) doesn't match the engine name of your DB cluster (%s).", engine, c.Engine)
	}
	if err := c.ready(); err != nil {
		return nil, err
	}
	if in.DBInstanceClass == "db.serverless" && c.ServerlessV2ScalingConfiguration == nil {
		return nil, wire.Errorf("InvalidParameterValue", "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.")
	}
	in.StorageType = "aurora"
	i, err := s.newInstance(r, in, c.Engine, c.EngineVersion)
	if err != nil {
		return nil, err
	}
	for _, m := range c.members() {
		i.order = max(i.order, m.order+1)
	}
	i.cluster, i.DBClusterIdentifier, i.AllocatedStorage, i.clusterGroup.early = c, c.DBClusterIdentifier, 1, c.early
	i.MasterUsername, i.DBName, i.BackupRetentionPeriod, i.VpcSecurityGroups = c.MasterUsername, c.DatabaseName, c.BackupRetentionPeriod, c.VpcSecurityGroups
	i.StorageEncrypted, i.StorageEncryptionType, i.KmsKeyId, i.IAMDatabaseAuthenticationEnabled = c.StorageEncrypted, c.StorageEncryptionType, c.KmsKeyId, c.IAMDatabaseAuthenticationEnabled
	return s.launch(i), nil
}
