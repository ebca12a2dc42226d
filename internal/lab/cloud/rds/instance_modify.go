package rds

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type instanceChanges struct {
	ofInstance
	NewDBInstanceIdentifier                string
	ApplyImmediately                       bool
	DBInstanceClass, DBParameterGroupName  string
	VpcSecurityGroupIds                    []string `query:"VpcSecurityGroupId"`
	EnableIAMDatabaseAuthentication        *bool
	DeletionProtection, CopyTagsToSnapshot *bool
	MultiAZ, PubliclyAccessible            *bool
	BackupRetentionPeriod, PromotionTier   *int
	MasterUserPassword                     string
	CloudwatchLogsExportConfiguration      logExports
}

func (s *Service) modifyInstance(_ *wire.Request, i *instance, in instanceChanges) (any, error) {
	if i.cluster != nil &&
		(in.EnableIAMDatabaseAuthentication != nil || in.BackupRetentionPeriod != nil || in.MasterUserPassword != "" ||
			in.VpcSecurityGroupIds != nil) {
		return nil, wire.Errorf("InvalidParameterCombination",
			"Users, backups and security groups of an instance of a DB cluster are the "+
				"cluster's: modify the DB cluster.")
	}
	if name := strings.ToLower(in.DBParameterGroupName); name != "" &&
		name != i.DBParameterGroups[0].DBParameterGroupName {
		if _, err := i.place.groupNamed(instanceKind, name); err != nil {
			return nil, err
		}
		i.DBParameterGroups[0].DBParameterGroupName, i.ownGroup = name, groupState{status: pendingReboot}
	}
	if in.VpcSecurityGroupIds != nil {
		i.VpcSecurityGroups = securityGroups(in.VpcSecurityGroupIds)
	}
	set(&i.DeletionProtection, in.DeletionProtection)
	set(&i.CopyTagsToSnapshot, in.CopyTagsToSnapshot)
	set(&i.MultiAZ, in.MultiAZ)
	set(&i.PubliclyAccessible, in.PubliclyAccessible)
	if in.BackupRetentionPeriod != nil {
		i.BackupRetentionPeriod = *in.BackupRetentionPeriod
	}
	if in.PromotionTier != nil {
		i.PromotionTier = *in.PromotionTier
	}
	i.EnabledCloudwatchLogsExports = in.CloudwatchLogsExportConfiguration.apply(i.EnabledCloudwatchLogsExports)
	answer, err := s.reconfigure(i, in.DBInstanceClass, in.NewDBInstanceIdentifier, in.EnableIAMDatabaseAuthentication,
		in.ApplyImmediately)
	if err != nil {
		return nil, err
	}
	return struct{ DBInstance Instance }{answer}, nil
}

// reconfigure makes the changes that take an instance out of service for a while: now, or when its maintenance window
// comes.
func (s *Service) reconfigure(i *instance, class, name string, iam *bool, now bool) (Instance, error) {
	if class == "" && name == "" && iam == nil {
		return i.shape(), nil
	}
	if !now {
		i.PendingModifiedValues = &PendingInstance{DBInstanceClass: class, IAMDatabaseAuthenticationEnabled: iam}
		return i.shape(), nil
	}
	if name != "" {
		fresh, err := named("NewDBInstanceIdentifier", name)
		if err != nil {
			return i.shape(), err
		}
		if i.place.instances[fresh] != nil {
			return i.shape(), wire.Errorf("DBInstanceAlreadyExists", "DB instance already exists")
		}
		name = fresh
	}
	status := modifying
	switch {
	case iam != nil && class == "" && name == "":
		status = iamAuth
	case name != "":
		status = "renaming"
	}
	i.transition(status, s.times.Instance, nil, func() {
		i.PendingModifiedValues = nil
		if class != "" {
			i.DBInstanceClass = class
		}
		set(&i.IAMDatabaseAuthenticationEnabled, iam)
		if name != "" {
			delete(i.place.instances, i.DBInstanceIdentifier)
			i.DBInstanceIdentifier, i.DBInstanceArn = name, i.place.arn("db", name)
			i.place.instances[name] = i
		}
	})
	return i.shape(), nil
}

func (s *Service) deleteInstance(r *wire.Request) (any, error) {
	var in struct {
		DBInstanceIdentifier, FinalDBSnapshotIdentifier string
		SkipFinalSnapshot                               bool
		DeleteAutomatedBackups                          *bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	i, err := s.instanceFor(r, in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	switch {
	case i.DBInstanceStatus == deleting:
		return nil, wire.Errorf("InvalidDBInstanceState", "Instance %s is already being deleted.",
			i.DBInstanceIdentifier)
	case i.DBInstanceStatus == creating:
		return nil, wire.Errorf("InvalidDBInstanceState", "Instance %s is currently creating - it can't be deleted.",
			i.DBInstanceIdentifier)
	case i.DeletionProtection:
		return nil, wire.Errorf("InvalidParameterCombination",
			"Cannot delete protected DB Instance, please disable deletion protection and try again.")
	}
	if i.cluster == nil {
		if err := finalSnapshot(in.SkipFinalSnapshot, in.FinalDBSnapshotIdentifier); err != nil {
			return nil, err
		}
		if in.FinalDBSnapshotIdentifier != "" {
			if _, err := s.snapshotInstance(i, in.FinalDBSnapshotIdentifier, nil); err != nil {
				return nil, err
			}
		}
	}
	i.DBInstanceStatus = deleting
	var hook func() error
	if on := s.hooks.OnDeleteInstance; on != nil {
		c, gone, last := i.host(), i.shape(), s.hooks.OnDelete
		if i.cluster != nil {
			last = nil // the data is the cluster's
		}
		hook = func() error {
			err := on(c, gone)
			if err == nil && last != nil {
				err = last(c)
			}
			return err
		}
	}
	i.work = s.begin(s.times.Deletion, hook, func(error) {
		if delete(i.place.instances, i.DBInstanceIdentifier); i.grant != "" {
			s.kms.Release(i.KmsKeyId, i.grant)
		}
	})
	return struct{ DBInstance Instance }{i.shape()}, nil
}
