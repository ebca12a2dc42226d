package iam

import (
	"maps"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Operations gives the operations of IAM.
func (s *Service) Operations() wire.Operations {
	all := wire.Operations{"SimulatePrincipalPolicy": s.simulatePrincipalPolicy}
	for _, some := range []wire.Operations{
		s.roleOperations(), s.inlineOperations(), s.attachOperations(), s.managedOperations(), s.profileOperations(),
	} {
		maps.Copy(all, some)
	}
	return all
}
