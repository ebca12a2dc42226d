package preflight

// objectRights lists those of calls about objects of the spec, as rights does for the others.
func objectRights() map[string][]right {
	const profile = "instance-profile"
	on := func(kind, field string, actions ...string) []right {
		var out []right
		for _, action := range actions {
			out = append(out, right{action, kind, field})
		}
		return out
	}
	return map[string][]right{
		// A key that was made is found again by its alias. Inferred: whoever makes one with a policy has to be able to
		// put that.
		"kms:CreateKey": append(on("*", "", "kms:CreateKey", "kms:TagResource"),
			on("key", "", "kms:DescribeKey", "kms:PutKeyPolicy")...),
		"kms:CreateAlias": {
			{"kms:CreateAlias", "key", "TargetKeyId"},
			{"kms:CreateAlias", "alias", "AliasName"},
		},
		"kms:ScheduleKeyDeletion": on("key", "KeyId", "kms:ScheduleKeyDeletion", "kms:DescribeKey"),
		"s3:DeleteObjects": append(
			on("objects", "Bucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"),
			on("bucket", "Bucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")...),
		"s3:CreateBucket": on("bucket", "Bucket", "s3:CreateBucket", "s3:TagResource",
			"s3:PutBucketOwnershipControls"),
		"iam:CreatePolicy": on("policy", "PolicyName", "iam:CreatePolicy", "iam:TagPolicy"),
		"iam:CreateRole":   on("role", "RoleName", "iam:CreateRole", "iam:TagRole"),
		"iam:CreateInstanceProfile": on(profile, "InstanceProfileName", "iam:CreateInstanceProfile",
			"iam:TagInstanceProfile"),
		"iam:DeleteInstanceProfile": on(profile, "InstanceProfileName", "iam:DeleteInstanceProfile"),
		"iam:AddRoleToInstanceProfile": append(
			on(profile, "InstanceProfileName", "iam:AddRoleToInstanceProfile", "iam:GetInstanceProfile"),
			right{"iam:PassRole", "role", "RoleName"}),
		"iam:RemoveRoleFromInstanceProfile": on(profile, "InstanceProfileName", "iam:RemoveRoleFromInstanceProfile"),
		"rds:CreateDBClusterParameterGroup": on("cluster-pg", "DBClusterParameterGroupName",
			"rds:CreateDBClusterParameterGroup", "rds:AddTagsToResource"),
		"rds:CreateDBParameterGroup": on("pg", "DBParameterGroupName", "rds:CreateDBParameterGroup",
			"rds:AddTagsToResource"),
	}
}
