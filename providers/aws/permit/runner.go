package permit

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// runner is what plan and apply need in an account.
func (b *build) runner() {
	b.look()
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
		b.allow("Simulate", []string{"arn:" + b.at.Partition + ":iam::" + b.at.Account + ":user/${aws:username}"}, []string{"iam:SimulatePrincipalPolicy"})
		b.note("before anything changes, shoji asks IAM what it may. Simulate lets a user ask about itself; for a role, name the role's ARN and allow iam:GetRole too. Without it what is asked is unknown, and nothing else fails")
	} else {
		b.allow("Simulate", []string{r.ARN}, []string{"iam:GetRole", "iam:SimulatePrincipalPolicy"})
		b.note("this is for the role " + r.ARN + ", which shoji works as. Who runs shoji needs sts:AssumeRole on it, and its trust policy must let them")
	}
}

// look is how plan sees what there is, also what left the spec.
func (b *build) look() {
	b.allow("List", []string{"*"}, []string{"iam:ListPolicies", "iam:ListRoles", "kms:ListAliases", "kms:ListKeys", "rds:DescribeEngineDefaultClusterParameters", "rds:DescribeEngineDefaultParameters", "s3:ListAllMyBuckets"})
	b.allow("Look", []string{
		"arn:" + b.at.Partition + ":iam::" + b.at.Account + ":role/*", "arn:" + b.at.Partition + ":iam::" + b.at.Account + ":policy/*", "arn:" + b.at.Partition + ":kms:" + b.at.Region + ":" + b.at.Account + ":key/*", b.at.Bucket("*"),
		b.rds("cluster", "*"), b.rds("cluster-pg", "*"), b.rds("db", "*"), b.rds("pg", "*")},
		[]string{"iam:ListPolicyTags", "iam:ListRoleTags", "kms:ListResourceTags", "rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:DescribeDBParameterGroups", "rds:ListTagsForResource", "s3:GetBucketTagging"})
	b.note("List and Look read names and tags of the whole account: AWS lists in no other way, and that is how plan finds what left the spec. They read no data")
}

func (b *build) keys() {
	var pattern bool
	var arns, aliases, adopted []string
	manage := []string{"kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKeyRotation", "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:PutKeyPolicy", "kms:TagResource", "kms:UpdateKeyDescription"}
	link := []string{"kms:CreateAlias"}
	for _, k := range b.project.KMSKeys {
		if !b.here(&k.AWSObject) {
			continue
		}
		if k.OnRemove == "delete" {
			manage = append(manage, "kms:ScheduleKeyDeletion")
		}
		aliases = append(aliases, b.alias(k))
		if arn := b.known.Keys[k.Address()]; arn != "" {
			arns = append(arns, arn)
			continue
		}
		pattern = true
		if k.Adopt {
			adopted = append(adopted, k.Alias)
		}
	}
	b.allow("Keys", arns, append(slices.Clone(manage), link...))
	b.allow("Aliases", aliases, link)
	if !pattern {
		return
	}
	any := []string{"arn:" + b.at.Partition + ":kms:" + b.at.Region + ":" + b.at.Account + ":key/*"}
	mark := []string{object.Text(b.project.Name)}
	b.allow("CreateKeys", []string{"*"}, []string{"kms:CreateKey", "kms:TagResource"}, policy.Condition{Operator: "StringEquals", Key: "aws:RequestTag/" + object.ProjectTag, Values: mark})
	b.allow("MarkedKeys", any, append(slices.Clone(manage), link...), policy.Condition{Operator: "StringEquals", Key: "aws:ResourceTag/" + object.ProjectTag, Values: mark})
	if len(adopted) > 0 {
		b.allow("AdoptedKeys", any, manage, policy.Condition{Operator: "ForAnyValue:StringEquals", Key: "kms:ResourceAliases", Values: adopted})
	}
	b.note("a key has no name before it is made: CreateKeys is about * and whoever has it can put the project's tag on any key whose policy lets IAM decide. When the keys are there, print this again with -look: it names them, and CreateKeys goes")
}

func (b *build) alias(k *spec.KMSKey) string {
	return "arn:" + b.at.Partition + ":kms:" + b.at.Region + ":" + b.at.Account + ":" + k.Alias
}

