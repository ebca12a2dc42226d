package e2e

import (
	"context"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// relaxed is a refresh in place, from a clone in the account of the target, by a user who may not switch off foreign
// keys: the parameter group does it for a while.
const relaxed = `
project "relaxed" {
  journal {
    database = database.journal
  }
}
variable "aws_endpoint" {}
variable "family" {}
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.aws_endpoint
}
aws "staging" {
  account  = "222222222222"
  region   = "ap-northeast-1"
  profile  = "staging"
  endpoint = var.aws_endpoint
}
cluster "prod" {
  in         = aws.prod
  identifier = "shop-keyed"
}
cluster "staging" {
  in         = aws.staging
  identifier = "shop-grouped"
}
secret "prod" { env = "SHOJI_PROD_URL" }
secret "staging" { env = "SHOJI_STAGING_URL" }
secret "journal" { env = "SHOJI_JOURNAL_URL" }
secret "mask_key" { env = "SHOJI_MASK_KEY" }
database "prod" {
  url     = secret.prod
  cluster = cluster.prod
}
database "staging" {
  url     = secret.staging
  cluster = cluster.staging
}
database "journal" { url = secret.journal }
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.mask_key
  mode = "replace"
  clone {
    class           = "db.r6g.large"
    in              = aws.staging
    security_groups = ["sg-0123"]
    subnet_group    = "default"
  }
}
rule "all" {
  match { column = "*" }
  mask = keep()
}
`

// circle are tables that refer to each other.
var circle = []string{
	"CREATE TABLE a (id int PRIMARY KEY, b int)", "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a)",
	"INSERT INTO b VALUES (1, NULL), (2, NULL)", "INSERT INTO a VALUES (1, 1), (2, 2)", "UPDATE b SET a = id",
	"ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b",
}

// killableInPlace is a refresh that holds the share of RAM and the parameter group; check is what must hold after each
// time.
func (w *world) killableInPlace(t *testing.T) (p *project, h *halt, check func()) {
	t.Helper()
	ctx := context.Background()
	w.refreshed(t)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Principal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:root"]},` +
		`"Action":"kms:*","Resource":"*"}]}`
	key := need[*kms.CreateKeyOutput](t)(kms.NewFromConfig(w.Config("prod")).
		CreateKey(ctx, &kms.CreateKeyInput{Policy: &policy})).KeyMetadata.Arn
	keyed := w.cluster(t, "prod", "shop-keyed", func(in *rds.CreateDBClusterInput) {
		in.KmsKeyId, in.StorageEncrypted = key, awssdk.Bool(true)
	})
	grouped := w.cluster(t, "staging", "shop-grouped", nil)
	w.group(t, "staging", "shop-grouped", "relaxed")
	run(t, keyed, circle...)
	run(t, grouped, append(circle, "CREATE ROLE loader LOGIN PASSWORD 'loader'",
		"GRANT SELECT, INSERT, TRUNCATE ON a, b TO loader")...)

	p = w.project(t)
	p.write("relaxed.hcl", relaxed)
	p.env["SHOJI_PROD_URL"], p.env["SHOJI_STAGING_URL"] = keyed, as(t, grouped, "loader", "loader")
	h = w.halted(t, p)
	p.ok("apply", "-auto-approve", "-allow", "all")
	return p, h, func() {
		p.t.Helper()
		if got := read(p.t, grouped,
			"SELECT (SELECT count(*) FROM a JOIN b ON b.id = a.b), (SELECT count(*) FROM b JOIN a ON a.id = b.a), "+
				"current_setting('session_replication_role')"); got != "2 2 origin" {
			p.t.Errorf("the copy is not readable, or its keys are not checked: %s", got)
		}
	}
}

// TestKilledAtEachStepInPlace ends a run at each of its steps: once it is put back, and once a resumed run goes on.
func TestKilledAtEachStepInPlace(t *testing.T) {
	p, h, check := shared.killableInPlace(t)
	p.everyStep(h, check)
	p.resumedAtEachStep(h, check)
	p.ok("apply", "-auto-approve", "-allow", "all")
	shared.clean(t)
}
