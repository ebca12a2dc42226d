package permit

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// ifManaging returns actions together with those that change something, if the policy is for managing objects.
func (b *build) ifManaging(actions []string, changing ...string) []string {
	if !b.manages {
		return actions
	}
	return append(actions, changing...)
}

// notePower notes what an action makes possible for whoever has it, if AWS has nothing narrower.
func (b *build) notePower(action, on, what string) {
	if b.manages {
		b.note("whoever has " + action + " on " + on + " can " + what)
	}
}

func (b *build) keys() {
	var pattern bool
	var arns, aliases, adopted []string
	actions := []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"}
	if !b.manages {
		actions = append(actions, "kms:ListResourceTags")
	}
	actions = b.ifManaging(
		actions,
		"kms:CancelKeyDeletion",
		"kms:DisableKeyRotation",
		"kms:EnableKey",
		"kms:EnableKeyRotation",
		"kms:PutKeyPolicy",
		"kms:TagResource",
		"kms:UpdateKeyDescription",
	)
	link := b.ifManaging(nil, "kms:CreateAlias")
	for _, k := range b.project.KMSKeys {
		if !b.isHere(&k.AWSObject) {
			continue
		}
		if k.OnRemove == "delete" {
			actions = b.ifManaging(actions, "kms:ScheduleKeyDeletion")
		}
		b.notePower("kms:PutKeyPolicy", k.Address(), "let anybody use the key, and so read what it encrypts")
		aliases = append(aliases, b.at.Alias(k.Alias))
		if arn := b.known.Keys[k.Address()]; arn != "" {
			arns = append(arns, arn)
			continue
		}
		pattern = true
		if k.Adopt {
			adopted = append(adopted, k.Alias)
		}
	}
	b.allow("Keys", arns, slices.Concat(actions, link))
	b.allow("Aliases", aliases, link)
	if !pattern {
		return
	}
	everyKey := []string{b.at.Key("*")}
	mark := []string{object.TagValue(b.project.Name)}
	created := policy.Condition{Operator: "StringEquals", Key: "aws:RequestTag/" + object.ProjectTag, Values: mark}
	b.allow("CreateKeys", []string{"*"}, b.ifManaging(nil, "kms:CreateKey", "kms:TagResource"), created)
	tagged := policy.Condition{Operator: "StringEquals", Key: "aws:ResourceTag/" + object.ProjectTag, Values: mark}
	b.allow("MarkedKeys", everyKey, slices.Concat(actions, link), tagged)
	if len(adopted) > 0 {
		aliased := policy.Condition{Operator: "ForAnyValue:StringEquals", Key: "kms:ResourceAliases", Values: adopted}
		b.allow("AdoptedKeys", everyKey, actions, aliased)
	}
	if b.manages {
		b.note(
			"a key has no name before it is created: CreateKeys is on * and whoever has it can put the project's tag " +
				"on any key whose policy lets IAM decide. When the keys exist, print this again with -look: they are " +
				"named, and CreateKeys is left out",
		)
	}
}