func (b *build) roles() {
	var arns, profiles, pass, attachable []string
	actions := []string{"iam:CreateRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"}
	for _, r := range b.project.IAMRoles {
		if !b.own(&r.AWSObject) {
			continue
		}
		arn := b.at.Role(r.Path, r.Name)
		arns = append(arns, arn)
		if r.Path != "/" { // a role that is not there yet is asked for without its path
			arns = append(arns, b.at.Role("/", r.Name))
		}
		if r.OnRemove == "delete" {
			actions = append(actions, "iam:DeleteRole", "iam:DetachRolePolicy")
		}
		if r.InstanceProfile != nil {
			for _, path := range slices.Compact([]string{"/", r.Path}) {
				profiles = append(profiles, "arn:"+b.at.Partition+":iam::"+b.at.Account+":instance-profile"+path+r.Name)
			}
			pass = append(pass, arn)
		}
		if r.Policies != nil { // others that are attached are taken away
			actions = append(actions, "iam:DetachRolePolicy")
		}
		for _, x := range r.Policies {
			if x.Policy != nil {
				x.ARN = b.at.Policy(x.Policy.Path, x.Policy.Name)
			}
			attachable = append(attachable, x.ARN)
		}
	}
	b.allow("Roles", arns, actions)
	if len(attachable) > 0 {
		b.allow("Attach", arns, []string{"iam:AttachRolePolicy"}, policy.Condition{Operator: "ArnEquals", Key: "iam:PolicyARN", Values: attachable})
	}
	if len(arns) > 0 {
		b.note("Roles lets the runner write the policies of these roles, and so give them rights that it lacks itself. A permissions boundary on them limits that")
	}
	b.allow("Profiles", profiles, []string{"iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:GetInstanceProfile", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile"})
	b.allow("PassToInstances", pass, []string{"iam:PassRole"}, policy.Condition{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"ec2.amazonaws.com"}})
}

func (b *build) policies() {
	var arns []string
	actions := []string{"iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:TagPolicy"}
	for _, x := range b.project.IAMPolicies {
		if b.own(&x.AWSObject) {
			arns = append(arns, b.at.Policy(x.Path, x.Name))
			if x.OnRemove == "delete" {
				actions = append(actions, "iam:DeletePolicy")
			}
		}
	}
	b.allow("Policies", arns, actions)
}

func (b *build) buckets() {
	var arns, doomed, objects []string
	for _, x := range b.project.Buckets {
		if !b.here(&x.AWSObject) {
			continue
		}
		arns = append(arns, b.at.Bucket(x.Name))
		if x.OnRemove == "delete" {
			doomed, objects = append(doomed, b.at.Bucket(x.Name)), append(objects, b.at.Bucket(x.Name)+"/*")
		}
	}
	b.allow("Buckets", arns, []string{"s3:CreateBucket", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:ListBucket",
		"s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:TagResource"})
	b.allow("DeleteBuckets", doomed, []string{"s3:DeleteBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"})
	b.allow("DeleteObjects", objects, []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"})
}

func (b *build) groups() {
	var arns []string
	var actions []string
	for _, g := range b.project.ParameterGroups {
		if !b.here(&g.AWSObject) {
			continue
		}
		kind, words := "cluster-pg", "DBCluster"
		if g.Level == "instance" {
			kind, words = "pg", "DB"
		}
		arns = append(arns, b.rds(kind, g.Name))
		for _, verb := range []string{"Create", "Modify", "Reset"} {
			actions = append(actions, "rds:"+verb+words+"ParameterGroup")
		}
		actions = append(actions, "rds:AddTagsToResource", "rds:Describe"+words+"Parameters")
		if g.OnRemove == "delete" {
			actions = append(actions, "rds:Delete"+words+"ParameterGroup")
		}
	}
	b.allow("ParameterGroups", arns, actions)
}

func (b *build) clusters() {
	var arns, pass, groups []string
	for _, c := range b.project.Clusters {
		if !b.here(&c.AWSObject) {
			continue
		}
		if c.S3Export != nil || c.S3Import != nil || c.IAMAuth != nil || c.ParameterGroup != nil {
			arns = append(arns, b.at.Cluster(c.Identifier))
		}
		for _, g := range []*spec.Grantee{c.S3Export, c.S3Import} {
			if g != nil {
				pass = append(pass, b.grantee(*g))
			}
		}
		if c.ParameterGroup != nil {
			groups = append(groups, b.rds("cluster-pg", c.ParameterGroup.Name))
		}
	}
	b.allow("Clusters", append(arns, groups...), []string{"rds:AddRoleToDBCluster", "rds:ModifyDBCluster", "rds:RemoveRoleFromDBCluster"})
	b.instances()
	b.allow("PassToClusters", pass, []string{"iam:PassRole"}, policy.Condition{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"rds.amazonaws.com"}})
}

// instances is what giving the instances of clusters their parameter group needs.
func (b *build) instances() {
	var arns []string
	for _, c := range b.project.Clusters {
		g := c.InstanceParameterGroup
		if g == nil || !b.here(&c.AWSObject) {
			continue
		}
		arns = append(arns, b.rds("pg", g.Name))
		known := b.known.Instances[c.Address()]
		for _, id := range known {
			arns = append(arns, b.rds("db", id))
		}
		if len(known) == 0 {
			arns = append(arns, b.rds("db", "*"))
			b.note("which instances " + c.Address() + " has is not in the spec: * stands for them. Printed with -look, this names them")
		}
	}
	b.allow("Instances", arns, []string{"rds:ModifyDBInstance"})
}

func (b *build) grantee(g spec.Grantee) string {
	if g.Role != nil {
		return Place(g.Role.In).Role(g.Role.Path, g.Role.Name)
	}
	return g.Text
}
