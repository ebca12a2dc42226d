package spec

// awsBlocks are the blocks of accounts of AWS and of what is in them.
func awsBlocks() []Block {
	in := Attribute{"in", "aws.x", "The account and region; not needed where there is only one `aws` block.", false}
	tags := Attribute{"tags", "map of strings", "Further tags. Tags that others set stay.", false}
	owned := []Attribute{
		{"adopt", "bool", "`true`: take over what has the name already and no project's tag.", false},
		{"on_remove", "string", "When the block is gone: `\"keep\"` (default) or `\"delete\"`.", false}, tags}
	statement := Block{
		Type: "statement",
		Doc:  "A statement of the policy, by hand, beside those that are generated.",
		Attributes: []Attribute{
			{"sid", "string", "Its name.", false},
			{"effect", "string", "`\"Allow\"` (default) or `\"Deny\"`.", false},
			{"actions", "list of strings", "", false}, {"not_actions", "list of strings", "", false},
			{"resources", "list of strings", "", false}, {"not_resources", "list of strings", "", false},
			{
				"conditions", "object", "As in IAM: `{ StringEquals = { \"aws:SourceAccount\" = \"111111111111\" } }`.",
				false,
			}},
	}
	resource := statement // of a policy that hangs on a resource: it says who
	resource.Attributes = append([]Attribute{{
		"principals", "list", "Roles, ARNs, account IDs, services, or `\"*\"`.", true,
	}}, statement.Attributes...)
	with := func(list ...Attribute) []Attribute { return append(append([]Attribute{in}, list...), owned...) }
	return []Block{
		{
			Type:    "aws",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "An account of AWS in one region. Credentials come from where AWS's own tools find them.",
			Attributes: []Attribute{
				{"account", "string", "The account's ID. Other credentials are refused before anything is read.", true},
				{"region", "string", "Such as `\"eu-west-1\"`.", true},
				{"profile", "string", "A profile of the AWS configuration.", false},
				{"endpoint", "string", "The URL of a stand-in for every service.", false},
				{"tags", "map of strings", "For everything that is made here.", false}},
			Blocks: []Block{{Type: "assume_role", Doc: "A role to work as.", Attributes: []Attribute{
				{"arn", "string", "Its ARN.", true},
				{"external_id", "string or secret.x", "What its trust policy asks for.", false},
				{"session_name", "string", "`shoji` unless said.", false},
				{"duration", "number", "Seconds, 900 to 43200; 3600 unless said. It is renewed.", false}}}},
		},
		{
			Type:    "cluster",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "An Aurora cluster that exists. Only what is written is managed; it is never made or deleted.",
			Attributes: []Attribute{in,
				{"identifier", "string", "Its identifier.", true},
				{"s3_export", "iam_role.x or ARN", "The role that `aws_s3` exports with.", false},
				{"s3_import", "iam_role.x or ARN", "The role that `aws_s3` imports with.", false},
				{"iam_auth", "bool", "Whether users may connect with IAM tokens.", false},
				{"parameter_group", "parameter_group.x", "Its cluster parameter group.", false},
				{
					"instance_parameter_group", "parameter_group.x",
					"The parameter group of each of its instances, with `level = \"instance\"`. Its " +
						"values win over the cluster's.", false,
				}},
		},
		{
			Type:    "kms_key",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "A symmetric key of KMS, known by its alias. Its policy is generated.",
			Attributes: with(
				Attribute{"alias", "string", "`alias/…`; `alias/LABEL` unless said.", false},
				Attribute{"description", "string", "", false},
				Attribute{"rotation", "bool", "Rotate it every year; true unless said.", false},
				Attribute{
					"deletion_window", "number", "Days between its deletion and its end, 7 to 30; 30 unless said.",
					false,
				},
				Attribute{
					"encrypt", "list of iam_role.x or ARNs",
					"Who may encrypt and decrypt with it, through S3 only. Who writes a bucket with " +
						"this key need not be named.", false,
				},
				Attribute{
					"decrypt", "list of iam_role.x or ARNs",
					"Who may decrypt with it, through S3 only. Who reads a bucket with this key need not be named.",
					false,
				}),
			Blocks: []Block{resource},
		},
		{
			Type:    "iam_role",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "A role of IAM. What it may do is generated from the buckets that it reads and writes.",
			Attributes: with(
				Attribute{"name", "string", "Its name, where it is not the label.", false},
				Attribute{"path", "string", "`/` unless said. It cannot change.", false},
				Attribute{"description", "string", "", false},
				Attribute{
					"read", "list of bucket.x",
					"Buckets whose prefix it reads. The bucket's policy and its key's follow.", false,
				},
				Attribute{"write", "list of bucket.x", "Buckets whose prefix it writes.", false},
				Attribute{
					"policies", "list of iam_policy.x or ARNs",
					"Policies attached to it; others are detached. Not managed where it is not written.", false,
				},
				Attribute{"instance_profile", "bool", "Whether an instance profile of the same name holds it.", false}),
			Blocks: []Block{
				statement, {Type: "trust", Doc: "Who may assume the role; one or more.", Attributes: []Attribute{
					{
						"service", "string",
						"`\"rds.amazonaws.com\"`, `\"ec2.amazonaws.com\"`, `\"ecs-tasks.amazonaws.com\"`, ….", false,
					},
					{
						"clusters", "list of cluster.x or strings",
						"For RDS: only for these clusters; a string is an identifier, `*` in it any text (a clone " +
							"has a name of its own).", false,
					},
					{"principals", "list", "Roles, ARNs or account IDs.", false},
					{"external_id", "string", "What they must say. It stands in the policy and is no secret.", false}}},
			},
		},
		{Type: "iam_policy", Labels: []string{"name"}, ForEach: true, Doc: "A managed policy of IAM.", Attributes: with(
			Attribute{"name", "string", "Its name, where it is not the label.", false},
			Attribute{"path", "string", "`/` unless said. It cannot change.", false},
			Attribute{"description", "string", "It cannot change.", false}),
			Blocks: []Block{
				statement, {
					Type: "connect",
					Doc:  "Let users of a database connect with IAM tokens.",
					Attributes: []Attribute{
						{"cluster", "cluster.x", "The cluster, in the same account.", true},
						{"users", "list of strings or role.x", "Users of the database.", true}},
				},
			}},
		{
			Type:    "bucket",
			Labels:  []string{"name"},
			ForEach: true,
			Doc: "A bucket for rows on their way: SSE-KMS, TLS only, no public access, objects " +
				"owned by the bucket's account.",
			Attributes: with(
				Attribute{"name", "string", "Its name, where it is not the label.", false},
				Attribute{"prefix", "string", "Everything is below it; `\"shoji/\"` unless said.", false},
				Attribute{"kms_key", "kms_key.x", "The key of its objects, in the same account and region.", true},
				Attribute{
					"expire_days", "number",
					"Objects below the prefix, and uploads that never ended, are removed after " +
						"so many days; 3 unless said.", false,
				},
				Attribute{"write", "list of iam_role.x or ARNs", "Who writes below the prefix.", false},
				Attribute{
					"read", "list of iam_role.x or ARNs", "Who reads below the prefix; of other accounts too.", false,
				}),
			Blocks: []Block{resource},
		},
		{
			Type:    "parameter_group",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "A parameter group of RDS. A parameter that is not written is reset to its default.",
			Attributes: with(
				Attribute{"name", "string", "Its name, where it is not the label.", false},
				Attribute{"family", "string", "Such as `\"aurora-postgresql16\"`.", true},
				Attribute{"level", "string", "`\"cluster\"` (default) or `\"instance\"`.", false},
				Attribute{"description", "string", "It cannot change.", false},
				Attribute{
					"parameters", "map of strings", "Values by name. How each takes effect is asked of RDS.", false,
				}),
		},
	}
}

