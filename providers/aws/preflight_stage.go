package aws

import (
	"context"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/preflight"
	"github.com/shoji-pg/shoji/spec"
)

// stages collects what the runner itself needs of the bucket of a refresh, in the account that it works in there:
// whoever writes the rows, the runner tries the bucket, writes and reads the manifest, and removes what is staged. An
// import alone reads.
func (p *Provider) stages(ctx context.Context, r *spec.Refresh, l *looked) ([]preflight.Need, error) {
	in, rights := r.Via.In, permit.Staging()
	if p.options.Only == engine.OnlyImport {
		if rights = permit.Fetching(); r.To.Cluster != nil {
			in = r.To.Cluster.In
		}
	}
	a, err := p.Account(ctx, in.Address())
	if err != nil {
		return nil, err
	}
	bucket := a.Place.Bucket(r.Via.Name)
	key := p.viaKey(ctx, r)
	object := preflight.Need{
		In:       in.Address(),
		Resource: bucket + "/" + r.Via.Prefix + preflight.Probe,
		Owner:    r.Via.In.Account,
		Region:   r.Via.In.Region,
	}
	itself := object
	itself.Resource = bucket
	if len(rights.Versions) > 0 {
		versions, unknown := p.versions(ctx, a, r.Via)
		if versions {
			rights.Objects, rights.Bucket = append(
				rights.Objects,
				rights.Versions...), append(
				rights.Bucket,
				rights.BucketVersions...)
		}
		if unknown != nil {
			unknown.Need.In = in.Address()
			l.unknown = append(l.unknown, *unknown)
		}
	}
	var out []preflight.Need
	for _, action := range rights.Objects {
		object.Action, object.Under = action, under(action, key)
		out = append(out, object)
	}
	for _, action := range rights.Bucket {
		itself.Action = action
		out = append(out, itself)
	}
	if r.Via.Key == nil {
		return out, nil
	}
	for _, action := range rights.Key {
		out = append(out, preflight.Need{In: in.Address(), Action: action, Resource: key, Via: "s3"})
	}
	switch p.options.Only { // one half seals the manifest, and the other opens it
	case engine.OnlyExport:
		out = append(out, preflight.Need{In: in.Address(), Action: "kms:GenerateDataKey", Resource: key, Seal: true})
	case engine.OnlyImport:
		out = append(out, preflight.Need{In: in.Address(), Action: "kms:Decrypt", Resource: key, Seal: true})
	}
	return out, nil
}

// under returns the key that an action writes objects under, which policies of buckets ask for.
func under(action, key string) string {
	if action == "s3:PutObject" {
		return key
	}
	return ""
}

// versions reports whether a bucket keeps what is removed from it. Where that cannot be seen, what is unknown is said.
func (p *Provider) versions(ctx context.Context, a *awsapi.Account, b *spec.Bucket) (bool, *preflight.Finding) {
	out, err := a.S3.GetBucketVersioning(
		ctx,
		&awss3.GetBucketVersioningInput{Bucket: &b.Name, ExpectedBucketOwner: &b.In.Account},
	)
	switch {
	case awsapi.Is(err, "NoSuchBucket"):
		return false, nil
	case err != nil:
		need := preflight.Need{Action: "removing every version of what is staged", Resource: "bucket " + b.Name}
		return false, &preflight.Finding{
			Need:    need,
			Verdict: preflight.Unknown,
			Reason:  "whether the bucket keeps versions cannot be seen (s3:GetBucketVersioning)",
		}
	}
	return out.Status != "", nil
}
