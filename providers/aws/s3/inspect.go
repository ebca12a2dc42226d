// Package s3 plans and makes changes of the buckets that rows are staged in.
package s3

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Bucket is a bucket as it was read.
type Bucket struct {
	Name, Region string
	// Foreign is set if the name belongs to a bucket of another account.
	Foreign   bool
	Algorithm string // of its default encryption
	Key       string
	BucketKey bool
	Blocked   [4]bool // public ACLs, ignored ACLs, public policies, restricted buckets
	Ownership string
	Policy    string
	Lifecycle []types.LifecycleRule
	Holds     bool // objects; read of removed buckets only
	Tags      object.Tags
	// Keeping and Outlets are what the spec cannot express, and Unseen the actions that are missing to read all of
	// that.
	Keeping Keeping  `json:",omitzero"`
	Outlets []Outlet `json:",omitempty"`
	Unseen  []string `json:",omitempty"`
}

// State is what was read of an account.
type State struct {
	Buckets map[string]*Bucket // those declared that exist
	Removed []*Bucket          // those of the project that are in no block
}

// Inspect reads buckets by name, and if all is set, the others of the project in the region too.
func Inspect(ctx context.Context, a *awsapi.Account, names []string, project string, all bool) (*State, error) {
	s := &State{Buckets: map[string]*Bucket{}}
	var others []string
	if all {
		if err := awsapi.EachPage(ctx, s3.NewListBucketsPaginator(a.S3, &s3.ListBucketsInput{
			BucketRegion: &a.Block.Region,
			MaxBuckets:   aws.Int32(1000),
		}), func(page *s3.ListBucketsOutput) {
			for _, b := range page.Buckets {
				if name := aws.ToString(b.Name); !slices.Contains(names, name) {
					others = append(others, name)
				}
			}
		}); err != nil {
			return nil, a.Explain(err, "")
		}
	}
	var mu sync.Mutex
	var closed []error
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, name := range names {
		g.Go(func() error {
			b, err := read(ctx, a, name)
			if b == nil || err != nil {
				return err
			}
			mu.Lock()
			s.Buckets[name] = b
			mu.Unlock()
			if b.Foreign || b.Region != "" && b.Region != a.Block.Region {
				return nil // the diff reports it
			}
			return b.readOutlets(ctx, a)
		})
	}
	for _, name := range others {
		g.Go(func() error {
			tags, err := tagsOf(ctx, a, name)
			if awsapi.Is(err, "AccessDenied") { // buckets of a project can always be read
				mu.Lock()
				defer mu.Unlock()
				closed = append(closed, a.Explain(err, bucketARN(a, name)))
				return nil
			}
			if awsapi.Is(err, "NoSuchBucket", "PermanentRedirect") {
				return nil // removed in the meantime
			}
			if err != nil || !tags.OwnedBy(project) {
				return a.Explain(err, bucketARN(a, name))
			}
			b, err := read(ctx, a, name)
			if err != nil || b == nil {
				return err
			}
			out, err := a.S3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &name, MaxKeys: aws.Int32(1)})
			if err != nil {
				return a.Explain(err, bucketARN(a, name))
			}
			b.Holds = len(out.Versions)+len(out.DeleteMarkers) > 0
			mu.Lock()
			defer mu.Unlock()
			s.Removed = append(s.Removed, b)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if len(closed) > 0 && len(closed) == len(others) { // the caller lacks the right, and not the buckets
		return nil, slices.MinFunc(closed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	}
	sort.Slice(s.Removed, func(i, j int) bool { return s.Removed[i].Name < s.Removed[j].Name })
	return s, nil
}

func bucketARN(a *awsapi.Account, name string) string { return a.Place.Bucket(name) }

// Region returns the region of a bucket, "" if it does not exist. An endpoint of another region answers too, and names
// the right one.
func Region(ctx context.Context, a *awsapi.Account, name string) (string, error) {
	out, err := a.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name})
	if err == nil {
		return aws.ToString(out.BucketRegion), nil
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		if answer.HTTPStatusCode() == http.StatusNotFound {
			return "", nil
		}
		if region := answer.Response.Header.Get("X-Amz-Bucket-Region"); region != "" &&
			answer.HTTPStatusCode() != http.StatusForbidden {
			return region, nil
		}
	}
	return "", a.Explain(err, bucketARN(a, name))
}

