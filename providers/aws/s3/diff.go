package s3

import (
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// Wanted is a bucket as the spec wants it.
type Wanted struct {
	Spec   *spec.Bucket
	Key    string // the ARN of its key, or its token
	Policy policy.Document
	Needs  []string // the steps that create the key and the principals of the policy
	// Ours reports whether an account is in the spec.
	Ours func(account string) bool
}

// change is what has to be done to one bucket.
type change struct {
	*object.Change
	want Wanted
	have *Bucket // nil: it is created
	// old is what the spec is compared with: have, or nothing.
	old Bucket
}

// Diff plans one declared bucket.
func Diff(d *object.Draft, s *State, w Wanted) {
	b, have := w.Spec, s.Buckets[w.Spec.Name]
	c := change{Change: d.Declared(&b.AWSObject, b.Name, have != nil), want: w, have: have}
	if have != nil {
		c.old = *have
		switch {
		case have.Foreign:
			d.Diags.Errorf(&b.At.Name.Range, "The name is taken",
				"Bucket %s belongs to another account: bucket names are global. Choose another, such as %s-%s.", b.Name,
				b.Name, b.In.Account)
			return
		case have.Region != "" && have.Region != b.In.Region:
			d.Diags.Errorf(&b.At.Name.Range, "The bucket is in another region",
				"Bucket %s is in %s, but %s is in %s. A bucket cannot move; choose another name.", b.Name, have.Region,
				b.In.Address(), b.In.Region)
			return
		case !c.Claim(have.Tags):
			return
		}
	}
	if have != nil {
		c.Bypasses(have.bypasses(b.Prefix, w.Ours))
		c.Unseen(have.Unseen)
	}
	c.plan(object.TagsOf(d.Project, &b.AWSObject))
	c.Finish()
}

// Show shows what bypasses the policy of a bucket, and plans nothing.
func Show(d *object.Draft, s *State, w Wanted) {
	if have := s.Buckets[w.Spec.Name]; have != nil {
		c := d.Declared(&w.Spec.AWSObject, w.Spec.Name, true)
		c.Bypasses(have.bypasses(w.Spec.Prefix, w.Ours))
		c.Unseen(have.Unseen)
		c.Finish()
	}
}

func (c change) plan(tags object.Tags) {
	b, owner := c.want.Spec, &c.want.Spec.In.Account
	what := "update"
	if c.have == nil {
		what = "create"
		in := s3.CreateBucketInput{
			Bucket:                    &b.Name,
			ObjectOwnership:           types.ObjectOwnershipBucketOwnerEnforced,
			CreateBucketConfiguration: &types.CreateBucketConfiguration{Tags: object.List(tags, tag)},
		}
		if b.In.Region != "us-east-1" { // which S3 does not accept as a location
			in.CreateBucketConfiguration.LocationConstraint = types.BucketLocationConstraint(b.In.Region)
		}
		c.addCall("s3:CreateBucket", in)
		c.Show("region", nil, b.In.Region)
	}
	c.Show("prefix", b.Prefix, b.Prefix)
	if missing := c.Tags(c.old.Tags, tags); len(missing) > 0 && c.have != nil {
		c.addCall("s3:PutBucketTagging", s3.PutBucketTaggingInput{
			Bucket:              &b.Name,
			ExpectedBucketOwner: owner,
			Tagging:             &types.Tagging{TagSet: object.List(c.old.Tags.Merge(missing), tag)},
		})
	}
	open := c.old.Blocked != [4]bool{true, true, true, true}
	if c.Show("public_access", accessWords(c.old.Blocked), accessWords([4]bool{true, true, true, true})); open {
		yes := aws.Bool(true)
		c.addCall("s3:PutPublicAccessBlock", s3.PutPublicAccessBlockInput{Bucket: &b.Name, ExpectedBucketOwner: owner,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls:       yes,
				IgnorePublicAcls:      yes,
				BlockPublicPolicy:     yes,
				RestrictPublicBuckets: yes,
			}})
		if c.have != nil {
			c.Hazard(engine.LosesAccess, "bucket %s can no longer be accessed publicly", b.Name)
		}
	}
	const enforced = string(types.ObjectOwnershipBucketOwnerEnforced)
	if c.Show("ownership", c.old.Ownership, enforced); c.have != nil && c.old.Ownership != enforced {
		c.addCall("s3:PutBucketOwnershipControls", s3.PutBucketOwnershipControlsInput{
			Bucket:              &b.Name,
			ExpectedBucketOwner: owner,
			OwnershipControls: &types.OwnershipControls{
				Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}},
			},
		})
		c.Hazard(engine.LosesAccess, "access lists of objects in bucket %s no longer apply", b.Name)
	}
	c.planEncryption()
	c.planLifecycle()
	if c.Policy("policy", policy.ParseCanonical(c.old.Policy), c.want.Policy) {
		put := awsapi.New(c.In(), "s3:PutBucketPolicy", b.Name, s3.PutBucketPolicyInput{
			Bucket:              &b.Name,
			ExpectedBucketOwner: owner,
			Policy:              aws.String(c.want.Policy.JSON()),
		})
		// the first code: the policy names somebody whom S3 does not know yet
		put.RetryCodes = []string{"MalformedPolicy", "OperationAborted", "NoSuchBucket"}
		c.Call(put)
	}
	c.Step(what, what, c.want.Needs...)
}