func (b *build) roles() {
	var arns, profiles, pass, attachable []string
	actions := b.ifManaging(
		[]string{
			"iam:GetRole",
			"iam:GetRolePolicy",
			"iam:ListAttachedRolePolicies",
			"iam:ListInstanceProfilesForRole",
			"iam:ListRolePolicies",
		},
		"iam:CreateRole",
		"iam:DeleteRolePolicy",
		"iam:PutRolePolicy",
		"iam:TagRole",
		"iam:UpdateAssumeRolePolicy",
		"iam:UpdateRole",
	)
	if !b.manages {
		actions = append(actions, "iam:ListRoleTags")
	}
	for _, r := range b.project.IAMRoles {
		if !b.own(&r.AWSObject) {
			continue
		}
		arn := b.at.Role(r.Path, r.Name)
		arns = append(arns, arn)
		if r.Path != "/" { // a role that does not exist yet is read without its path
			arns = append(arns, b.at.Role("/", r.Name))
		}
		if r.OnRemove == "delete" {
			actions = b.ifManaging(actions, "iam:DeleteRole", "iam:DetachRolePolicy")
		}
		if r.InstanceProfile != nil {
			for _, path := range slices.Compact([]string{"/", r.Path}) {
				profiles = append(profiles, b.at.InstanceProfile(path, r.Name))
			}
			pass = append(pass, arn)
		}
		if r.Policies != nil { // other policies that are attached are detached
			actions = b.ifManaging(actions, "iam:DetachRolePolicy")
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
		b.allow(
			"Attach",
			arns,
			b.ifManaging(nil, "iam:AttachRolePolicy"),
			policy.Condition{Operator: "ArnEquals", Key: "iam:PolicyARN", Values: attachable},
		)
	}
	if len(arns) > 0 && b.manages {
		b.note(
			"Roles lets the runner write the policies of these roles (iam:PutRolePolicy) and who may assume them " +
				"(iam:UpdateAssumeRolePolicy), and so give them rights that it lacks itself. A permissions boundary " +
				"on them limits that",
		)
	}
	b.allow(
		"Profiles",
		profiles,
		b.ifManaging(
			nil,
			"iam:AddRoleToInstanceProfile",
			"iam:CreateInstanceProfile",
			"iam:DeleteInstanceProfile",
			"iam:GetInstanceProfile",
			"iam:RemoveRoleFromInstanceProfile",
			"iam:TagInstanceProfile",
		),
	)
	b.pass("PassToInstances", pass, "ec2.amazonaws.com")
}

// pass allows to pass roles to a service.
func (b *build) pass(sid string, roles []string, service string) {
	b.allow(
		sid,
		roles,
		b.ifManaging(nil, "iam:PassRole"),
		policy.Condition{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{service}},
	)
}

func (b *build) policies() {
	var arns []string
	actions := b.ifManaging([]string{"iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"},
		"iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:TagPolicy")
	if !b.manages {
		actions = append(actions, "iam:ListPolicyTags")
	}
	for _, x := range b.project.IAMPolicies {
		if b.own(&x.AWSObject) {
			arns = append(arns, b.at.Policy(x.Path, x.Name))
			b.notePower("iam:CreatePolicyVersion", x.Address(), "give whoever the policy is attached to any right")
			if x.OnRemove == "delete" {
				actions = b.ifManaging(actions, "iam:DeletePolicy")
			}
		}
	}
	b.allow("Policies", arns, actions)
}

func (b *build) buckets() {
	var arns, doomed, objects []string
	for _, x := range b.project.Buckets {
		if !b.isHere(&x.AWSObject) {
			continue
		}
		arns = append(arns, b.at.Bucket(x.Name))
		b.notePower("s3:PutBucketPolicy", x.Address(),
			"let anybody read what is staged, as far as the key allows that too")
		if x.OnRemove == "delete" {
			doomed, objects = append(doomed, b.at.Bucket(x.Name)), append(objects, b.at.Bucket(x.Name)+"/*")
		}
	}
	actions := []string{
		"s3:GetBucketLogging",
		"s3:GetBucketNotification",
		"s3:GetBucketObjectLockConfiguration",
		"s3:GetBucketOwnershipControls",
		"s3:GetBucketPolicy",
		"s3:GetBucketPublicAccessBlock",
		"s3:GetBucketVersioning",
		"s3:GetEncryptionConfiguration",
		"s3:GetInventoryConfiguration",
		"s3:GetLifecycleConfiguration",
		"s3:GetReplicationConfiguration",
		"s3:ListBucket",
	}
	if !b.manages {
		actions = append(actions, "s3:GetBucketTagging")
	}
	b.allow(
		"Buckets",
		arns,
		b.ifManaging(
			actions,
			"s3:CreateBucket",
			"s3:PutBucketOwnershipControls",
			"s3:PutBucketPolicy",
			"s3:PutBucketPublicAccessBlock",
			"s3:PutBucketTagging",
			"s3:PutEncryptionConfiguration",
			"s3:PutLifecycleConfiguration",
			"s3:TagResource",
		),
	)
	b.allow(
		"DeleteBuckets",
		doomed,
		b.ifManaging(nil, "s3:DeleteBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
	)
	b.allow("DeleteObjects", objects,
		b.ifManaging(nil, "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"))
}

func (b *build) groups() {
	var arns []string
	var actions []string
	for _, g := range b.project.ParameterGroups {
		if !b.isHere(&g.AWSObject) {
			continue
		}
		kind, words := "cluster-pg", "DBCluster"
		if g.Level == "instance" {
			kind, words = "pg", "DB"
		}
		arns = append(arns, b.rds(kind, g.Name))
		actions = append(actions, "rds:Describe"+words+"Parameters")
		for _, verb := range []string{"Create", "Modify", "Reset"} {
			actions = b.ifManaging(actions, "rds:"+verb+words+"ParameterGroup")
		}
		if actions = b.ifManaging(actions, "rds:AddTagsToResource"); g.OnRemove == "delete" {
			actions = b.ifManaging(actions, "rds:Delete"+words+"ParameterGroup")
		}
	}
	b.allow("ParameterGroups", arns, actions)
}
