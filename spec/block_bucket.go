package spec

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Bucket is a bucket for rows on their way.
type Bucket struct {
	AWSObject
	Name, Prefix string
	Key          *KMSKey
	ExpireDays   int
	Write, Read  []Grantee
	Statements   []PolicyStatement
}

var (
	bucketName   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	bucketPrefix = regexp.MustCompile(`^([A-Za-z0-9!_.'()-]+/)*$`) // the characters that need no escaping anywhere
)

func (l *loader) declareBuckets() {
	l.buckets = l.declareAll("bucket", func(in *instance) cty.Value {
		b := &Bucket{AWSObject: l.object(in), Prefix: "shoji/", ExpireDays: 3}
		b.Name = in.named("name", "", bucketName,
			"a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens.")
		if strings.Contains(b.Name, "..") {
			l.errorf(in.at("name"), "A name that AWS does not take",
				"Two dots cannot follow each other in a bucket's name.")
		}
		if in.has("prefix") {
			if b.Prefix = in.str("prefix"); !bucketPrefix.MatchString(b.Prefix) {
				l.errorf(in.at("prefix"), "This is not a prefix",
					"Write words of letters, digits and - _ . that each end with a slash, and none "+
						"at the beginning: \"shoji/\".")
			}
		}
		if n := in.integer("expire_days", 1, 3650); n != nil {
			b.ExpireDays = *n
		}
		l.later(func() {
			if b.Key = reference[KMSKey](in, "kms_key", kmsKeyType, "a key, such as kms_key.transfer"); b.Key != nil {
				l.sameAccount(in.at("kms_key"), &b.AWSObject, &b.Key.AWSObject, true)
			}
			b.Write, b.Read, b.Statements = in.grantees("write", true), in.grantees("read", true), l.statements(in)
		})
		l.project.Buckets = append(l.project.Buckets, b)
		return cty.CapsuleVal(bucketType, b)
	})
}
