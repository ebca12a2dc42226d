package lang

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shoji-pg/shoji/spec"
)

// twoAccounts is the whole of a transfer between two accounts; other tests change a line of it.
const twoAccounts = `
variable "endpoint" {
  default = "http://127.0.0.1:5000"
}
secret "external_id" {
  env = "EXTERNAL_ID"
}
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.endpoint
  tags     = { team = "platform" }
  assume_role {
    arn         = "arn:aws:iam::111111111111:role/shoji-runner"
    external_id = secret.external_id
    duration    = 900
  }
}
aws "staging" {
  account = "222222222222"
  region  = "ap-northeast-1"
}
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
  s3_export  = iam_role.export
}
cluster "staging" {
  in              = aws.staging
  identifier      = "shop-staging"
  s3_import       = iam_role.import
  iam_auth        = true
  parameter_group = parameter_group.staging
}
database "staging" {
  url     = "postgres://refresher@staging.example/app"
  cluster = cluster.staging
  iam     = true
}
role "reader" {
  in   = database.staging
  name = "oltp_ro_user"
}
kms_key "transfer" {
  in      = aws.prod
  alias   = "alias/shop-transfer"
  encrypt = [iam_role.export]
  decrypt = [iam_role.import, "arn:aws:iam::333333333333:role/other"]
  statement {
    sid        = "Admins"
    principals = ["arn:aws:iam::111111111111:role/admin"]
    actions    = ["kms:Describe*"]
    conditions = {
      StringEquals = { "aws:PrincipalTag/team" = ["a", "b"] }
      Bool         = { "aws:MultiFactorAuthPresent" = true }
    }
  }
}
bucket "transfer" {
  in      = aws.prod
  name    = "shop-transfer"
  kms_key = kms_key.transfer
  read    = [iam_role.import]
}
iam_role "export" {
  in    = aws.prod
  name  = "shop-s3-export"
  write = [bucket.transfer]
  trust {
    service  = "rds.amazonaws.com"
    clusters = [cluster.prod, "shop-prod-clone-*"]
  }
}
iam_role "import" {
  in       = aws.staging
  name     = "shop-s3-import"
  policies = [iam_policy.connect]
  trust {
    service = "rds.amazonaws.com"
  }
  trust {
    principals  = ["111111111111"]
    external_id = "shop"
  }
}
iam_policy "connect" {
  in = aws.staging
  connect {
    cluster = cluster.staging
    users   = [role.reader, "other"]
  }
}
parameter_group "staging" {
  in         = aws.staging
  name       = "shop-staging"
  family     = "aurora-postgresql16"
  parameters = { log_connections = 1 }
}
`

func TestAccountsLoad(t *testing.T) {
	p := load(t, map[string]string{"main.hcl": twoAccounts}, Options{})
	prod := p.AWS[0]
	if prod.Address() != "aws.prod" || prod.Endpoint != "http://127.0.0.1:5000" ||
		prod.AssumeRole.ExternalIDSecret != p.Secrets[0] || prod.AssumeRole.Duration != 15*time.Minute ||
		prod.AssumeRole.SessionName != "shoji" {
		t.Errorf("the account is %+v %+v", prod, prod.AssumeRole)
	}
	key, bucket, export, imports := p.KMSKeys[0], p.Buckets[0], p.IAMRoles[0], p.IAMRoles[1]
	if !key.Rotation || key.DeletionWindow != 30 || key.Encrypt[0].Role != export || key.Decrypt[0].Role != imports ||
		key.Decrypt[1].Text != "arn:aws:iam::333333333333:role/other" {
		t.Errorf("the key is %+v", key)
	}
	want := []spec.PolicyStatement{{
		Sid:        "Admins",
		Effect:     "Allow",
		Principals: []spec.Grantee{{Text: "arn:aws:iam::111111111111:role/admin"}},
		Actions:    []string{"kms:Describe*"},
		Resources:  []string{"*"},
		Conditions: []spec.PolicyCondition{
			{Operator: "Bool", Key: "aws:MultiFactorAuthPresent", Values: []string{"true"}},
			{Operator: "StringEquals", Key: "aws:PrincipalTag/team", Values: []string{"a", "b"}},
		},
	}}
	if d := cmp.Diff(want, key.Statements); d != "" {
		t.Errorf("the statements of the key:\n%s", d)
	}
	if bucket.Prefix != "shoji/" || bucket.ExpireDays != 3 || bucket.Key != key || bucket.Read[0].Role != imports ||
		export.Write[0] != bucket {
		t.Errorf("the bucket is %+v", bucket)
	}
	if c := export.Trust[0].Clusters; c[0].Cluster != p.Clusters[0] || c[1].Pattern != "shop-prod-clone-*" ||
		imports.Trust[1].ExternalID != "shop" {
		t.Errorf("the trust is %+v and %+v", export.Trust, imports.Trust)
	}
	if x := p.IAMPolicies[0]; imports.Policies[0].Policy != x ||
		cmp.Diff([]string{"oltp_ro_user", "other"}, x.Connect[0].Users) != "" {
		t.Errorf("the policy is %+v", x)
	}
	if c := p.Clusters[1]; c.S3Import.Role != imports || !*c.IAMAuth ||
		c.ParameterGroup.Parameters["log_connections"] != "1" || p.Clusters[0].IAMAuth != nil {
		t.Errorf("the cluster is %+v", c)
	}
	if db := p.Databases[0]; !db.IAM || db.Cluster != p.Clusters[1] {
		t.Errorf("the database is %+v", db)
	}
	found := false
	for _, r := range p.References {
		found = found || r.From == "bucket.transfer" && r.To == "kms_key.transfer"
	}
	if !found {
		t.Error("the bucket's reference to its key is no edge")
	}
}

func TestOneAccountNeedsNoIn(t *testing.T) {
	p := load(t, map[string]string{"main.hcl": `
aws "only" {
  account = "111111111111"
  region  = "eu-west-1"
}
kms_key "a" {}
bucket "b" {
  for_each = ["x", "y"]
  name     = "shop-${each.key}"
  kms_key  = kms_key.a
}
`}, Options{})
	if len(p.Buckets) != 2 || p.Buckets[1].Address() != `bucket.b["y"]` || p.Buckets[1].Name != "shop-y" ||
		p.Buckets[0].In != p.AWS[0] || p.KMSKeys[0].Alias != "alias/a" {
		t.Errorf("%+v %+v", p.Buckets, p.KMSKeys)
	}
}
