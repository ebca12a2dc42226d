package rds

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type logExports struct {
	EnableLogTypes, DisableLogTypes []string
}

type clusterChanges struct {
	ofCluster
	ApplyImmediately                  bool
	DBClusterParameterGroupName       string
	VpcSecurityGroupIds               []string `query:"VpcSecurityGroupId"`
	EnableIAMDatabaseAuthentication   *bool
	DeletionProtection                *bool
	CopyTagsToSnapshot                *bool
	BackupRetentionPeriod             int
	MasterUserPassword                string
	CloudwatchLogsExportConfiguration logExports
	ServerlessV2ScalingConfiguration  *Scaling
}

func (s *Service) modifyCluster(r *wire.Request, c *cluster, in clusterChanges) (any, error) {
	if err := s.mayUse(r, c.place, clusterKind, in.DBClusterParameterGroupName, ""); err != nil {
		return nil, err
	}
	if name := strings.ToLower(in.DBClusterParameterGroupName); name != "" && name != c.DBClusterParameterGroup {
		if _, err := c.place.groupNamed(clusterKind, name); err != nil {
			return nil, err
		}
		c.DBClusterParameterGroup = name
		for _, i := range c.members() {
			i.clusterGroup = groupState{status: pendingReboot} // another group is read when an instance starts
		}
	}
	if in.VpcSecurityGroupIds != nil {
		c.VpcSecurityGroups = securityGroups(in.VpcSecurityGroupIds)
	}
	set(&c.DeletionProtection, in.DeletionProtection)
	set(&c.CopyTagsToSnapshot, in.CopyTagsToSnapshot)
	if in.BackupRetentionPeriod != 0 {
		c.BackupRetentionPeriod = in.BackupRetentionPeriod
	}
	if in.ServerlessV2ScalingConfiguration != nil {
		c.ServerlessV2ScalingConfiguration = in.ServerlessV2ScalingConfiguration
	}
	c.EnabledCloudwatchLogsExports = in.CloudwatchLogsExportConfiguration.apply(c.EnabledCloudwatchLogsExports)
	if on := in.EnableIAMDatabaseAuthentication; on != nil && *on != c.IAMDatabaseAuthenticationEnabled {
		s.setIAM(c, *on, in.ApplyImmediately)
	}
	return struct{ DBCluster Cluster }{c.shape()}, nil
}

func set(to *bool, value *bool) {
	if value != nil {
		*to = *value
	}
}

func (l logExports) apply(have []string) []string {
	have = slices.DeleteFunc(slices.Clone(have), func(s string) bool { return slices.Contains(l.DisableLogTypes, s) })
	have = append(have, l.EnableLogTypes...)
	slices.Sort(have)
	return slices.Compact(have)
}

// setIAM turns IAM authentication of a cluster on or off: now, while its instances are configured and the cluster
// itself is available all the time, or in the maintenance window, which the lab never has. An instance is available for
// a moment more before it begins.
func (s *Service) setIAM(c *cluster, on, now bool) {
	if !now {
		c.PendingModifiedValues = &PendingCluster{IAMDatabaseAuthenticationEnabled: &on}
		return
	}
	c.IAMDatabaseAuthenticationEnabled, c.PendingModifiedValues = on, nil
	for _, i := range c.members() {
		i.PendingModifiedValues = &PendingInstance{IAMDatabaseAuthenticationEnabled: &on}
		i.work = s.begin(s.times.Instance, nil, func(error) {
			i.transition(iamAuth, s.times.Instance, nil, func() {
				i.IAMDatabaseAuthenticationEnabled, i.PendingModifiedValues = on, nil
			})
		})
	}
}

func (s *Service) deleteCluster(r *wire.Request) (any, error) {
	var in struct {
		DBClusterIdentifier, FinalDBSnapshotIdentifier string
		SkipFinalSnapshot                              bool
		DeleteAutomatedBackups                         *bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	c, err := s.clusterFor(r, in.DBClusterIdentifier)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Status == deleting:
		return nil, wire.Errorf("InvalidDBClusterStateFault", "Cluster %s is already being deleted.",
			c.DBClusterIdentifier)
	case c.Status == creating:
		return nil, wire.Errorf("InvalidDBClusterStateFault", "Cluster %s is in state creating and cannot be deleted.",
			c.DBClusterIdentifier)
	case c.DeletionProtection:
		return nil, wire.Errorf("InvalidParameterCombination",
			"Cannot delete protected Cluster, please disable deletion protection and try again.")
	case slices.ContainsFunc(c.members(), func(i *instance) bool { return i.DBInstanceStatus != deleting }):
		return nil, wire.Errorf("InvalidDBClusterStateFault",
			"Cluster cannot be deleted, it still contains DB instances in non-deleting state.")
	}
	if err := finalSnapshot(in.SkipFinalSnapshot, in.FinalDBSnapshotIdentifier); err != nil {
		return nil, err
	}
	if in.FinalDBSnapshotIdentifier != "" {
		if _, err := s.snapshotCluster(c, in.FinalDBSnapshotIdentifier, nil); err != nil {
			return nil, err
		}
	}
	c.Status = deleting
	var hook func() error
	if on := s.hooks.OnDelete; on != nil {
		gone := c.shape()
		hook = func() error { return on(gone) }
	}
	c.work = s.begin(s.times.Deletion, hook, func(error) {
		if delete(c.place.clusters, c.DBClusterIdentifier); c.grant != "" {
			s.kms.Release(c.KmsKeyId, c.grant)
		}
	})
	return struct{ DBCluster Cluster }{c.shape()}, nil
}

func finalSnapshot(skip bool, name string) error {
	switch {
	case skip && name != "":
		return wire.Errorf("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.")
	case !skip && name == "":
		return wire.Errorf("InvalidParameterCombination",
			"FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	}
	return nil
}

func (s *Service) rebootCluster(_ *wire.Request, c *cluster, _ ofCluster) (any, error) {
	for _, i := range c.members() {
		s.reboot(i)
	}
	return struct{ DBCluster Cluster }{c.shape()}, nil
}