// read reads one bucket, nil if it does not exist.
func read(ctx context.Context, a *awsapi.Account, name string) (*Bucket, error) {
	b := &Bucket{Name: name}
	head, err := a.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name, ExpectedBucketOwner: &a.Block.Account})
	if err != nil { // the answer to a HEAD has no body, and so no code but the status
		var answer *awshttp.ResponseError
		if !errors.As(err, &answer) {
			return nil, a.Explain(err, bucketARN(a, name))
		}
		switch answer.HTTPStatusCode() {
		case http.StatusNotFound:
			return nil, nil
		case http.StatusMovedPermanently, http.StatusBadRequest:
			b.Region = answer.Response.Header.Get("X-Amz-Bucket-Region")
			if b.Region != "" && b.Region != a.Block.Region {
				return b, nil
			}
		case http.StatusForbidden:
			return explainForbidden(ctx, a, b, err)
		}
		return nil, a.Explain(err, bucketARN(a, name))
	}
	if b.Region = aws.ToString(head.BucketRegion); b.Region != "" && b.Region != a.Block.Region {
		return b, nil
	}
	return b, b.readSettings(ctx, a)
}

// explainForbidden tells a bucket of another account from a missing right: given the expected owner, S3 answers both
// alike.
func explainForbidden(ctx context.Context, a *awsapi.Account, b *Bucket, refused error) (*Bucket, error) {
	for p := s3.NewListBucketsPaginator(a.S3, &s3.ListBucketsInput{
		MaxBuckets: aws.Int32(1000),
		Prefix:     &b.Name,
	}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, a.Explain(refused, bucketARN(a, b.Name))
		}
		for _, x := range page.Buckets {
			if aws.ToString(x.Name) == b.Name {
				return nil, a.Explain(refused, bucketARN(a, b.Name))
			}
		}
	}
	b.Foreign = true
	return b, nil
}

// readSettings reads the configuration of a bucket. S3 has an error of its own for each part that is not configured.
func (b *Bucket) readSettings(ctx context.Context, a *awsapi.Account) error {
	owner := &a.Block.Account
	explain := func(err error, missing ...string) error {
		if awsapi.Is(err, missing...) {
			return nil
		}
		return a.Explain(err, bucketARN(a, b.Name))
	}
	encryption, err := a.S3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: owner,
	})
	if err == nil && encryption.ServerSideEncryptionConfiguration != nil {
		for _, r := range encryption.ServerSideEncryptionConfiguration.Rules {
			if d := r.ApplyServerSideEncryptionByDefault; d != nil {
				b.Algorithm, b.Key, b.BucketKey = string(d.SSEAlgorithm), aws.ToString(d.KMSMasterKeyID),
					aws.ToBool(r.BucketKeyEnabled)
			}
		}
	} else if err := explain(err, "ServerSideEncryptionConfigurationNotFoundError"); err != nil {
		return err
	}
	block, err := a.S3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: owner,
	})
	if err == nil && block.PublicAccessBlockConfiguration != nil {
		x := block.PublicAccessBlockConfiguration
		b.Blocked = [4]bool{
			aws.ToBool(x.BlockPublicAcls), aws.ToBool(x.IgnorePublicAcls), aws.ToBool(x.BlockPublicPolicy),
			aws.ToBool(x.RestrictPublicBuckets),
		}
	} else if err := explain(err, "NoSuchPublicAccessBlockConfiguration"); err != nil {
		return err
	}
	ownership, err := a.S3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: owner,
	})
	if err == nil && ownership.OwnershipControls != nil {
		for _, r := range ownership.OwnershipControls.Rules {
			b.Ownership = string(r.ObjectOwnership)
		}
	} else if err := explain(err, "OwnershipControlsNotFoundError"); err != nil {
		return err
	}
	text, err := a.S3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.Name, ExpectedBucketOwner: owner})
	if err == nil {
		if b.Policy, err = policy.Canonical(aws.ToString(text.Policy)); err != nil {
			return a.Explain(err, bucketARN(a, b.Name))
		}
	} else if err := explain(err, "NoSuchBucketPolicy"); err != nil {
		return err
	}
	lifecycle, err := a.S3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: owner,
	})
	if err == nil {
		b.Lifecycle = lifecycle.Rules
	} else if err := explain(err, "NoSuchLifecycleConfiguration"); err != nil {
		return err
	}
	b.Tags, err = tagsOf(ctx, a, b.Name)
	return explain(err)
}

func tagsOf(ctx context.Context, a *awsapi.Account, name string) (object.Tags, error) {
	out, err := a.S3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{
		Bucket:              &name,
		ExpectedBucketOwner: &a.Block.Account,
	})
	if awsapi.Is(err, "NoSuchTagSet") {
		return object.Tags{}, nil
	}
	if err != nil {
		return nil, err
	}
	return object.FromList(out.TagSet, pair), nil
}