func (c change) addCall(operation string, input any) {
	x := awsapi.New(c.In(), operation, c.want.Spec.Name, input)
	x.RetryCodes = []string{"OperationAborted"}
	if c.have == nil && operation != "s3:CreateBucket" { // a new bucket is not known everywhere at once
		x.RetryCodes = append(x.RetryCodes, "NoSuchBucket")
	}
	c.Call(x)
}

func accessWords(blocked [4]bool) string {
	switch blocked {
	case [4]bool{true, true, true, true}:
		return "blocked"
	case [4]bool{}:
		return "not blocked"
	}
	return "blocked in part"
}

func (c change) planEncryption() {
	b, algorithm := c.want.Spec, string(types.ServerSideEncryptionAwsKms)
	c.Show("encryption", c.old.Algorithm, algorithm)
	c.Show("kms_key", c.old.Key, c.want.Key)
	if c.old.Algorithm == algorithm && c.old.Key == c.want.Key && c.old.BucketKey {
		return
	}
	if c.have != nil {
		c.Note("existing objects keep the key that they were written with")
	}
	c.addCall("s3:PutBucketEncryption", s3.PutBucketEncryptionInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: &b.In.Account,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{
				BucketKeyEnabled: aws.Bool(true),
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
					SSEAlgorithm:   types.ServerSideEncryptionAwsKms,
					KMSMasterKeyID: &c.want.Key,
				},
			}}},
	})
}

// planLifecycle plans the rule that clears the prefix. S3 replaces all rules at once, so that those of others are sent
// along.
func (c change) planLifecycle() {
	b, days := c.want.Spec, int32(c.want.Spec.ExpireDays)
	id := "shoji " + b.Prefix
	rule := types.LifecycleRule{
		ID:                             &id,
		Status:                         types.ExpirationStatusEnabled,
		Filter:                         &types.LifecycleRuleFilter{Prefix: &b.Prefix},
		Expiration:                     &types.LifecycleExpiration{Days: &days},
		NoncurrentVersionExpiration:    &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(1)},
		AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: &days},
	}
	var before any
	rules := []types.LifecycleRule{rule}
	same := false
	for _, old := range c.old.Lifecycle {
		if name := aws.ToString(old.ID); name == id {
			same = equalRules(old, rule)
			if old.Expiration != nil {
				before = int(aws.ToInt32(old.Expiration.Days))
			}
			continue
		} else if len(name) > 6 && name[:6] == "shoji " { // of an earlier prefix
			continue
		}
		rules = append(rules, old)
	}
	c.Show("expire_days", before, b.ExpireDays)
	if same && len(rules) == len(c.old.Lifecycle) {
		return
	}
	if c.have != nil && !same {
		c.Hazard(engine.DeletesData, "everything older than %d days below %s in bucket %s is removed", b.ExpireDays,
			b.Prefix, b.Name)
	}
	slices.SortStableFunc(rules, func(x, y types.LifecycleRule) int {
		switch a, b := aws.ToString(x.ID), aws.ToString(y.ID); {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	})
	c.addCall("s3:PutBucketLifecycleConfiguration", s3.PutBucketLifecycleConfigurationInput{
		Bucket:                 &b.Name,
		ExpectedBucketOwner:    &b.In.Account,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: rules},
	})
}

func equalRules(a, b types.LifecycleRule) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

// Remove plans the removal of a bucket that was removed from the spec.
func Remove(d *object.Draft, in string, have *Bucket) {
	c := d.Removal(in, "bucket", have.Name, have.Tags)
	if c == nil {
		return
	}
	if have.Holds {
		c.Hazard(engine.DeletesData, "bucket %s is not empty: all its objects and their versions are deleted",
			have.Name)
	} else {
		c.Note("it is empty")
	}
	// Also if it was empty: what arrives until then must not keep it.
	if have.Holds {
		c.Call(awsapi.New(in, "s3:DeleteObjects", have.Name+" every object, version and unfinished upload",
			s3.ListObjectVersionsInput{Bucket: &have.Name}))
	}
	gone := awsapi.New(in, "s3:DeleteBucket", have.Name, s3.DeleteBucketInput{Bucket: &have.Name})
	gone.DoneCodes = []string{"NoSuchBucket"}
	c.Call(gone)
	c.Step("delete", "delete")
	c.Finish()
}

func tag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func pair(t types.Tag) (k, v *string) { return t.Key, t.Value }
