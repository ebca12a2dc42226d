// Package s3 is the lab's S3: buckets with their settings and objects in memory, each right checked against the
// policies of the caller, of the bucket and of the key. Addresses are path style. A bucket begins without any setting;
// versions and locks are kept; the other settings, such as lifecycle, replication and notification, are kept and given
// back, and change nothing.
package s3

import (
	"encoding/xml"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/kms"
	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Service holds the buckets: their names are one space for all accounts. Its methods want the cloud's lock held.
type Service struct {
	clock   wire.Clock
	iam     *iam.Service
	kms     *kms.Service
	buckets map[string]*bucket
}

type bucket struct {
	name, account, region string
	created               time.Time
	policy                *iam.Bound
	settings              map[string][]byte    // documents, by the name of their query parameter
	objects               map[string]*object   // the current ones
	history               map[string][]*object // all versions, the newest first, where they are kept
	uploads               map[string]*upload
	inventories           map[string][]byte // documents, by ID
}

// New makes a service without buckets.
func New(clock wire.Clock, identities *iam.Service, keys *kms.Service) *Service {
	return &Service{clock: clock, iam: identities, kms: keys, buckets: map[string]*bucket{}}
}

func (b *bucket) arn() string { return "arn:aws:s3:::" + b.name }

// place gives the bucket and key that a path-style request is about.
func place(r *wire.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(r.HTTP.URL.Path, "/"), "/")
	return bucket, key
}

// reach finds the bucket of a request and checks the right to an action on it or, with a key, on an object.
func (s *Service) reach(r *wire.Request, action string, context map[string]string) (*bucket, error) {
	name, key := place(r)
	return s.reachAt(r, name, key, action, context)
}

func (s *Service) reachAt(r *wire.Request, name, key, action string, context map[string]string) (*bucket, error) {
	b := s.buckets[name]
	if b == nil {
		return nil, wire.NotFoundf("NoSuchBucket", "The specified bucket does not exist")
	}
	if err := b.here(r.Region); err != nil {
		return nil, err
	}
	if owner := r.HTTP.Header.Get("X-Amz-Expected-Bucket-Owner"); owner != "" && owner != b.account {
		return nil, wire.Common(wire.AccessDenied)
	}
	return b, s.may(r.Caller, b, key, action, context)
}

func (s *Service) may(c wire.Caller, b *bucket, key, action string, context map[string]string) error {
	resource := b.arn()
	if key != "" {
		resource += "/" + key
	}
	all := map[string]string{
		"aws:RequestedRegion": b.region,
		"s3:ResourceAccount":  b.account,
		"aws:ResourceAccount": b.account,
	}
	maps.Copy(all, context)
	return s.iam.Authorize(c, iam.Access{
		Action:   "s3:" + action,
		Resource: resource,
		Owner:    b.account,
		Policy:   b.policy,
		Context:  all,
	})
}

