package rds

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// association is a role that works for a cluster or instance.
type association struct {
	RoleArn, FeatureName string
	work                 *work
	settled              bool
}

// roleFeatures are what the engine uses roles for, with the names that errors have for them.
var roleFeatures = map[string]string{
	"s3Export":   "S3_EXPORT",
	"s3Import":   "S3_IMPORT",
	"Lambda":     "LAMBDA",
	"SageMaker":  "SAGEMAKER",
	"Comprehend": "COMPREHEND",
	"Bedrock":    "BEDROCK",
}

// shape gives the association as it is now: a role that loses RDS's trust, or is deleted, turns INVALID.
func (a *association) shape(s *Service, arn string) Role {
	status := "PENDING"
	if a.settled {
		status = "INVALID"
		if s.iam.Trusts("rds.amazonaws.com", a.RoleArn, arn) {
			status = "ACTIVE"
		}
	}
	return Role{a.FeatureName, a.RoleArn, status}
}

// newAssociation checks that a caller may give a role to RDS for a feature.
func (s *Service) newAssociation(r *wire.Request, have []*association, role, feature string,
	exists, quota string) (*association, error) {
	name, known := roleFeatures[feature]
	switch {
	case feature == "":
		return nil, wire.Errorf("InvalidParameterValue",
			"The feature-name parameter must be provided with the current operation for the "+
				"Aurora (PostgreSQL) engine.")
	case !known:
		return nil, wire.Errorf("InvalidParameterValue", "The feature-name %s is not supported for this engine.",
			feature)
	case slices.ContainsFunc(have, func(a *association) bool { return a.FeatureName == feature && a.RoleArn == role }):
		return nil, wire.Errorf(exists, "Role ARN %s is already associated for the feature %s.", role, feature)
	case has(have, feature):
		return nil, wire.Errorf(quota, "There is a role for the feature %s already: remove it first.", feature)
	}
	if err := s.iam.PassRole(r.Caller, role, "rds.amazonaws.com"); err != nil {
		return nil, err
	}
	if !s.iam.Known(role) {
		return nil, wire.Errorf("InvalidParameterValue",
			"IAM role ARN value is invalid or does not include the required permissions for: %s", name)
	}
	a := &association{RoleArn: role, FeatureName: feature}
	a.work = s.begin(s.times.Role, nil, func(error) { a.settled = true })
	return a, nil
}

func (s *Service) associate(r *wire.Request, c *cluster, role, feature string) error {
	a, err := s.newAssociation(r, c.roles, role, feature, "DBClusterRoleAlreadyExists", "DBClusterRoleQuotaExceeded")
	if err == nil {
		c.roles = append(c.roles, a)
	}
	return err
}

// dissociate takes a role away, if it is there.
func dissociate(have []*association, role, feature, missing string) ([]*association, error) {
	n := slices.IndexFunc(have, func(a *association) bool {
		return a.RoleArn == role && (feature == "" || a.FeatureName == feature)
	})
	if n < 0 {
		return have, wire.NotFoundf(missing, "Role ARN %s cannot be found for the feature %s.", role, feature)
	}
	return slices.Delete(have, n, n+1), nil
}

func (s *Service) roleOperations() wire.Operations {
	type role struct{ RoleArn, FeatureName string }
	type ofClusters struct {
		ofCluster
		role
	}
	type ofInstances struct {
		ofInstance
		role
	}
	alone := func(do func(*wire.Request, *instance, role) error) func(*wire.Request) (any, error) {
		return onInstance(s, func(r *wire.Request, i *instance, in ofInstances) (any, error) {
			if i.cluster != nil {
				return nil, wire.Errorf("InvalidParameterCombination",
					"Roles of an instance of a DB cluster are the cluster's.")
			}
			return nil, do(r, i, in.role)
		})
	}
	return wire.Operations{
		"AddRoleToDBCluster": onCluster(s, func(r *wire.Request, c *cluster, in ofClusters) (any, error) {
			return nil, s.associate(r, c, in.RoleArn, in.FeatureName)
		}),
		"RemoveRoleFromDBCluster": onCluster(s, func(_ *wire.Request, c *cluster, in ofClusters) (_ any, err error) {
			c.roles, err = dissociate(c.roles, in.RoleArn, in.FeatureName, "DBClusterRoleNotFound")
			return nil, err
		}),
		"AddRoleToDBInstance": alone(func(r *wire.Request, i *instance, in role) error {
			a, err := s.newAssociation(r, i.roles, in.RoleArn, in.FeatureName, "DBInstanceRoleAlreadyExists",
				"DBInstanceRoleQuotaExceeded")
			if err == nil {
				i.roles = append(i.roles, a)
			}
			return err
		}),
		"RemoveRoleFromDBInstance": alone(func(_ *wire.Request, i *instance, in role) (err error) {
			i.roles, err = dissociate(i.roles, in.RoleArn, in.FeatureName, "DBInstanceRoleNotFound")
			return err
		}),
	}
}
