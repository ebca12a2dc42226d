package operation

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/spec"
)

// Source is what a copy is made of, with everything that RDS would not carry over by itself.
type Source struct {
	Cluster         bool // an Aurora cluster, or an RDS instance
	Identifier, ARN string
	Engine, Version string
	Port            int32
	ParameterGroup  string // of the cluster
	InstanceGroup   string // of the writer, or of the RDS instance
	SubnetGroup     string
	SecurityGroups  []string
	IAM, Public     bool
	StorageType     string
	// Key is the customer's or AWS's own key, "" if there is none with a name.
	Key string
	// Encryption is "none", "sse-kms" or "sse-rds".
	Encryption string
	Capacity   *[2]float64
	Instances  int
	Foreign    bool `json:",omitempty"` // it is a clone that another account shared
	status     string
	// cloneGroup is that of all clones of a cluster, and existingClone the one that the account of the copy has
	// already.
	cloneGroup, existingClone string
	// managed is set if the key is AWS's own, which no other account may use.
	managed bool
}

// ReadCrossAccount reads what matters for a copy in another account: whether the key may be shared at all, and the
// clone that the account at has already. Who may not read the key learns it from RAM, and gets a warning.
func (s *Source) ReadCrossAccount(ctx context.Context, from, at *awsapi.Account) (diag.Diagnostics, error) {
	var ds diag.Diagnostics
	if s.Key != "" {
		out, err := from.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &s.Key})
		if err == nil {
			s.managed = out.KeyMetadata.KeyManager == kmstypes.KeyManagerTypeAws
		} else {
			ds.Append(unseenWarning(from, "whether the key of the source may be shared", from.Explain(err, s.Key)))
		}
	}
	for p := rds.NewDescribeDBClustersPaginator(at.RDS,
		&rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return ds, at.Explain(err, "")
		}
		for _, x := range page.DBClusters {
			// Inferred: a clone in another account has the group of its source too. If not, RDS refuses the second one.
			if aws.ToBool(x.CrossAccountClone) && s.cloneGroup != "" && aws.ToString(x.CloneGroupId) == s.cloneGroup {
				s.existingClone = aws.ToString(x.DBClusterIdentifier)
			}
		}
	}
	return ds, nil
}

// ReadSource reads what the refresh's copy is made of.
func ReadSource(ctx context.Context, a *awsapi.Account, r *spec.Refresh) (*Source, error) {
	if r.Copy.Instance != "" {
		out, err := a.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
			DBInstanceIdentifier: &r.Copy.Instance,
		})
		if err != nil {
			return nil, notFound(a.Explain(err, "instance "+r.Copy.Instance), r, "instance", r.Copy.Instance)
		}
		return ofInstance(out.DBInstances[0]), nil
	}
	id := r.From.Cluster.Identifier
	out, err := a.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &id})
	if err != nil {
		return nil, notFound(a.Explain(err, "cluster "+id), r, "cluster", id)
	}
	s := ofCluster(out.DBClusters[0])
	for _, m := range out.DBClusters[0].DBClusterMembers {
		if !aws.ToBool(m.IsClusterWriter) {
			continue
		}
		instances, err := a.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
			DBInstanceIdentifier: m.DBInstanceIdentifier,
		})
		if err != nil {
			return nil, a.Explain(err, aws.ToString(m.DBInstanceIdentifier))
		}
		w := ofInstance(instances.DBInstances[0])
		s.InstanceGroup, s.Public = w.InstanceGroup, w.Public
	}
	return s, nil
}

func notFound(err error, r *spec.Refresh, what, id string) error {
	if !awsapi.Is(err, "DBClusterNotFoundFault", "DBInstanceNotFound", "DBInstanceNotFoundFault") {
		return err
	}
	return diag.Diagnostic{
		Severity: diag.Error,
		Address:  r.Address(),
		Range:    &r.Copy.Range,
		Summary:  "The source of the copy does not exist",
		Detail: "There is no " + what + " " + id + " in " + r.Source().Address() + ", which " + r.Address() +
			" would read a copy of.",
	}
}

func ofCluster(x types.DBCluster) *Source {
	s := &Source{
		Cluster:        true,
		Identifier:     aws.ToString(x.DBClusterIdentifier),
		ARN:            aws.ToString(x.DBClusterArn),
		Engine:         aws.ToString(x.Engine),
		Version:        aws.ToString(x.EngineVersion),
		Port:           aws.ToInt32(x.Port),
		ParameterGroup: aws.ToString(x.DBClusterParameterGroup),
		SubnetGroup:    aws.ToString(x.DBSubnetGroup),
		IAM:            aws.ToBool(x.IAMDatabaseAuthenticationEnabled),
		Key:            aws.ToString(x.KmsKeyId),
		StorageType:    aws.ToString(x.StorageType),
		Encryption:     encryption(x.StorageEncryptionType, x.StorageEncrypted),
		Instances:      len(x.DBClusterMembers),
		Foreign:        aws.ToBool(x.CrossAccountClone),
		status:         aws.ToString(x.Status),
		cloneGroup:     aws.ToString(x.CloneGroupId),
	}
	s.SecurityGroups = securityGroups(x.VpcSecurityGroups)
	if c := x.ServerlessV2ScalingConfiguration; c != nil {
		s.Capacity = &[2]float64{aws.ToFloat64(c.MinCapacity), aws.ToFloat64(c.MaxCapacity)}
	}
	return s
}

func ofInstance(x types.DBInstance) *Source {
	s := &Source{
		Identifier:  aws.ToString(x.DBInstanceIdentifier),
		ARN:         aws.ToString(x.DBInstanceArn),
		Engine:      aws.ToString(x.Engine),
		Version:     aws.ToString(x.EngineVersion),
		IAM:         aws.ToBool(x.IAMDatabaseAuthenticationEnabled),
		Key:         aws.ToString(x.KmsKeyId),
		Public:      aws.ToBool(x.PubliclyAccessible),
		StorageType: aws.ToString(x.StorageType),
		Encryption:  encryption(x.StorageEncryptionType, x.StorageEncrypted),
		Instances:   1,
		status:      aws.ToString(x.DBInstanceStatus),
	}
	s.SecurityGroups = securityGroups(x.VpcSecurityGroups)
	if x.Endpoint != nil {
		s.Port = aws.ToInt32(x.Endpoint.Port)
	}
	if x.DBSubnetGroup != nil {
		s.SubnetGroup = aws.ToString(x.DBSubnetGroup.DBSubnetGroupName)
	}
	for _, g := range x.DBParameterGroups {
		s.InstanceGroup = aws.ToString(g.DBParameterGroupName)
	}
	return s
}

// encryption returns how storage is encrypted. StorageEncrypted is false for what AWS's own hidden key encrypts, so
// that the type comes first.
func encryption(t types.StorageEncryptionType, encrypted *bool) string {
	if t == "" && aws.ToBool(encrypted) {
		return "sse-kms"
	}
	return cmp.Or(string(t), "none")
}

func securityGroups(list []types.VpcSecurityGroupMembership) []string {
	var out []string
	for _, g := range list {
		out = append(out, aws.ToString(g.VpcSecurityGroupId))
	}
	slices.Sort(out)
	return out
}

// Fingerprint returns what a plan is bound to.
func (s *Source) Fingerprint(r *spec.Refresh) engine.Fingerprint {
	return engine.Fingerprint{
		Address: r.Address(),
		Object:  "what " + s.Identifier + " of " + r.Source().Address() + " is copied with",
		Digest:  awsapi.Digest(s),
	}
}
