package aws_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/examples"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	akms "github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// relaxed is a refresh in place whose target's group is relaxed for a while.
const relaxed = `
parameter_group "staging" {
  in         = aws.staging
  name       = "shop-staging"
  family     = "aurora-postgresql16"
  parameters = { log_connections = "1" }
}
cluster "staging" {
  in              = aws.staging
  identifier      = "shop-staging"
  parameter_group = parameter_group.staging
}
database "prod" { url = "postgres://masker@prod.example/app" }
database "staging" {
  url     = "postgres://refresher@/app"
  cluster = cluster.staging
}
refresh "nightly" {
  from         = database.prod
  to           = database.staging
  mode         = "replace"
  foreign_keys = "parameter_group"
}
`

// stages are the specs of these tests, one of each kind of work, and the examples.
func stages() []stage {
	text := func(name, text string, before ...string) stage {
		return stage{name, func(t *testing.T) *work {
			a, _ := withShop(t)
			for _, x := range before {
				a.apply(x)
			}
			return &work{accounts: a, load: func() *spec.Project { return a.project(text) }}
		}}
	}
	out := []stage{
		text("objects that are made", everything),
		text("objects that are changed", later(), everything),
		text("objects that left the spec", gone, everything),
		text("a group that left the spec", " ", lonely),
		{"objects that somebody else changed", spoilt},
		{"rows through a bucket that keeps versions", versioned},
		{"a parameter group that is relaxed", func(t *testing.T) *work {
			a := lab(t, cloud.Config{})
			in := a.clients("staging")
			in.run("making a cluster", in.makeCluster("shop-staging"))
			a.apply(relaxed)
			in.run("restarting it", in.giveGroup("shop-staging", "shop-staging"))
			return &work{accounts: a, relax: true, load: func() *spec.Project { return a.project(relaxed) }}
		}},
		{"the example of Aurora", aurora},
	}
	// A copy of each way: by clone and by snapshot, of a cluster and of an instance, within the account and not, under
	// the source's key and another.
	for _, name := range []string{
		"a clone",
		"a clone in another account under its key",
		"a snapshot restored in another region",
		"an instance restored in another account",
	} {
		c := copies[name]
		out = append(out, stage{name, func(t *testing.T) *work {
			a := withEncryptedShop(t)
			in := a.clients("prod")
			in.run("making the target", in.makeCluster("shop-staging"))
			text := strings.NewReplacer("COPY", c.block, "from = database.prod", "from = database."+c.source).
				Replace(copied)
			text = strings.Replace(text, "KEY", fmt.Sprintf("%q", a.keys[c.key]), 1)
			return &work{accounts: a.accounts, load: func() *spec.Project { return a.project(text) }}
		}})
	}
	return out
}

// through is everything, with a refresh whose source's server writes the bucket.
const through = everything + refreshThrough

const refreshThrough = `
database "prod" {
  url     = "postgres://masker@prod.example/shop"
  cluster = cluster.prod
}
database "copy" { url = "postgres://refresher@copy.example/shop" }
refresh "nightly" {
  from = database.prod
  to   = database.copy
  via  = bucket.transfer
}
`

// lonely is a group that no cluster has.
const lonely = `
parameter_group "lonely" {
  in        = aws.prod
  name      = "shop-lonely"
  family    = "aurora-postgresql16"
  on_remove = "delete"
}
`

// spoilt has everything, changed by somebody else.
func spoilt(t *testing.T) *work {
	a, in := withShop(t)
	a.apply(everything)
	ctx, api := t.Context(), in.in
	key, err := akms.Resolve(ctx, api, "alias/shop-transfer")
	in.run("finding the key", err)
	_, err = api.KMS.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &key})
	in.run("deleting the key", err)
	_, err = api.S3.DeleteBucketOwnershipControls(
		ctx,
		&s3.DeleteBucketOwnershipControlsInput{Bucket: aws.String("shop-transfer")},
	)
	in.run("giving up the ownership", err)
	for i := range 4 { // with the first, as many as a policy may have
		_, err = api.IAM.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn:      aws.String("arn:aws:iam::" + prodAccount + ":policy/shop-connect"),
			PolicyDocument: aws.String(denies(fmt.Sprint("ec2:", i))),
			SetAsDefault:   true,
		})
		in.run("changing the policy", err)
	}
	described := strings.Replace(
		everything,
		`name      = "shop-s3-export"`,
		"name        = \"shop-s3-export\"\n  description = \"writes rows\"",
		1,
	)
	return &work{accounts: a, load: func() *spec.Project { return a.project(described) }}
}

// versioned is rows on their way through a bucket for which somebody switched versions on.
func versioned(t *testing.T) *work {
	a, in := withShop(t)
	a.apply(everything)
	_, err := in.in.S3.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket:                  aws.String("shop-transfer"),
		VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
	})
	in.run("switching versions on", err)
	return &work{accounts: a, load: func() *spec.Project { return a.project(through) }}
}

// aurora is the example, in accounts that have its clusters and its runners.
func aurora(t *testing.T) *work {
	a := lab(t, cloud.Config{})
	for _, name := range []string{"prod", "staging"} {
		in := a.clients(name)
		in.run("making a cluster", in.makeCluster("shop-"+name))
	}
	dir := t.TempDir()
	if err := examples.WriteAurora(dir); err != nil {
		t.Fatal(err)
	}
	w := &work{accounts: a, roles: true, load: func() *spec.Project {
		p, ds := lang.Load(
			dir,
			lang.Options{
				Inputs:    []lang.Input{{Kind: lang.InputVar, Value: "aws_endpoint=" + a.lab.URL()}},
				LookupEnv: os.LookupEnv,
			},
		)
		if ds.HasErrors() {
			t.Fatalf("loading: %v", ds)
		}
		return p
	}}
	w.give("staging", allowsAll)
	return w
}
