package preflight

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/spec"
)

// Probe is the name of an object that stands for all below a prefix.
const Probe = "preflight"

// stage adds what the runner itself needs of the bucket of a refresh, in the account in which it uses that. Whoever
// writes the rows, the runner tries the bucket, writes and reads the manifest, and removes what is staged. An import
// alone reads.
func (p *Preflight) stage(ctx context.Context, r *spec.Refresh, c *checks) error {
	in, rights := r.Via.In, permit.Staging()
	if p.Half == engine.OnlyImport {
		if rights = permit.Fetching(); r.To.Cluster != nil {
			in = r.To.Cluster.In
		}
	}
	a, err := p.Accounts.Account(ctx, in.Address())
	if err != nil {
		return err
	}
	if len(rights.Versions) > 0 {
		versioned, unknown := versioning(ctx, a, r.Via)
		if versioned {
			rights.Objects = append(rights.Objects, rights.Versions...)
			rights.Bucket = append(rights.Bucket, rights.BucketVersions...)
		}
		c.unknown = append(c.unknown, unknown...)
	}
	key := p.keyOf(ctx, r)
	bucket := awsapi.Need{
		In:       a.Address(),
		Resource: a.Place.Bucket(r.Via.Name),
		Owner:    r.Via.In.Account,
		Region:   r.Via.In.Region,
	}
	object := bucket
	object.Resource += "/" + r.Via.Prefix + Probe
	c.need(withKey(object, key, rights.Objects)...)
	c.need(each(bucket, rights.Bucket)...)
	c.need(key.needs(awsapi.Need{In: a.Address(), Via: "s3"}, rights.Key...)...)
	sealing := awsapi.Need{In: a.Address(), Seal: true}
	switch p.Half { // one half seals the manifest, and the other opens it
	case engine.OnlyExport:
		c.need(key.needs(sealing, "kms:GenerateDataKey")...)
	case engine.OnlyImport:
		c.need(key.needs(sealing, "kms:Decrypt")...)
	}
	return nil
}

// each returns a need for each action.
func each(n awsapi.Need, actions []string) []awsapi.Need {
	out := make([]awsapi.Need, len(actions))
	for i, action := range actions {
		out[i] = n
		out[i].Action = action
	}
	return out
}

// withKey returns a need on an object for each action, with the key that objects are written under: bucket policies
// have conditions on it.
func withKey(object awsapi.Need, key stageKey, actions []string) []awsapi.Need {
	out := each(object, actions)
	for i := range out {
		if out[i].Action == "s3:PutObject" {
			out[i].Under = key.name
		}
	}
	return out
}

// stageKey is the key of a bucket: its ARN, or what stands for it.
type stageKey struct {
	name       string
	unresolved awsapi.Unresolved
}

// keyOf returns the key of a refresh's bucket. An import need not have access to the account of the key.
func (p *Preflight) keyOf(ctx context.Context, r *spec.Refresh) stageKey {
	in := r.Via.Key.In
	if p.Half == engine.Whole || slices.Contains(AccountsOf(p.Half, r), in) {
		arn, err := p.Accounts.KeyARN(ctx, r.Via.Key)
		switch {
		case err == nil:
			return stageKey{name: arn}
		case p.Accounts.Opened(in.Account, in.Region) != nil:
			return stageKey{awsapi.Token(r.Via.Key.Address()), awsapi.Created}
		}
	}
	return stageKey{"the key of " + r.Via.Address(), awsapi.Unreachable}
}

// needs returns a need on the key for each action.
func (k stageKey) needs(n awsapi.Need, actions ...string) []awsapi.Need {
	n.Resource, n.Unresolved = k.name, k.unresolved
	return each(n, actions)
}

// versioning reports whether a bucket keeps versions of what is removed from it.
func versioning(ctx context.Context, a *awsapi.Account, b *spec.Bucket) (versioned bool, unknown []Finding) {
	in := &s3.GetBucketVersioningInput{Bucket: &b.Name, ExpectedBucketOwner: &b.In.Account}
	out, err := a.S3.GetBucketVersioning(ctx, in)
	switch {
	case awsapi.Is(err, "NoSuchBucket"):
		return false, nil
	case err != nil:
		return false, []Finding{{
			Need: awsapi.Need{
				In:       a.Address(),
				Action:   "removing every version of what is staged",
				Resource: "bucket " + b.Name,
			},
			Verdict: Unknown,
			Reason:  "whether the bucket keeps versions is unknown (s3:GetBucketVersioning)",
		}}
	}
	return out.Status != "", nil
}

// AccountsOf returns the accounts that a half of a refresh works in.
func AccountsOf(half engine.Half, r *spec.Refresh) []*spec.AWS {
	if half == engine.OnlyImport && r.To.Cluster != nil {
		return []*spec.AWS{r.To.Cluster.In}
	}
	out := []*spec.AWS{r.Via.In}
	if half == engine.OnlyImport {
		return out
	}
	if r.From.Cluster != nil {
		out = append(out, r.From.Cluster.In)
	}
	if r.Copy != nil {
		out = append(out, r.Source(), r.Place())
	}
	return out
}
