package cloud_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func newBucket(t *testing.T, c clients, name string) {
	t.Helper()
	must[*s3.CreateBucketOutput](t)(c.s3.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: &name,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(c.config.Region),
		},
	}))
}

func put(c clients, bucket, key, body string, more ...func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(body)}
	for _, m := range more {
		m(in)
	}
	return c.s3.PutObject(ctx, in)
}

func get(c clients, bucket, key string, more ...func(*s3.GetObjectInput)) (string, error) {
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	for _, m := range more {
		m(in)
	}
	out, err := c.s3.GetObject(ctx, in)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(out.Body)
	return string(text), errors.Join(err, out.Body.Close())
}

func TestBuckets(t *testing.T) {
	lab := start(t, cloud.Config{})
	c, other := admin(t, lab, source), admin(t, lab, target)
	newBucket(t, c, "shop")
	create := func(c clients, name string, region string) error {
		in := &s3.CreateBucketInput{Bucket: &name}
		if region != "" {
			in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
				LocationConstraint: types.BucketLocationConstraint(region),
			}
		}
		_, err := c.s3.CreateBucket(ctx, in)
		return err
	}
	refused(t, create(c, "shop", region), "BucketAlreadyOwnedByYou")
	refused(t, create(other, "shop", region), "BucketAlreadyExists")
	refused(t, create(c, "Bad_Name", region), "InvalidBucketName")
	refused(t, create(c, "elsewhere", "eu-west-1"), "IllegalLocationConstraintException")
	refused(t, create(c, "nowhere", ""), "IllegalLocationConstraintException")

	if got := must[*s3.GetBucketLocationOutput](t)(c.s3.GetBucketLocation(ctx,
		&s3.GetBucketLocationInput{Bucket: aws.String("shop")})); string(got.LocationConstraint) != region {
		t.Errorf("the bucket is in %q", got.LocationConstraint)
	}
	list := must[*s3.ListBucketsOutput](t)(c.s3.ListBuckets(ctx, nil))
	if len(list.Buckets) != 1 || *list.Buckets[0].Name != "shop" {
		t.Errorf("got %+v", list.Buckets)
	}
	_, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("missing")})
	refused(t, err, "NotFound")
	_, err = other.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("shop")})
	refused(t, err, "Forbidden")
	_, err = c.s3.HeadBucket(ctx, &s3.HeadBucketInput{
		Bucket:              aws.String("shop"),
		ExpectedBucketOwner: aws.String(target),
	})
	refused(t, err, "Forbidden")

	must[*s3.PutObjectOutput](t)(put(c, "shop", "a", "x"))
	_, err = c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("shop")})
	refused(t, err, "BucketNotEmpty")
	must[*s3.DeleteObjectOutput](t)(c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket: aws.String("shop"),
		Key:    aws.String("a"),
	}))
	must[*s3.DeleteBucketOutput](t)(c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("shop")}))
	_, err = get(c, "shop", "a")
	refused(t, err, "NoSuchBucket")
}

func TestBucketsOfOtherRegions(t *testing.T) {
	lab := start(t, cloud.Config{})
	newBucket(t, admin(t, lab, source), "shop")
	creds := must[cloud.Credentials](t)(lab.Credentials(source))
	_, err := get(with(lab, "eu-west-1", creds), "shop", "a")
	refused(t, err, "PermanentRedirect")
	_, err = get(with(lab, "us-east-1", creds), "shop", "a")
	says(t, err, "AuthorizationHeaderMalformed", region)
	_, err = with(lab, "eu-west-1", creds).s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("shop")})
	var response *awshttp.ResponseError
	if !errors.As(err, &response) || response.HTTPStatusCode() != 301 ||
		response.Response.Header.Get("X-Amz-Bucket-Region") != region {
		t.Errorf("got %v", err)
	}
}

