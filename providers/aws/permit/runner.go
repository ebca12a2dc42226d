package permit

import (
	"slices"

	"github.com/shoji-pg/shoji/spec"
)

// runner allows what plan and apply need in an account: for whoever manages the objects of the spec, or for whoever
// only refreshes.
func (b *build) runner() {
	if b.manages {
		b.allowInspect()
	} else {
		b.allowList()
	}
	b.keys()
	b.roles()
	b.policies()
	b.buckets()
	b.groups()
	b.clusters()
	b.staging()
	b.servers()
	b.copies()
	b.relax()
	b.databases()
	if r := b.in.AssumeRole; r == nil {
		b.allow(
			"Simulate",
			[]string{b.at.User("${aws:username}")},
			[]string{"iam:SimulatePrincipalPolicy"},
		)
		b.note(
			"before anything changes, shoji simulates its own policies. Simulate lets a user do that for itself; for " +
				"a role, name the role's ARN and allow iam:GetRole too. Without it the rights are reported as " +
				"unknown, and nothing else fails",
		)
	} else {
		b.allow("Simulate", []string{r.ARN}, []string{"iam:GetRole", "iam:SimulatePrincipalPolicy"})
		b.note("this is for the role " + r.ARN +
			", which shoji assumes. Who runs shoji needs sts:AssumeRole on it, and its trust policy must let them")
	}
}

// allowInspect allows plan to read what exists, also what was removed from the spec.
func (b *build) allowInspect() {
	b.allow(
		"List",
		[]string{"*"},
		[]string{
			"iam:ListPolicies",
			"iam:ListRoles",
			"kms:ListAliases",
			"kms:ListKeys",
			"rds:DescribeEngineDefaultClusterParameters",
			"rds:DescribeEngineDefaultParameters",
			"s3:ListAllMyBuckets",
		},
	)
	b.allow(
		"Look",
		[]string{
			b.at.Role("/", "*"), b.at.Policy("/", "*"), b.at.Key("*"), b.at.Bucket("*"),
			b.rds("cluster", "*"), b.rds("cluster-pg", "*"), b.rds("db", "*"), b.rds("pg", "*")},
		[]string{
			"iam:ListPolicyTags",
			"iam:ListRoleTags",
			"kms:ListResourceTags",
			"rds:DescribeDBClusterParameterGroups",
			"rds:DescribeDBClusters",
			"rds:DescribeDBInstances",
			"rds:DescribeDBParameterGroups",
			"rds:ListTagsForResource",
			"s3:GetBucketTagging",
		},
	)
	b.note(
		"List and Look read names and tags of the whole account: AWS has no narrower way to list, and that is how " +
			"plan finds what was removed from the spec. They read no data",
	)
}

// allowList allows a refresh to find what its blocks name.
func (b *build) allowList() {
	var keys, clusters, groups []string
	for _, k := range b.project.KMSKeys {
		if b.isHere(&k.AWSObject) {
			keys = []string{"*"}
		}
	}
	copied := slices.ContainsFunc(b.project.Refreshes, func(r *spec.Refresh) bool {
		return r.Copy != nil && r.Source() != nil &&
			(b.inPlace(r.Source()) || b.inPlace(r.Place())) // leftovers of runs are searched for
	})
	if copied || slices.ContainsFunc(b.project.Clusters, func(c *spec.Cluster) bool { return b.isHere(&c.AWSObject) }) {
		clusters = []string{b.rds("cluster", "*"), b.rds("db", "*")}
	}
	for _, g := range b.project.ParameterGroups {
		if b.isHere(&g.AWSObject) {
			groups = []string{b.rds("cluster-pg", "*"), b.rds("pg", "*")}
		}
	}
	b.allow("ListKeys", keys, []string{"kms:ListAliases", "kms:ListKeys"})
	b.allow("ListClusters", clusters, []string{"rds:DescribeDBClusters", "rds:DescribeDBInstances"})
	b.allow(
		"ListGroups",
		groups,
		[]string{"rds:DescribeDBClusterParameterGroups", "rds:DescribeDBParameterGroups", "rds:ListTagsForResource"},
	)
	if groups != nil {
		b.allow(
			"ListDefaults",
			[]string{"*"},
			[]string{"rds:DescribeEngineDefaultClusterParameters", "rds:DescribeEngineDefaultParameters"},
		)
	}
	b.note(
		"this is for whoever only runs refreshes (-target refresh.NAME, or -only): it reads the objects of the spec " +
			"and changes none. A plan that would change one reports what is missing",
	)
}

// hasRefresh reports whether a refresh works in the account.
func (b *build) hasRefresh() bool {
	return slices.ContainsFunc(b.project.Refreshes, func(r *spec.Refresh) bool {
		var in []*spec.AWS
		if r.Via != nil {
			in = append(in, r.Via.In)
		}
		if r.Copy != nil {
			in = append(in, r.Source(), r.Place())
		}
		for _, d := range []*spec.Database{r.From, r.To} {
			if d != nil && d.Cluster != nil {
				in = append(in, d.Cluster.In)
			}
		}
		return slices.ContainsFunc(in, func(x *spec.AWS) bool { return x != nil && b.inPlace(x) })
	})
}

func (b *build) grantee(g spec.Grantee) string {
	if g.Role != nil {
		return Place(g.Role.In).Role(g.Role.Path, g.Role.Name)
	}
	return g.Text
}