// copyBlocks say what a refresh reads from instead of its source.
func copyBlocks() []Block {
	common := []Attribute{
		{"class", "string", "The class of its instance, such as `\"db.r6g.large\"` or `\"db.serverless\"`.", true},
		{
			"in", "aws.x",
			"Where it is made; beside the source unless said. In another account it is shared for as long as it takes.",
			false,
		},
		{"parameter_group", "parameter_group.x", "Its cluster parameter group; the source's unless said.", false},
		{"instance_parameter_group", "parameter_group.x", "That of its instance; the source's unless said.", false},
		{
			"security_groups", "list of strings",
			"IDs; the source's unless said. In another account or region they must be said.", false,
		},
		{
			"subnet_group", "string",
			"Its subnet group; the source's unless said. In another account or region it must be said.", false,
		},
		{
			"kms_key", "kms_key.x or ARN",
			"The key that encrypts it; the source's unless said. What is restored in another account " +
				"or region needs a key there.", false,
		},
		{
			"capacity", "list of two numbers", "Of `db.serverless`: the least and the most; the source's unless said.",
			false,
		},
	}
	restore := append([]Attribute{
		{
			"instance", "string", "The identifier of an RDS instance that the source is, where it is not in a cluster.",
			false,
		},
		{"account", "aws.x", "Where that instance is.", false}}, common...)
	return []Block{
		{
			Type: "clone",
			Doc: "Read from a copy-on-write clone of the source's cluster, made for the run and removed after " +
				"it, whatever happens.",
			Attributes: common,
		},
		{
			Type: "restore",
			Doc: "Read from what a snapshot of the source is restored to, where a clone cannot be had: of an " +
				"RDS instance, in another region, or under another account's own key. All of " +
				"it is removed after the run.",
			Attributes: restore,
		},
	}
}
