package e2e

import (
	"context"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// once does something at the first call that fits.
func (w *world) once(t *testing.T, operation, by string, do func() error) {
	var first sync.Once
	w.during(t, func(c cloud.Call) error {
		if c.Operation != operation || c.By != by {
			return nil
		}
		var err error
		first.Do(func() { err = do() })
		return err
	})
}

// TestWhatGoesWrongOnTheWay: each is said with what helps, the copy before it stays, and nothing is left. What goes wrong with clones and
// with single objects is held by the packages of the steps.
func TestWhatGoesWrongOnTheWay(t *testing.T) {
	w, p, ctx := shared, shared.refreshed(t), context.Background()
	keys, roles := kms.NewFromConfig(w.Config("prod")), iam.NewFromConfig(w.Config("prod"))
	failing := func(name string, parts []string, run func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			p.t = t
			run(t)
			p.fails(parts, "apply", "-auto-approve")
			w.during(t, nil)
			w.clean(t)
			w.arrived(t)
		})
	}
	failing("the key is disabled half way", []string{"the key of the bucket cannot be used: it is disabled, or its policy"}, func(t *testing.T) {
		out, err := keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: awssdk.String("alias/shop-transfer")})
		if err != nil {
			t.Fatal(err)
		}
		id := out.KeyMetadata.KeyId
		t.Cleanup(func() {
			if _, err := keys.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id}); err != nil {
				t.Error(err)
			}
		})
		w.once(t, "CompleteMultipartUpload", "rds.amazonaws.com", func() error {
			_, err := keys.DisableKey(ctx, &kms.DisableKeyInput{KeyId: id})
			return err
		})
	})
	failing("the role of the clone turns INVALID", []string{"INVALID", "trust policy"}, func(t *testing.T) {
		out, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: awssdk.String("shop-s3-export")})
		if err != nil {
			t.Fatal(err)
		}
		trust := unescaped(t, *out.Role.AssumeRolePolicyDocument)
		put := func(document string) error {
			_, err := roles.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: out.Role.RoleName, PolicyDocument: &document})
			return err
		}
		t.Cleanup(func() {
			if err := put(trust); err != nil {
				t.Error(err)
			}
		})
		w.once(t, "AddRoleToDBCluster", "", func() error {
			return put(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
		})
	})
	t.Run("the session ends during the copy", func(t *testing.T) {
		p.t = t
		w.once(t, "HeadObject", "", func() error { return cloud.Expired() })
		p.ok("apply", "-auto-approve") // a role is assumed anew
		w.clean(t)
		w.arrived(t)
	})
	p.t = t
	p.secretless()
}
