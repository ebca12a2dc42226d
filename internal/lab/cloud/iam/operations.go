package iam

import (
	"maps"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Operations gives the operations of IAM.
func (s *Service) Operations() wire.Operations {
	all := wire.Operations{
		"CreateRole": s.createRole, "GetRole": s.getRole, "UpdateRole": s.updateRole, "UpdateAssumeRolePolicy": s.updateTrust, "DeleteRole": s.deleteRole, "ListRoles": s.listRoles,
		"TagRole": s.tagRole, "UntagRole": s.untagRole, "ListRoleTags": s.listRoleTags,
		"PutRolePolicy": s.putRolePolicy, "GetRolePolicy": s.getRolePolicy, "DeleteRolePolicy": s.deleteRolePolicy, "ListRolePolicies": s.listRolePolicies,
		"AttachRolePolicy": s.attachRolePolicy, "DetachRolePolicy": s.detachRolePolicy, "ListAttachedRolePolicies": s.listAttachedRolePolicies, "ListEntitiesForPolicy": s.listEntitiesForPolicy,
		"SimulatePrincipalPolicy": s.simulatePrincipalPolicy,
	}
	maps.Copy(all, s.managedOperations())
	maps.Copy(all, s.profileOperations())
	return all
}
