package rds

import (
	"cmp"
	"errors"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type instanceSettings struct {
	settings
	DBInstanceIdentifier    string
	DBInstanceClass         string
	DBParameterGroupName    string
	MultiAZ                 bool
	PubliclyAccessible      bool
	AvailabilityZone        string
	AutoMinorVersionUpgrade *bool
	PromotionTier           *int
	StorageType             string
	BackupRetentionPeriod   *int
}

// newInstance makes an instance of settings. It is not in its place yet.
func (s *Service) newInstance(r *wire.Request, in instanceSettings, engine, version string) (*instance, error) {
	p := s.here(r)
	name, err := named("DBInstanceIdentifier", in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	tags := wire.FromTags(in.Tags)
	if err := errors.Join(s.mayMake(r, p.arn("db", name), tags),
		s.mayUse(r, p, instanceKind, in.DBParameterGroupName, in.DBSubnetGroupName)); err != nil {
		return nil, err
	}
	if p.instances[name] != nil {
		return nil, wire.Errorf("DBInstanceAlreadyExists", "DB instance already exists")
	}
	if !strings.HasPrefix(in.DBInstanceClass, "db.") {
		return nil, wire.Errorf("InvalidParameterValue", "Invalid DB Instance class: %s", in.DBInstanceClass)
	}
	around, err := p.surroundings(in.settings, instanceKind, in.DBParameterGroupName, engine, version)
	if err != nil {
		return nil, err
	}
	now, retention, tier := s.now(), 1, 1
	if in.BackupRetentionPeriod != nil {
		retention = *in.BackupRetentionPeriod
	}
	if in.PromotionTier != nil {
		tier = *in.PromotionTier
	}
	return &instance{
		service:      s,
		place:        p,
		tags:         tags,
		clusterGroup: groupState{status: inSync},
		ownGroup:     groupState{status: inSync, early: !around.group.fresh.Over()},
		running:      map[string]string{},
		Instance: Instance{
			DBInstanceIdentifier:             name,
			DBInstanceArn:                    p.arn("db", name),
			DbiResourceId:                    "db-" + wire.RandomID(26),
			DBInstanceClass:                  in.DBInstanceClass,
			Engine:                           engine,
			EngineVersion:                    version,
			InstanceCreateTime:               &now,
			DBParameterGroups:                []GroupStatus{{around.group.name, inSync}},
			DBSubnetGroup:                    &around.subnets.SubnetGroup,
			VpcSecurityGroups:                around.security,
			AvailabilityZone:                 cmp.Or(in.AvailabilityZone, p.region+"a"),
			IAMDatabaseAuthenticationEnabled: in.EnableIAMDatabaseAuthentication,
			EnabledCloudwatchLogsExports:     in.EnableCloudwatchLogsExports,
			DeletionProtection:               in.DeletionProtection,
			CopyTagsToSnapshot:               in.CopyTagsToSnapshot,
			MultiAZ:                          in.MultiAZ,
			PubliclyAccessible:               in.PubliclyAccessible,
			BackupRetentionPeriod:            retention,
			PromotionTier:                    tier,
			StorageType:                      cmp.Or(in.StorageType, "gp3"),
			StorageEncryptionType:            "none",
			Endpoint: &Endpoint{
				name + "." + strings.ToLower(wire.RandomID(12)) + "." + p.region + ".rds.amazonaws.com",
				cmp.Or(in.Port, 5432),
			},
		},
	}, nil
}

// launch puts an instance in its place and lets it come about. fill gives one that stands alone its data first; it may
// be nil.
func (s *Service) launch(i *instance, fill func(Cluster) error) struct{ DBInstance Instance } {
	i.place.instances[i.DBInstanceIdentifier] = i
	i.DBInstanceStatus, i.running = creating, i.effective()
	on := s.hooks.OnInstance
	if on == nil {
		i.transition(creating, s.times.Instance, nil, nil)
		return struct{ DBInstance Instance }{i.shape()}
	}
	host, me, parameters := i.host(), i.shape(), i.effective()
	var at Endpoint
	hook := func() (err error) {
		if fill != nil {
			err = fill(host)
		}
		if err == nil {
			at, err = on(host, me, parameters)
		}
		return err
	}
	i.transition(creating, s.times.Instance, hook, func() {
		i.Endpoint = &at
		if c := i.cluster; c != nil {
			if c.ReaderEndpoint = at.Address; c.members()[0] == i {
				c.Endpoint, c.Port = at.Address, at.Port
			}
		}
	})
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
		if in.MasterUsername != "" || in.MasterUserPassword != "" || in.StorageEncrypted || in.KmsKeyId != "" ||
			in.AllocatedStorage != 0 || in.BackupRetentionPeriod != nil {
			return nil, wire.Errorf("InvalidParameterCombination",
				"Master user, storage, encryption and backups are the DB cluster's: they can't be "+
					"specified for an instance of one.")
		}
		return s.joinCluster(r, in.instanceSettings, in.DBClusterIdentifier, in.Engine)
	}
	if in.Engine != postgres {
		return nil, wire.Unknown("instances of the engine %q", in.Engine)
	}
	if in.AllocatedStorage < 20 || in.MasterUsername == "" || len(in.MasterUserPassword) < 8 {
		return nil, wire.Errorf("InvalidParameterCombination",
			"AllocatedStorage (20 at least), MasterUsername and MasterUserPassword must be provided.")
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
	var fill func(Cluster) error
	if on := s.hooks.OnCreate; on != nil {
		fill = func(made Cluster) error { return on(made, in.MasterUserPassword) }
	}
	return s.launch(i, fill), nil
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
		return nil, wire.Errorf("InvalidParameterCombination",
			"The engine name requested for your DB instance (%s) doesn't match the engine "+
				"name of your DB cluster (%s).", engine, c.Engine)
	}
	if err := c.ready(); err != nil {
		return nil, err
	}
	if in.DBInstanceClass == "db.serverless" && c.ServerlessV2ScalingConfiguration == nil {
		return nil, wire.Errorf("InvalidParameterValue",
			"Set the Serverless v2 scaling configuration on the parent DB cluster before creating "+
				"a Serverless v2 DB instance.")
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
	i.MasterUsername, i.DBName, i.BackupRetentionPeriod, i.VpcSecurityGroups = c.MasterUsername, c.DatabaseName,
		c.BackupRetentionPeriod, c.VpcSecurityGroups
	i.StorageEncrypted, i.StorageEncryptionType, i.KmsKeyId, i.IAMDatabaseAuthenticationEnabled = c.StorageEncrypted,
		c.StorageEncryptionType, c.KmsKeyId, c.IAMDatabaseAuthenticationEnabled
	return s.launch(i, nil), nil
}
