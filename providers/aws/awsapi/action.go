package awsapi

import "strings"

// Action gives the action of IAM that an operation needs. Most have the operation's name; S3's are older than its
// operations.
func Action(service, operation string) string {
	prefix := strings.ToLower(service)
	if prefix == "s3" {
		if name, ok := map[string]string{
			"HeadBucket":                      "ListBucket",
			"ListObjectsV2":                   "ListBucket",
			"ListObjectVersions":              "ListBucketVersions",
			"ListBuckets":                     "ListAllMyBuckets",
			"DeleteObjects":                   "DeleteObject",
			"HeadObject":                      "GetObject",
			"CopyObject":                      "PutObject",
			"CreateMultipartUpload":           "PutObject",
			"UploadPart":                      "PutObject",
			"CompleteMultipartUpload":         "PutObject",
			"GetBucketEncryption":             "GetEncryptionConfiguration",
			"PutBucketEncryption":             "PutEncryptionConfiguration",
			"GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
			"PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
			"GetPublicAccessBlock":            "GetBucketPublicAccessBlock",
			"PutPublicAccessBlock":            "PutBucketPublicAccessBlock",
		}[operation]; ok {
			return "s3:" + name
		}
	}
	return prefix + ":" + operation
}
