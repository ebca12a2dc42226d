package s3

import (
	"encoding/xml"
	"net/http"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// setting is a document that a bucket keeps as it was put: what is not there is an error of its own, never an empty
// document.
type setting struct {
	get, put, remove   string // operations
	getRight, putRight string // actions
	root, missing      string
	message            string
}

// settings are those documents, by the name of their query parameter.
var settings = map[string]setting{
	"encryption": {
		"GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption", "GetEncryptionConfiguration",
		"PutEncryptionConfiguration", "ServerSideEncryptionConfiguration",
		"ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found",
	},
	"publicAccessBlock": {
		"GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock", "GetBucketPublicAccessBlock",
		"PutBucketPublicAccessBlock", "PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration",
		"The public access block configuration was not found",
	},
	"ownershipControls": {
		"GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls",
		"GetBucketOwnershipControls", "PutBucketOwnershipControls", "OwnershipControls",
		"OwnershipControlsNotFoundError", "The bucket ownership controls were not found",
	},
	"lifecycle": {
		"GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle",
		"GetLifecycleConfiguration", "PutLifecycleConfiguration", "LifecycleConfiguration",
		"NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist",
	},
	"tagging": {
		"GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging", "GetBucketTagging", "PutBucketTagging",
		"Tagging", "NoSuchTagSet", "The TagSet does not exist",
	},
	"versioning": {
		"GetBucketVersioning", "PutBucketVersioning", "", "GetBucketVersioning", "PutBucketVersioning",
		"VersioningConfiguration", "", "",
	},
	"logging": {
		"GetBucketLogging", "PutBucketLogging", "", "GetBucketLogging", "PutBucketLogging", "BucketLoggingStatus", "",
		"",
	},
	"notification": {
		"GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration", "", "GetBucketNotification",
		"PutBucketNotification", "NotificationConfiguration", "", "",
	},
	"replication": {
		"GetBucketReplication", "PutBucketReplication", "DeleteBucketReplication", "GetReplicationConfiguration",
		"PutReplicationConfiguration", "ReplicationConfiguration",
		"ReplicationConfigurationNotFoundError", "The replication configuration was not found",
	},
	"object-lock": {
		"GetObjectLockConfiguration", "PutObjectLockConfiguration", "", "GetBucketObjectLockConfiguration",
		"PutBucketObjectLockConfiguration", "ObjectLockConfiguration",
		"ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket",
	},
}

func (s *Service) settingOperations() wire.Operations {
	all := wire.Operations{}
	for name, st := range settings {
		all[st.get] = func(r *wire.Request) (any, error) {
			b, err := s.reach(r, st.getRight, nil)
			if err != nil {
				return nil, err
			}
			text, ok := b.settings[name]
			switch {
			case !ok && st.missing != "":
				return nil, wire.NotFoundf(st.missing, "%s", st.message)
			case !ok:
				text = []byte("<" + st.root + "/>")
			}
			return wire.XML(http.StatusOK, string(text)), nil
		}
		all[st.put] = func(r *wire.Request) (any, error) {
			b, err := s.reach(r, st.putRight, nil)
			if err != nil {
				return nil, err
			}
			var root struct{ XMLName xml.Name }
			if err := xml.Unmarshal(r.Body, &root); err != nil || root.XMLName.Local != st.root {
				return nil, wire.Errorf("MalformedXML",
					"The XML you provided was not well-formed or did not validate against our published schema")
			}
			b.settings[name] = r.Body
			return empty(http.StatusOK), nil
		}
		if st.remove == "" {
			continue
		}
		all[st.remove] = func(r *wire.Request) (any, error) {
			b, err := s.reach(r, st.putRight, nil)
			if err != nil {
				return nil, err
			}
			delete(b.settings, name)
			return empty(http.StatusNoContent), nil
		}
	}
	return all
}

// standardEncryption is what objects get that ask for nothing.
func (b *bucket) standardEncryption() (algorithm, key string) {
	var in struct {
		Rule []struct {
			ApplyServerSideEncryptionByDefault struct{ SSEAlgorithm, KMSMasterKeyID string }
		}
	}
	if text, ok := b.settings["encryption"]; !ok || xml.Unmarshal(text, &in) != nil || len(in.Rule) == 0 {
		return "AES256", ""
	}
	d := in.Rule[0].ApplyServerSideEncryptionByDefault
	return d.SSEAlgorithm, d.KMSMasterKeyID
}

func (b *bucket) blocksPublicPolicies() bool {
	var in struct{ BlockPublicPolicy bool }
	text, ok := b.settings["publicAccessBlock"]
	return ok && xml.Unmarshal(text, &in) == nil && in.BlockPublicPolicy
}

func (s *Service) putBucketPolicy(r *wire.Request) (any, error) {
	b, err := s.reach(r, "PutBucketPolicy", nil)
	if err != nil {
		return nil, err
	}
	bound, err := s.iam.Bind(string(r.Body), policy.Resource)
	if err != nil {
		return nil, wire.Errorf("MalformedPolicy", "%v", err)
	}
	if b.blocksPublicPolicies() && public(string(r.Body)) {
		return nil, &wire.Error{
			Code:   wire.AccessDenied,
			Status: 403,
			Message: "User: " + r.Caller.ARN + " is not authorized to perform: s3:PutBucketPolicy on resource: \"" +
				b.arn() +
				"\" because public policies are blocked by the BlockPublicPolicy block public access setting.",
		}
	}
	b.policy = bound
	return empty(http.StatusNoContent), nil
}

func (s *Service) getBucketPolicy(r *wire.Request) (any, error) {
	b, err := s.reach(r, "GetBucketPolicy", nil)
	if err != nil {
		return nil, err
	}
	if b.policy == nil {
		return nil, wire.NotFoundf("NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	response := empty(http.StatusOK)
	response.Body = []byte(s.iam.Text(b.policy))
	return response, nil
}

func (s *Service) deleteBucketPolicy(r *wire.Request) (any, error) {
	b, err := s.reach(r, "DeleteBucketPolicy", nil)
	if err != nil {
		return nil, err
	}
	b.policy = nil
	return empty(http.StatusNoContent), nil
}

func (s *Service) getBucketPolicyStatus(r *wire.Request) (any, error) {
	b, err := s.reach(r, "GetBucketPolicyStatus", nil)
	if err != nil {
		return nil, err
	}
	if b.policy == nil {
		return nil, wire.NotFoundf("NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	return document(struct {
		XMLName  xml.Name `xml:"PolicyStatus"`
		IsPublic bool
	}{IsPublic: public(s.iam.Text(b.policy))}), nil
}

func (s *Service) getBucketLocation(r *wire.Request) (any, error) {
	b, err := s.reach(r, "GetBucketLocation", nil)
	if err != nil {
		return nil, err
	}
	region := b.region
	if region == "us-east-1" {
		region = "" // the oldest region has no name here
	}
	return document(struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Text    string   `xml:",chardata"`
	}{Text: region}), nil
}