func TestBucketSettings(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newBucket(t, c, "shop")
	b := aws.String("shop")

	t.Run("what is not set is an error of its own", func(t *testing.T) {
		_, err := c.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: b})
		refused(t, err, "ServerSideEncryptionConfigurationNotFoundError")
		_, err = c.s3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: b})
		refused(t, err, "NoSuchPublicAccessBlockConfiguration")
		_, err = c.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: b})
		refused(t, err, "OwnershipControlsNotFoundError")
		_, err = c.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: b})
		refused(t, err, "NoSuchLifecycleConfiguration")
		_, err = c.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b})
		refused(t, err, "NoSuchTagSet")
		_, err = c.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: b})
		refused(t, err, "NoSuchBucketPolicy")
		if got := must[*s3.GetBucketVersioningOutput](t)(c.s3.GetBucketVersioning(ctx,
			&s3.GetBucketVersioningInput{Bucket: b})); got.Status != "" {
			t.Errorf("versioning is %s", got.Status)
		}
	})
	t.Run("encryption", func(t *testing.T) {
		arn := newKey(t, c, "")
		must[*s3.PutBucketEncryptionOutput](t)(c.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
			Bucket: b,
			ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
				Rules: []types.ServerSideEncryptionRule{{
					BucketKeyEnabled: aws.Bool(true),
					ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
						SSEAlgorithm:   types.ServerSideEncryptionAwsKms,
						KMSMasterKeyID: &arn,
					},
				}},
			},
		}))
		got := must[*s3.GetBucketEncryptionOutput](t)(c.s3.GetBucketEncryption(ctx,
			&s3.GetBucketEncryptionInput{Bucket: b}))
		rule := got.ServerSideEncryptionConfiguration.Rules[0]
		if *rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID != arn || !*rule.BucketKeyEnabled {
			t.Errorf("got %+v", rule)
		}
		out := must[*s3.PutObjectOutput](t)(put(c, "shop", "a", "x"))
		if out.ServerSideEncryption != types.ServerSideEncryptionAwsKms || *out.SSEKMSKeyId != arn {
			t.Errorf("the object is encrypted with %s, %v", out.ServerSideEncryption, out.SSEKMSKeyId)
		}
		must[*s3.DeleteBucketEncryptionOutput](t)(c.s3.DeleteBucketEncryption(ctx,
			&s3.DeleteBucketEncryptionInput{Bucket: b}))
	})
	t.Run("public access, ownership, lifecycle, tags, versioning", func(t *testing.T) {
		yes := aws.Bool(true)
		must[*s3.PutPublicAccessBlockOutput](t)(c.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: b,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls:       yes,
				BlockPublicPolicy:     yes,
				IgnorePublicAcls:      yes,
				RestrictPublicBuckets: yes,
			},
		}))
		if got := must[*s3.GetPublicAccessBlockOutput](t)(c.s3.GetPublicAccessBlock(ctx,
			&s3.GetPublicAccessBlockInput{Bucket: b})); !*got.PublicAccessBlockConfiguration.RestrictPublicBuckets {
			t.Error("public access is not blocked")
		}
		must[*s3.PutBucketOwnershipControlsOutput](t)(c.s3.PutBucketOwnershipControls(ctx,
			&s3.PutBucketOwnershipControlsInput{
				Bucket: b,
				OwnershipControls: &types.OwnershipControls{
					Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}},
				},
			}))
		if got := must[*s3.GetBucketOwnershipControlsOutput](t)(c.s3.GetBucketOwnershipControls(ctx,
			&s3.GetBucketOwnershipControlsInput{
				Bucket: b,
			})); got.OwnershipControls.Rules[0].ObjectOwnership != types.ObjectOwnershipBucketOwnerEnforced {
			t.Error("ownership is another")
		}
		must[*s3.PutBucketLifecycleConfigurationOutput](t)(c.s3.PutBucketLifecycleConfiguration(ctx,
			&s3.PutBucketLifecycleConfigurationInput{
				Bucket: b,
				LifecycleConfiguration: &types.BucketLifecycleConfiguration{
					Rules: []types.LifecycleRule{{
						ID:         aws.String("staged"),
						Status:     types.ExpirationStatusEnabled,
						Filter:     &types.LifecycleRuleFilter{Prefix: aws.String("runs/")},
						Expiration: &types.LifecycleExpiration{Days: aws.Int32(2)},
					}},
				},
			}))
		if got := must[*s3.GetBucketLifecycleConfigurationOutput](t)(c.s3.GetBucketLifecycleConfiguration(ctx,
			&s3.GetBucketLifecycleConfigurationInput{Bucket: b})); *got.Rules[0].Expiration.Days != 2 ||
			*got.Rules[0].Filter.Prefix != "runs/" {
			t.Errorf("got %+v", got.Rules)
		}
		must[*s3.PutBucketTaggingOutput](t)(c.s3.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{
			Bucket:  b,
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("shoji"), Value: aws.String("shop")}}},
		}))
		if got := must[*s3.GetBucketTaggingOutput](t)(c.s3.GetBucketTagging(ctx,
			&s3.GetBucketTaggingInput{Bucket: b})); *got.TagSet[0].Value != "shop" {
			t.Errorf("got %+v", got.TagSet)
		}
		must[*s3.PutBucketVersioningOutput](t)(c.s3.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket:                  b,
			VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
		}))
		if got := must[*s3.GetBucketVersioningOutput](t)(c.s3.GetBucketVersioning(ctx,
			&s3.GetBucketVersioningInput{Bucket: b})); got.Status != types.BucketVersioningStatusEnabled {
			t.Errorf("versioning is %s", got.Status)
		}
	})
	t.Run("policies", func(t *testing.T) {
		policy := func(statement string) error {
			_, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
				Bucket: b,
				Policy: aws.String(keyPolicy(statement)),
			})
			return err
		}
		refused(t, policy(`{"Effect":"Allow"}`), "MalformedPolicy")
		refused(t, policy(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+target+
			`:role/missing"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::shop/*"}`), "MalformedPolicy")
		says(t, policy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::shop/*"}`),
			"AccessDenied", "BlockPublicPolicy")
		tls := `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::shop",` +
			`"arn:aws:s3:::shop/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
		ok(t, policy(tls))
		if got := must[*s3.GetBucketPolicyOutput](t)(c.s3.GetBucketPolicy(ctx,
			&s3.GetBucketPolicyInput{Bucket: b})); *got.Policy != keyPolicy(tls) {
			t.Errorf("got %s", *got.Policy)
		}
		must[*s3.PutObjectOutput](t)(put(c, "shop", "tls", "x")) // the lab's HTTP is as good as TLS
		if got := must[*s3.GetBucketPolicyStatusOutput](t)(c.s3.GetBucketPolicyStatus(ctx,
			&s3.GetBucketPolicyStatusInput{Bucket: b})); *got.PolicyStatus.IsPublic {
			t.Error("the policy is public")
		}
		must[*s3.DeleteBucketPolicyOutput](t)(c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: b}))
	})
}

func TestObjects(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newBucket(t, c, "shop")
	made := must[*s3.PutObjectOutput](t)(put(c, "shop", "runs/1/a b.csv", "hello", func(in *s3.PutObjectInput) {
		in.ContentEncoding, in.Metadata, in.ChecksumAlgorithm = aws.String("gzip"), map[string]string{"rows": "1"},
			types.ChecksumAlgorithmSha256
	}))
	if *made.ETag != `"5d41402abc4b2a76b9719d911017c592"` ||
		*made.ChecksumSHA256 != "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" {
		t.Errorf("got %s, %v", *made.ETag, made.ChecksumSHA256)
	}
	head := must[*s3.HeadObjectOutput](t)(c.s3.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:       aws.String("shop"),
		Key:          aws.String("runs/1/a b.csv"),
		ChecksumMode: types.ChecksumModeEnabled,
	}))
	if *head.ContentLength != 5 || *head.ContentEncoding != "gzip" || head.Metadata["rows"] != "1" ||
		head.ChecksumSHA256 == nil {
		t.Errorf("got %+v", head)
	}
	read := func(span string) (string, error) {
		return get(c, "shop", "runs/1/a b.csv", func(in *s3.GetObjectInput) {
			if span != "" {
				in.Range = &span
			}
		})
	}
	for span, want := range map[string]string{
		"":           "hello",
		"bytes=1-3":  "ell",
		"bytes=3-":   "lo",
		"bytes=-2":   "lo",
		"bytes=2-99": "llo",
	} {
		if got := must[string](t)(read(span)); got != want {
			t.Errorf("%s gives %q", span, got)
		}
	}
	_, err := read("bytes=5-")
	refused(t, err, "InvalidRange")
	must[*s3.PutObjectOutput](t)(put(c, "shop", "empty", ""))
	_, err = get(c, "shop", "empty", func(in *s3.GetObjectInput) { in.Range = aws.String("bytes=0-") })
	refused(t, err, "InvalidRange")

	_, err = get(c, "shop", "missing")
	refused(t, err, "NoSuchKey")
	_, err = put(c, "shop", "bad", "x", func(in *s3.PutObjectInput) { in.ChecksumSHA256 = made.ChecksumSHA256 })
	refused(t, err, "BadDigest")

	copied := must[*s3.CopyObjectOutput](t)(c.s3.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket:     aws.String("shop"),
		Key:        aws.String("copy"),
		CopySource: aws.String("shop/runs/1/a%20b.csv"),
	}))
	if got := must[string](t)(get(c, "shop", "copy")); got != "hello" || *copied.CopyObjectResult.ETag != *made.ETag {
		t.Errorf("got %q", got)
	}
}

func TestConditionalWrites(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newBucket(t, c, "shop")
	fresh := func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }
	match := func(etag *string) func(*s3.PutObjectInput) { return func(in *s3.PutObjectInput) { in.IfMatch = etag } }
	first := must[*s3.PutObjectOutput](t)(put(c, "shop", "lock", "1", fresh))
	_, err := put(c, "shop", "lock", "2", fresh)
	refused(t, err, "PreconditionFailed")
	second := must[*s3.PutObjectOutput](t)(put(c, "shop", "lock", "2", match(first.ETag)))
	_, err = put(c, "shop", "lock", "3", match(first.ETag))
	refused(t, err, "PreconditionFailed")
	_, err = put(c, "shop", "other", "3", match(second.ETag))
	refused(t, err, "NoSuchKey")
	_, err = c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket:  aws.String("shop"),
		Key:     aws.String("lock"),
		IfMatch: first.ETag,
	})
	refused(t, err, "PreconditionFailed")
	_, err = get(c, "shop", "lock", func(in *s3.GetObjectInput) { in.IfMatch = first.ETag })
	refused(t, err, "PreconditionFailed")
}

func TestListingObjects(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newBucket(t, c, "shop")
	for _, key := range []string{"runs/1/a", "runs/1/b", "runs/2/a", "runs/3", "zoo"} {
		must[*s3.PutObjectOutput](t)(put(c, "shop", key, "x"))
	}
	list := func(prefix, delimiter string) (names string, pages int) {
		var all []string
		in := &s3.ListObjectsV2Input{Bucket: aws.String("shop"), MaxKeys: aws.Int32(2)}
		if prefix != "" {
			in.Prefix = &prefix
		}
		if delimiter != "" {
			in.Delimiter = &delimiter
		}
		for p := s3.NewListObjectsV2Paginator(c.s3, in); p.HasMorePages(); pages++ {
			page := must[*s3.ListObjectsV2Output](t)(p.NextPage(ctx))
			for _, o := range page.CommonPrefixes {
				all = append(all, *o.Prefix)
			}
			for _, o := range page.Contents {
				all = append(all, *o.Key)
			}
		}
		return strings.Join(all, " "), pages
	}
	for _, c := range []struct {
		prefix, delimiter, want string
		pages                   int
	}{
		{"", "", "runs/1/a runs/1/b runs/2/a runs/3 zoo", 3},
		{"runs/1/", "", "runs/1/a runs/1/b", 1},
		{"runs/", "/", "runs/1/ runs/2/ runs/3", 2},
		{"", "/", "runs/ zoo", 1},
		{"none", "", "", 1},
	} {
		if got, pages := list(c.prefix, c.delimiter); got != c.want || pages != c.pages {
			t.Errorf("%q by %q gives %q in %d pages", c.prefix, c.delimiter, got, pages)
		}
	}
	out := must[*s3.DeleteObjectsOutput](t)(c.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: aws.String("shop"),
		Delete: &types.Delete{
			Objects: []types.ObjectIdentifier{{Key: aws.String("zoo")}, {Key: aws.String("missing")}},
		},
	}))
	if got, _ := list("", "/"); got != "runs/" || len(out.Deleted) != 2 {
		t.Errorf("got %q, %+v", got, out)
	}
}

func TestMultipartUploads(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newBucket(t, c, "shop")
	b, key := aws.String("shop"), aws.String("big")
	begin := func() *string {
		return must[*s3.CreateMultipartUploadOutput](t)(c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
			Bucket:            b,
			Key:               key,
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			Metadata:          map[string]string{"m": "1"},
		})).UploadId
	}
	part := func(id *string, n int32, body []byte) types.CompletedPart {
		out := must[*s3.UploadPartOutput](t)(c.s3.UploadPart(ctx, &s3.UploadPartInput{
			Bucket:            b,
			Key:               key,
			UploadId:          id,
			PartNumber:        &n,
			Body:              bytes.NewReader(body),
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		}))
		return types.CompletedPart{PartNumber: &n, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32}
	}
	complete := func(id *string, parts ...types.CompletedPart) (*s3.CompleteMultipartUploadOutput, error) {
		return c.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket:          b,
			Key:             key,
			UploadId:        id,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
	}
	big := bytes.Repeat([]byte("x"), 5<<20)

	id := begin()
	one, two := part(id, 1, big), part(id, 2, []byte("end"))
	parts := must[*s3.ListPartsOutput](t)(c.s3.ListParts(ctx, &s3.ListPartsInput{Bucket: b, Key: key, UploadId: id}))
	if len(parts.Parts) != 2 || *parts.Parts[0].Size != 5<<20 {
		t.Errorf("got %+v", parts.Parts)
	}
	_, err := complete(id, two, one)
	refused(t, err, "InvalidPartOrder")
	_, err = complete(id, one, types.CompletedPart{PartNumber: aws.Int32(2), ETag: one.ETag})
	refused(t, err, "InvalidPart")
	out := must[*s3.CompleteMultipartUploadOutput](t)(complete(id, one, two))
	if !strings.HasSuffix(*out.ETag, `-2"`) || !strings.HasSuffix(*out.ChecksumCRC32, "-2") {
		t.Errorf("got %s, %s", *out.ETag, *out.ChecksumCRC32)
	}
	if got := must[string](t)(get(c, "shop", "big")); got != string(big)+"end" {
		t.Errorf("%d bytes", len(got))
	}
	_, err = complete(id, one, two)
	refused(t, err, "NoSuchUpload")

	id = begin()
	small := []types.CompletedPart{part(id, 1, []byte("small")), part(id, 2, []byte("end"))}
	_, err = complete(id, small...)
	refused(t, err, "EntityTooSmall")
	if got := must[*s3.ListMultipartUploadsOutput](t)(c.s3.ListMultipartUploads(ctx,
		&s3.ListMultipartUploadsInput{Bucket: b})); len(got.Uploads) != 1 {
		t.Errorf("%d uploads", len(got.Uploads))
	}
	must[*s3.AbortMultipartUploadOutput](t)(c.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket:   b,
		Key:      key,
		UploadId: id,
	}))
	if got := must[*s3.ListMultipartUploadsOutput](t)(c.s3.ListMultipartUploads(ctx,
		&s3.ListMultipartUploadsInput{Bucket: b})); len(got.Uploads) != 0 {
		t.Errorf("%d uploads", len(got.Uploads))
	}
}

func TestPresignedURLs(t *testing.T) {
	clock := cloud.NewClock()
	lab := start(t, cloud.Config{Clock: clock})
	c := admin(t, lab, source)
	newBucket(t, c, "shop")
	must[*s3.PutObjectOutput](t)(put(c, "shop", "a b", "hello"))
	request, err := s3.NewPresignClient(c.s3).PresignGetObject(ctx,
		&s3.GetObjectInput{Bucket: aws.String("shop"), Key: aws.String("a b")}, s3.WithPresignExpires(time.Minute))
	ok(t, err)
	fetch := func(url string) (int, string) {
		response := must[*http.Response](t)(http.Get(url))
		body := must[[]byte](t)(io.ReadAll(response.Body))
		_ = response.Body.Close()
		return response.StatusCode, string(body)
	}
	if status, body := fetch(request.URL); status != 200 || body != "hello" {
		t.Errorf("got %d %s", status, body)
	}
	if status, body := fetch(strings.Replace(request.URL, "a%20b", "other", 1)); status != 403 ||
		!strings.Contains(body, "SignatureDoesNotMatch") {
		t.Errorf("got %d %s", status, body)
	}
	clock.Advance(2 * time.Minute)
	if status, body := fetch(request.URL); status != 403 || !strings.Contains(body, "Request has expired") {
		t.Errorf("got %d %s", status, body)
	}
	if status, body := fetch(lab.URL() + "/shop/a"); status != 403 ||
		!strings.Contains(body, "<Code>AccessDenied</Code>") {
		t.Errorf("unsigned: got %d %s", status, body)
	}
}

// The way of a masked file: written in the source account under its key, read by a role of the target account.
func TestAcrossAccounts(t *testing.T) {
	lab := start(t, cloud.Config{})
	from, to := admin(t, lab, source), admin(t, lab, target)
	newBucket(t, from, "transfer")
	importer := role(t, to, "import", trustAWS("arn:aws:iam::"+target+":root"),
		allow("s3:GetObject s3:ListBucket", "arn:aws:s3:::transfer arn:aws:s3:::transfer/*"))
	decrypt := `{"Effect":"Allow","Principal":{"AWS":"` + importer +
		`"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.` + region +
		`.amazonaws.com","kms:CallerAccount":"` + target + `"}}}`
	shut, open := newKey(t, from, keyPolicy(rootStatement(source))),
		newKey(t, from, keyPolicy(rootStatement(source), decrypt))
	for key, arn := range map[string]string{"shut": shut, "open": open, "managed": ""} {
		must[*s3.PutObjectOutput](t)(put(from, "transfer", "runs/"+key, "rows", func(in *s3.PutObjectInput) {
			in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
			if arn != "" {
				in.SSEKMSKeyId = &arn
			}
		}))
	}
	session, err := assume(t, lab, to, importer)
	ok(t, err)
	_, err = get(session, "transfer", "runs/open")
	refused(t, err, "AccessDenied") // the bucket does not let it in yet
	must[*s3.PutBucketPolicyOutput](t)(from.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
		Bucket: aws.String("transfer"),
		Policy: aws.String(keyPolicy(
			`{"Effect":"Allow","Principal":{"AWS":"`+importer+
				`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::transfer/runs/*"}`,
			`{"Effect":"Allow","Principal":{"AWS":"`+importer+
				`"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::transfer",`+
				`"Condition":{"StringLike":{"s3:prefix":"runs/*"}}}`)),
	}))

	_, err = get(session, "transfer", "runs/open")
	says(t, err, "AccessDenied", "kms:Decrypt") // the role's own policies lack it
	must[*iam.PutRolePolicyOutput](t)(to.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName:       aws.String("import"),
		PolicyName:     aws.String("key"),
		PolicyDocument: aws.String(allow("kms:Decrypt", open+" "+shut)),
	}))
	if got := must[string](t)(get(session, "transfer", "runs/open")); got != "rows" {
		t.Errorf("got %q", got)
	}
	_, err = get(session, "transfer", "runs/shut")
	says(t, err, "AccessDenied", "kms:Decrypt") // the key's policy lacks it
	_, err = get(session, "transfer", "runs/managed")
	says(t, err, "AccessDenied", "kms:Decrypt") // AWS's own key is of no use across accounts
	_, err = put(session, "transfer", "runs/x", "x")
	refused(t, err, "AccessDenied")

	list := func(prefix string) error {
		_, err := session.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("transfer"), Prefix: &prefix})
		return err
	}
	ok(t, list("runs/1"))
	refused(t, list("other"), "AccessDenied")
	_, err = get(session, "transfer", "runs/missing")
	refused(t, err, "NoSuchKey") // it may list there, so it learns that the object is missing

	must[*kms.DisableKeyOutput](t)(from.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &open}))
	_, err = get(session, "transfer", "runs/open")
	refused(t, err, "KMS.DisabledException")
}