// here refuses a request that was signed for another region, as S3's endpoints do: those of a region send elsewhere,
// the oldest one finds the signature's region wrong.
func (b *bucket) here(region string) error {
	switch {
	case region == b.region:
		return nil
	case region == "us-east-1":
		return &wire.Error{
			Code: "AuthorizationHeaderMalformed",
			Message: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting '" + b.region +
				"'",
			Fields: map[string]string{"Region": b.region},
		}
	}
	return &wire.Error{
		Code:   "PermanentRedirect",
		Status: http.StatusMovedPermanently,
		Fields: map[string]string{
			"Region":   b.region,
			"Bucket":   b.name,
			"Endpoint": b.name + ".s3." + b.region + ".amazonaws.com",
		},
		Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please " +
			"send all future requests to this endpoint.",
	}
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func (s *Service) createBucket(r *wire.Request) (any, error) {
	name, _ := place(r)
	if !bucketName.MatchString(name) {
		return nil, wire.Errorf("InvalidBucketName", "The specified bucket is not valid.")
	}
	var in struct {
		LocationConstraint string
		Tags               *struct {
			Inner []byte `xml:",innerxml"`
		}
	}
	if len(r.Body) > 0 && xml.Unmarshal(r.Body, &in) != nil {
		return nil, wire.Errorf("MalformedXML",
			"The XML you provided was not well-formed or did not validate against our published schema")
	}
	if in.LocationConstraint == "" && r.Region != "us-east-1" {
		return nil, wire.Errorf("IllegalLocationConstraintException",
			"The unspecified location constraint is incompatible for the region specific "+
				"endpoint this request was sent to.")
	}
	if in.LocationConstraint != "" && in.LocationConstraint != r.Region {
		return nil, wire.Errorf("IllegalLocationConstraintException",
			"The %s location constraint is incompatible for the region specific endpoint this request was sent to.",
			in.LocationConstraint)
	}
	if err := s.iam.Authorize(r.Caller, iam.Access{
		Action:   "s3:CreateBucket",
		Resource: "arn:aws:s3:::" + name,
	}); err != nil {
		return nil, err
	}
	if in.Tags != nil {
		if err := s.iam.Authorize(r.Caller, iam.Access{
			Action:   "s3:TagResource",
			Resource: "arn:aws:s3:::" + name,
		}); err != nil {
			return nil, err
		}
	}
	if r.HTTP.Header.Get("X-Amz-Object-Ownership") != "" {
		owning := iam.Access{Action: "s3:PutBucketOwnershipControls", Resource: "arn:aws:s3:::" + name}
		if err := s.iam.Authorize(r.Caller, owning); err != nil {
			return nil, err
		}
	}
	if b := s.buckets[name]; b != nil {
		if b.account == r.Caller.Account {
			return nil, &wire.Error{
				Code:    "BucketAlreadyOwnedByYou",
				Message: "Your previous request to create the named bucket succeeded and you already own it.",
				Status:  409,
			}
		}
		return nil, &wire.Error{
			Code: "BucketAlreadyExists",
			Message: "The requested bucket name is not available. The bucket namespace is shared by all users of the " +
				"system. Please select a different name and try again.",
			Status: 409,
		}
	}
	s.buckets[name] = &bucket{
		name:        name,
		account:     r.Caller.Account,
		region:      r.Region,
		created:     s.clock.Now(),
		settings:    map[string][]byte{},
		objects:     map[string]*object{},
		history:     map[string][]*object{},
		uploads:     map[string]*upload{},
		inventories: map[string][]byte{},
	}
	if ownership := r.HTTP.Header.Get("X-Amz-Object-Ownership"); ownership != "" {
		s.buckets[name].settings["ownershipControls"] = []byte("<OwnershipControls><Rule><ObjectOwnership>" +
			ownership + "</ObjectOwnership></Rule></OwnershipControls>")
	}
	if in.Tags != nil {
		s.buckets[name].settings["tagging"] = []byte("<Tagging><TagSet>" + string(in.Tags.Inner) +
			"</TagSet></Tagging>")
	}
	response := empty(http.StatusOK)
	response.Header.Set("Location", "/"+name)
	return response, nil
}

func (s *Service) deleteBucket(r *wire.Request) (any, error) {
	b, err := s.reach(r, "DeleteBucket", nil)
	if err != nil {
		return nil, err
	}
	if len(b.keys()) > 0 {
		return nil, &wire.Error{
			Code:    "BucketNotEmpty",
			Message: "The bucket you tried to delete is not empty",
			Status:  409,
		}
	}
	delete(s.buckets, b.name)
	return empty(http.StatusNoContent), nil
}

func (s *Service) headBucket(r *wire.Request) (any, error) {
	b, err := s.reach(r, "ListBucket", nil)
	if err != nil {
		return nil, err
	}
	response := empty(http.StatusOK)
	response.Header.Set("X-Amz-Bucket-Region", b.region)
	return response, nil
}

func (s *Service) listBuckets(r *wire.Request) (any, error) {
	if err := s.iam.Authorize(r.Caller, iam.Access{Action: "s3:ListAllMyBuckets", Resource: "*"}); err != nil {
		return nil, err
	}
	type entry struct {
		Name         string
		CreationDate string
		BucketRegion string
	}
	out := struct {
		XMLName xml.Name `xml:"ListAllMyBucketsResult"`
		Buckets []entry  `xml:"Buckets>Bucket"`
	}{}
	prefix := r.HTTP.URL.Query().Get("prefix")
	for _, name := range wire.SortedKeys(s.buckets) {
		if b := s.buckets[name]; b.account == r.Caller.Account && strings.HasPrefix(name, prefix) {
			out.Buckets = append(out.Buckets, entry{name, b.created.UTC().Format(time.RFC3339), b.region})
		}
	}
	return document(out), nil
}

func empty(status int) *wire.Response { return &wire.Response{Status: status, Header: http.Header{}} }

// document answers with XML.
func document(v any) *wire.Response {
	text, err := xml.Marshal(v)
	if err != nil {
		panic(err) // the shapes of this package can be encoded
	}
	return wire.XML(http.StatusOK, xml.Header+string(text))
}

// public says whether a policy lets anybody in: what the block of public access refuses.
func public(text string) bool {
	d, err := policy.Parse(text, policy.Resource)
	if err != nil {
		return false
	}
	for _, st := range d.Statements {
		for _, p := range st.Principal["AWS"] {
			if p == "*" && !st.Deny && len(st.Conditions) == 0 {
				return true
			}
		}
	}
	return false
}
