package e2e

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// once does something at the first call that fits: of a server's imports, when every table was exported.
func (w *world) once(t *testing.T, operation, by string, do func() error) {
	var first sync.Once
	var records atomic.Int32
	w.during(t, func(c cloud.Call) error {
		if c.Operation == "PutObject" && strings.HasSuffix(c.Parameters["Key"], ".json") {
			records.Add(1)
		}
		if c.Operation != operation || c.By != by {
			return nil
		}
		var err error
		first.Do(func() {
			for range 3000 {
				if operation != "GetObject" || records.Load() == tables {
					err = do()
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("%d of %d tables were exported", records.Load(), tables)
		})
		return err
	})
}

// tables are how many the example exports.
const tables = 12

// disabling gives what disables the key of the bucket; it is enabled again when the test ends.
func (w *world) disabling(t *testing.T) func() error {
	ctx, keys := context.Background(), kms.NewFromConfig(w.Config("prod"))
	id := need[*kms.DescribeKeyOutput](t)(keys.DescribeKey(ctx, &kms.DescribeKeyInput{
		KeyId: awssdk.String("alias/shop-transfer"),
	})).KeyMetadata.KeyId
	t.Cleanup(func() { need[*kms.EnableKeyOutput](t)(keys.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id})) })
	return func() error {
		_, err := keys.DisableKey(ctx, &kms.DisableKeyInput{KeyId: id})
		return err
	}
}

// distrusting gives what takes RDS out of the trust policy of a role, which makes it INVALID; it is as it was when the
// test ends.
func (w *world) distrusting(t *testing.T, profile, role string) func() error {
	ctx, roles := context.Background(), iam.NewFromConfig(w.Config(profile))
	trust := unescaped(t, *need[*iam.GetRoleOutput](t)(roles.GetRole(ctx,
		&iam.GetRoleInput{RoleName: &role})).Role.AssumeRolePolicyDocument)
	put := func(document string) error {
		_, err := roles.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
			RoleName:       &role,
			PolicyDocument: &document,
		})
		return err
	}
	t.Cleanup(func() {
		if err := put(trust); err != nil {
			t.Error(err)
		}
	})
	return func() error {
		return put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	}
}

const server = "rds.amazonaws.com"

