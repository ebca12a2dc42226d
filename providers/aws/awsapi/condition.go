package awsapi

import (
	"fmt"
	"strings"
)

// Condition is what a call waits for. Its words are part of plans.
type Condition string

// The conditions that RDS is polled for.
const (
	ClusterAvailable  Condition = "the cluster is available"
	InstanceAvailable Condition = "the instance is available"
	SnapshotAvailable Condition = "the snapshot is available"
	Gone              Condition = "it is gone"
	// MembersAvailable is for a cluster that is modified.
	MembersAvailable Condition = "it and its instances are available"
	// ClusterShared is for a cluster of another account.
	ClusterShared Condition = "the cluster is visible in the account, accepting an invitation where there is one"
	// ParametersApplied allows for parameters that wait for a restart; ParametersInSync does not.
	ParametersApplied Condition = "parameters are in-sync or pending-reboot"
	ParametersInSync  Condition = "every instance is in-sync with the parameter group"
	ParametersSettled Condition = "no parameter is on its way"
	GroupOldEnough    Condition = "it is 5 minutes old, as RDS wants it before a copy begins with it"
	// Removable is for what has to reach another state first.
	Removable Condition = "it can be removed"
)

const (
	active = " is ACTIVE"
	gone   = " is gone"
)

// RoleActive is the condition that a cluster works with its role for a feature.
func RoleActive(feature string) Condition { return Condition(feature + active) }

// RoleGone is the condition that a cluster no longer has a role for a feature.
func RoleGone(feature string) Condition { return Condition(feature + gone) }

// IsRoleActive returns the feature of a condition that RoleActive returned.
func (c Condition) IsRoleActive() (feature string, ok bool) {
	return strings.CutSuffix(string(c), active)
}

// IsRoleGone returns the feature of a condition that RoleGone returned.
func (c Condition) IsRoleGone() (feature string, ok bool) {
	feature, ok = strings.CutSuffix(string(c), gone)
	return feature, ok && c != Gone
}

// UnknownCondition returns the error for a call whose operation cannot wait for its condition.
func UnknownCondition(c Call) error {
	return fmt.Errorf("this version of shoji cannot wait until %s", c.Until)
}
