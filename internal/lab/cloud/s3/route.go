package s3

import (
	"maps"
	"net/http"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Protocol is S3's: the operation is in method, path and query.
type Protocol struct{}

// Name finds the operation.
func (Protocol) Name(r *wire.Request) string {
	bucket, key := place(r)
	query, method := r.HTTP.URL.Query(), r.HTTP.Method
	switch {
	case bucket == "":
		return map[string]string{http.MethodGet: "ListBuckets"}[method]
	case key == "":
		return bucketOperation(method, query.Has)
	}
	return objectOperation(method, query.Has, r.HTTP.Header)
}

func bucketOperation(method string, has func(string) bool) string {
	for name, st := range settings {
		if has(name) {
			return map[string]string{
				http.MethodGet:    st.get,
				http.MethodPut:    st.put,
				http.MethodDelete: st.remove,
			}[method]
		}
	}
	switch {
	case has("inventory") && has("id"):
		return map[string]string{
			http.MethodPut:    "PutBucketInventoryConfiguration",
			http.MethodDelete: "DeleteBucketInventoryConfiguration",
		}[method]
	case has("inventory"):
		return map[string]string{http.MethodGet: "ListBucketInventoryConfigurations"}[method]
	case has("policy"):
		return map[string]string{
			http.MethodGet:    "GetBucketPolicy",
			http.MethodPut:    "PutBucketPolicy",
			http.MethodDelete: "DeleteBucketPolicy",
		}[method]
	case has("policyStatus"):
		return "GetBucketPolicyStatus"
	case has("location"):
		return "GetBucketLocation"
	case has("uploads") && method == http.MethodGet:
		return "ListMultipartUploads"
	case has("versions") && method == http.MethodGet:
		return "ListObjectVersions"
	case has("list-type") && method == http.MethodGet:
		return "ListObjectsV2"
	case has("delete") && method == http.MethodPost:
		return "DeleteObjects"
	}
	for _, other := range []string{"acl", "cors", "website", "accelerate", "requestPayment"} {
		if has(other) {
			return "" // known to AWS, not to the lab
		}
	}
	return map[string]string{
		http.MethodPut:    "CreateBucket",
		http.MethodDelete: "DeleteBucket",
		http.MethodHead:   "HeadBucket",
	}[method]
}

func objectOperation(method string, has func(string) bool, header http.Header) string {
	switch {
	case has("uploads") && method == http.MethodPost:
		return "CreateMultipartUpload"
	case has("uploadId") && header.Get("X-Amz-Copy-Source") != "", has("tagging"), has("acl"), has("attributes"),
		has("retention"), has("legal-hold"), has("versionId"):
		return ""
	case has("uploadId"):
		return map[string]string{
			http.MethodPut:    "UploadPart",
			http.MethodPost:   "CompleteMultipartUpload",
			http.MethodDelete: "AbortMultipartUpload",
			http.MethodGet:    "ListParts",
		}[method]
	case method == http.MethodPut && header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	}
	return map[string]string{
		http.MethodPut:    "PutObject",
		http.MethodGet:    "GetObject",
		http.MethodHead:   "HeadObject",
		http.MethodDelete: "DeleteObject",
	}[method]
}

// Parameters gives bucket, key, query and what a request says about encryption and conditions.
func (Protocol) Parameters(r *wire.Request) map[string]string {
	p := map[string]string{}
	bucket, key := place(r)
	if bucket != "" {
		p["Bucket"] = bucket
	}
	if key != "" {
		p["Key"] = key
	}
	for k, v := range r.HTTP.URL.Query() {
		if !strings.HasPrefix(k, "X-Amz-") && k != "x-id" {
			p[k] = strings.Join(v, ",")
		}
	}
	for _, k := range []string{
		"If-Match", "If-None-Match", "Range", "X-Amz-Copy-Source", "X-Amz-Server-Side-Encryption",
		"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id",
	} {
		if v := r.HTTP.Header.Get(k); v != "" {
			p[k] = v
		}
	}
	return p
}

// Answer gives what the operation made.
func (Protocol) Answer(_ *wire.Request, result any) *wire.Response { return result.(*wire.Response) }

// Fail encodes an error. An answer to HEAD has no body: clients see the status alone.
func (Protocol) Fail(r *wire.Request, e *wire.Error) *wire.Response { return wire.S3Error(r, e) }

// Operations gives the operations of S3.
func (s *Service) Operations() wire.Operations {
	all := wire.Operations{
		"ListBuckets":             s.listBuckets,
		"CreateBucket":            s.createBucket,
		"DeleteBucket":            s.deleteBucket,
		"HeadBucket":              s.headBucket,
		"GetBucketLocation":       s.getBucketLocation,
		"GetBucketPolicy":         s.getBucketPolicy,
		"PutBucketPolicy":         s.putBucketPolicy,
		"DeleteBucketPolicy":      s.deleteBucketPolicy,
		"GetBucketPolicyStatus":   s.getBucketPolicyStatus,
		"PutObject":               s.putObject,
		"GetObject":               s.getObject,
		"HeadObject":              s.getObject,
		"DeleteObject":            s.deleteObject,
		"DeleteObjects":           s.deleteObjects,
		"CopyObject":              s.copyObject,
		"ListObjectsV2":           s.listObjects,
		"ListObjectVersions":      s.listVersions,
		"CreateMultipartUpload":   s.createUpload,
		"UploadPart":              s.uploadPart,
		"CompleteMultipartUpload": s.completeUpload,
		"AbortMultipartUpload":    s.abortUpload,
		"ListParts":               s.listParts,
		"ListMultipartUploads":    s.listUploads,
	}
	maps.Copy(all, s.settingOperations())
	maps.Copy(all, s.inventoryOperations())
	return all
}