// TestWhatGoesWrongOnTheWay: each is said with what helps, the copy before it stays, nothing is left, and the next run
// works. What goes wrong with clones and with single objects is held by the packages of the steps.
func TestWhatGoesWrongOnTheWay(t *testing.T) {
	w, p := shared, shared.refreshed(t)
	for _, c := range []struct {
		name      string
		operation string // of the first call that it happens at
		by        string
		do        func(t *testing.T) func() error
		says      []string
	}{
		{"the key is disabled while the clone's server exports", "CompleteMultipartUpload", server, w.disabling,
			[]string{
				"exporting public.",
				"aws_s3: the key of the bucket cannot be used: it is disabled, or its policy does not let the " +
					"s3Export role use it (SQLSTATE 58000)",
			}},
		{"the key is disabled while staging's server imports", "GetObject", server, w.disabling,
			[]string{"loading public.", "aws_s3: "}},
		{
			"the role of the clone turns INVALID", "AddRoleToDBCluster", "",
			func(t *testing.T) func() error { return w.distrusting(t, "prod", "shop-s3-export") },
			[]string{"(INVALID). Its trust policy must let rds.amazonaws.com assume it"},
		},
		{
			"the role of the clone turns INVALID while its server exports", "CompleteMultipartUpload", server,
			func(t *testing.T) func() error { return w.distrusting(t, "prod", "shop-s3-export") },
			[]string{
				"aws_s3: the cluster has no role for s3Export that works. Add it to the cluster (export role) and " +
					"wait until it is ACTIVE",
			},
		},
		{
			"the role of staging turns INVALID while its server imports", "GetObject", server,
			func(t *testing.T) func() error { return w.distrusting(t, "staging", "shop-s3-import") },
			[]string{
				"aws_s3: the cluster has no role for s3Import that works. Add it to the cluster (import role) and " +
					"wait until it is ACTIVE",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			w.once(t, c.operation, c.by, c.do(t))
			// imports that wait keep no export from its end
			p.fails(c.says, "apply", "-auto-approve", "-parallelism", "30")
			w.during(t, nil)
			w.clean(t)
			w.arrived(t)
		})
	}
	t.Run("the session ends during the copy", func(t *testing.T) {
		p.t = t
		w.once(t, "HeadObject", "", func() error { return cloud.Expired() })
		p.ok("apply", "-auto-approve") // a role is assumed anew
		w.clean(t)
		w.arrived(t)
	})
	t.Run("the session ends during the copy and cannot be renewed", func(t *testing.T) {
		p.t = t
		var ended atomic.Bool
		w.during(t, func(c cloud.Call) error {
			switch {
			case c.By == server && c.Operation == "CompleteMultipartUpload":
				ended.Store(true)
			case c.By == "" && ended.Load() && c.Service != "rds-db":
				return cloud.Expired()
			}
			return nil
		})
		p.fails([]string{
			"aws.prod: sts:AssumeRole on arn:aws:iam::111111111111:role/shoji-runner: the credentials have expired " +
				"(ExpiredToken). Sign in again, then resume or plan again", "Not everything could be put back",
			"shoji recover",
		}, "apply", "-auto-approve")
		w.during(t, nil)
		w.arrived(t)
		p.ok("recover")
		w.clean(t)
		p.ok("apply", "-auto-approve")
		w.arrived(t)
	})
	p.t = t
	p.secretless()
}

// TestABucketInAnotherRegion is said before anything is done.
func TestABucketInAnotherRegion(t *testing.T) {
	w, p := shared, shared.refreshed(t)
	far := w.Config("prod")
	far.Region = "eu-west-1"
	need[*s3.CreateBucketOutput](t)(s3.NewFromConfig(far, func(o *s3.Options) {
		o.UsePathStyle = true
	}).CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: awssdk.String("shop-elsewhere"),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}}))
	p.edit("accounts.shoji.hcl", `name        = "shop-transfer"`,
		"name        = \"shop-elsewhere\"\n  adopt       = true")
	p.fails([]string{
		"The bucket is in another region",
		"Bucket shop-elsewhere is in eu-west-1, but aws.prod is in ap-northeast-1. A bucket " +
			"cannot move; choose another name.",
	}, "apply", "-auto-approve")
	w.clean(t)
	w.arrived(t)
}

// TestTokensOnTheWay: a connection that begins while a run is under way is let in by credentials of then.
func TestTokensOnTheWay(t *testing.T) {
	w, p := shared, shared.refreshed(t)
	refusing := func(t *testing.T, from, to int) {
		var exporting, n atomic.Int32
		w.during(t, func(c cloud.Call) error {
			if c.By == server && c.Operation == "CompleteMultipartUpload" {
				exporting.Store(1)
			}
			if c.Parameters["DBUser"] == "masker" && exporting.Load() == 1 {
				if i := int(n.Add(1)); i >= from && i <= to {
					return cloud.Expired()
				}
			}
			return nil
		})
	}
	t.Run("one that has expired is made anew", func(t *testing.T) {
		p.t = t
		refusing(t, 1, 1)
		p.ok("apply", "-auto-approve")
		w.clean(t)
		w.arrived(t)
	})
	t.Run("one that is refused is explained", func(t *testing.T) {
		p.t = t
		refusing(t, 1, 1000)
		p.fails([]string{"rejected the token (28000)", "aws.prod"}, "apply", "-auto-approve")
		w.during(t, nil)
		w.clean(t)
		w.arrived(t)
	})
	p.t = t
	p.ok("apply", "-auto-approve")
	p.secretless()
}
