package policy

// BucketUse is who may do what in a bucket, and the key of its objects.
type BucketUse struct {
	Name, Prefix string
	Key          string // the ARN of the key, "" without one
	Write, Read  []string
	Statements   []Statement
}

// ForBucket generates a bucket policy: nothing without TLS, no object under another key, and the roles in their prefix
// only. Inferred: that aws_s3 speaks TLS with S3.
func ForBucket(at Place, use BucketUse) Document {
	bucket := at.Bucket(use.Name)
	objects := bucket + "/" + use.Prefix + "*"
	everybody := []Principal{{"AWS", "*"}}
	statements := []Statement{{
		Sid:        "DenyWithoutTLS",
		Effect:     "Deny",
		Principals: everybody,
		Actions:    []string{"s3:*"},
		Resources:  []string{bucket, bucket + "/*"},
		Conditions: []Condition{{"Bool", "aws:SecureTransport", []string{"false"}}},
	}}
	if use.Key != "" {
		const key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
		statements = append(statements,
			Statement{
				Sid:        "DenyOtherEncryption",
				Effect:     "Deny",
				Principals: everybody,
				Actions:    []string{"s3:PutObject"},
				Resources:  []string{bucket + "/*"},
				Conditions: []Condition{
					{"StringNotEquals", "s3:x-amz-server-side-encryption", []string{"aws:kms"}},
					{"Null", "s3:x-amz-server-side-encryption", []string{"false"}},
				},
			},
			// Who names no key gets the bucket's; a negated condition would be true for them too, hence the Null.
			Statement{
				Sid:        "DenyOtherKeys",
				Effect:     "Deny",
				Principals: everybody,
				Actions:    []string{"s3:PutObject"},
				Resources:  []string{bucket + "/*"},
				Conditions: []Condition{{"StringNotEquals", key, []string{use.Key}}, {"Null", key, []string{"false"}}},
			})
	}
	if len(use.Write) > 0 {
		statements = append(statements, Statement{
			Sid:        "Write",
			Effect:     "Allow",
			Principals: awsPrincipals(use.Write...),
			Actions:    writeActions(),
			Resources:  []string{objects},
		})
	}
	if len(use.Read) > 0 {
		statements = append(statements,
			Statement{
				Sid:        "Read",
				Effect:     "Allow",
				Principals: awsPrincipals(use.Read...),
				Actions:    []string{"s3:GetObject"},
				Resources:  []string{objects},
			},
			Statement{
				Sid:        "List",
				Effect:     "Allow",
				Principals: awsPrincipals(use.Read...),
				Actions:    []string{"s3:ListBucket"},
				Resources:  []string{bucket},
				Conditions: underPrefix(use.Prefix),
			})
	}
	return New(append(statements, use.Statements...)...)
}

func writeActions() []string { return []string{"s3:PutObject", "s3:AbortMultipartUpload"} }

// underPrefix limits a listing to a prefix.
func underPrefix(prefix string) []Condition {
	return []Condition{{"StringLike", "s3:prefix", []string{prefix + "*"}}}
}
