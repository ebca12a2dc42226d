package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	source = Place{"aws", "ap-northeast-1", "111111111111"}
	target = Place{"aws", "ap-northeast-1", "222222222222"}
)

func texts2(list []Statement) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.Sid+": "+s.Text())
	}
	return out
}

// TestGenerated reads like the permissions page of the manual: each policy, statement by statement.
func TestGenerated(t *testing.T) {
	export, imports := source.Role("/", "shop-s3-export"), target.Role("/", "shop-s3-import")
	const key = "arn:aws:kms:ap-northeast-1:111111111111:key/1234"
	for name, c := range map[string]struct {
		document Document
		want     []string
	}{
		"a key is used through S3 only, and the root keeps it": {
			ForKey(source, KeyUse{Encrypt: []string{export}, Decrypt: []string{imports}, Seals: []string{imports}}),
			[]string{
				"Root: Allow arn:aws:iam::111111111111:root kms:* on *",
				"EncryptThroughS3From111111111111: Allow arn:aws:iam::111111111111:role/shop-s3-export kms:Decrypt, " +
					"kms:GenerateDataKey on * where kms:CallerAccount StringEquals 111111111111 and where " +
					"kms:ViaService StringEquals s3.ap-northeast-1.amazonaws.com",
				"DecryptThroughS3From222222222222: Allow " +
					"arn:aws:iam::222222222222:role/shop-s3-import kms:Decrypt on * " +
					"where kms:CallerAccount StringEquals 222222222222 and where kms:ViaService StringEquals " +
					"s3.ap-northeast-1.amazonaws.com",
				"OpenSeals: Allow arn:aws:iam::222222222222:role/shop-s3-import kms:Decrypt on * where " +
					"kms:EncryptionContext:shoji-seal StringEquals manifest",
				"Describe: Allow arn:aws:iam::111111111111:role/shop-s3-export, " +
					"arn:aws:iam::222222222222:role/shop-s3-import kms:DescribeKey on *",
			},
		},
		"a bucket takes TLS and its own key only": {
			ForBucket(source, BucketUse{
				Name:   "shop",
				Prefix: "shoji/",
				Key:    key,
				Write:  []string{export},
				Read:   []string{imports},
			}), []string{
				"DenyWithoutTLS: Deny everybody s3:* on arn:aws:s3:::shop, arn:aws:s3:::shop/* where " +
					"aws:SecureTransport Bool false",
				"DenyOtherEncryption: Deny everybody s3:PutObject on arn:aws:s3:::shop/* where " +
					"s3:x-amz-server-side-encryption Null false and where s3:x-amz-server-side-encryption " +
					"StringNotEquals aws:kms",
				"DenyOtherKeys: Deny everybody s3:PutObject on arn:aws:s3:::shop/* where " +
					"s3:x-amz-server-side-encryption-aws-kms-key-id Null false and where " +
					"s3:x-amz-server-side-encryption-aws-kms-key-id StringNotEquals " + key,
				"Write: Allow arn:aws:iam::111111111111:role/shop-s3-export s3:AbortMultipartUpload, s3:PutObject on " +
					"arn:aws:s3:::shop/shoji/*",
				"Read: Allow arn:aws:iam::222222222222:role/shop-s3-import s3:GetObject on arn:aws:s3:::shop/shoji/*",
				"List: Allow arn:aws:iam::222222222222:role/shop-s3-import s3:ListBucket on arn:aws:s3:::shop where " +
					"s3:prefix StringLike shoji/*",
			},
		},
		"the export role writes below its prefix": {
			ForRole([]Access{{At: source, Label: "transfer", Name: "shop", Prefix: "shoji/", Key: key, Write: true}},
				nil), []string{
				"WriteTransfer: Allow s3:AbortMultipartUpload, s3:PutObject on arn:aws:s3:::shop/shoji/*",
				"EncryptTransfer: Allow kms:Decrypt, kms:GenerateDataKey on " + key +
					" where kms:ViaService StringEquals s3.ap-northeast-1.amazonaws.com",
				"DescribeTransfer: Allow kms:DescribeKey on " + key,
			},
		},
		"the import role reads below its prefix": {
			ForRole([]Access{{At: source, Label: "trans_fer", Name: "shop", Prefix: "shoji/", Key: key, Read: true}},
				nil), []string{
				"ReadTransFer: Allow s3:GetObject on arn:aws:s3:::shop/shoji/*",
				"ListTransFer: Allow s3:ListBucket on arn:aws:s3:::shop where s3:prefix StringLike shoji/*",
				"DecryptTransFer: Allow kms:Decrypt on " + key +
					" where kms:ViaService StringEquals s3.ap-northeast-1.amazonaws.com",
				"DescribeTransFer: Allow kms:DescribeKey on " + key,
			},
		},
		"services and accounts are trusted with their conditions": {New(
			ForTrust(target, Trust{Service: "rds.amazonaws.com", Clusters: []string{"shop-staging", "refresh-*"}}),
			ForTrust(target, Trust{Service: "rds.amazonaws.com"}),
			ForTrust(target, Trust{Service: "ec2.amazonaws.com"}),
			ForTrust(target, Trust{Service: "ecs-tasks.amazonaws.com"}),
			ForTrust(target, Trust{Principals: []string{"111111111111"}, ExternalID: "shop"})), []string{
			"RDS: Allow rds.amazonaws.com sts:AssumeRole where aws:SourceArn ArnLike " +
				"arn:aws:rds:ap-northeast-1:222222222222:cluster:refresh-* or " +
				"arn:aws:rds:ap-northeast-1:222222222222:cluster:shop-staging and where aws:SourceAccount " +
				"StringEquals 222222222222",
			"RDS: Allow rds.amazonaws.com sts:AssumeRole where aws:SourceArn ArnLike " +
				"arn:aws:rds:ap-northeast-1:222222222222:cluster:* and where " +
				"aws:SourceAccount StringEquals 222222222222",
			"EC2: Allow ec2.amazonaws.com sts:AssumeRole",
			"ECS: Allow ecs-tasks.amazonaws.com sts:AssumeRole where aws:SourceArn ArnLike " +
				"arn:aws:ecs:ap-northeast-1:222222222222:* and where aws:SourceAccount StringEquals 222222222222",
			"Assume: Allow arn:aws:iam::111111111111:root sts:AssumeRole where sts:ExternalId StringEquals shop",
		}},
		"a user connects to one cluster": {
			New(ForConnect(target, "staging", "cluster-ABC", []string{"b", "a"})), []string{
				"ConnectStaging: Allow rds-db:connect on " +
					"arn:aws:rds-db:ap-northeast-1:222222222222:dbuser:cluster-ABC/a, " +
					"arn:aws:rds-db:ap-northeast-1:222222222222:dbuser:cluster-ABC/b",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, texts2(c.document.Statements)); d != "" {
				t.Error(d)
			}
			if again := parse(t, c.document.JSON()); !again.Equal(c.document) {
				t.Errorf("what is sent is not what was generated:\n%s", c.document.JSON())
			}
		})
	}
}

func TestLocksOut(t *testing.T) {
	for name, c := range map[string]struct {
		statements []Statement
		locked     bool
	}{
		"the generated policy does not": {nil, false},
		"a denial to a role does not": {
			[]Statement{{
				Effect:     "Deny",
				Principals: awsPrincipals(source.Role("/", "x")),
				Actions:    []string{"kms:*"},
				Resources:  []string{"*"},
			}}, false,
		},
		"a denial of other actions does not": {
			[]Statement{{
				Effect:     "Deny",
				Principals: []Principal{{"AWS", "*"}},
				Actions:    []string{"kms:Decrypt"},
				Resources:  []string{"*"},
			}}, false,
		},
		"a denial to everybody does": {
			[]Statement{{
				Effect:     "Deny",
				Principals: []Principal{{"AWS", "*"}},
				Actions:    []string{"kms:Put*"},
				Resources:  []string{"*"},
			}}, true,
		},
		"a denial under a condition may": {
			[]Statement{{
				Effect:     "Deny",
				Principals: []Principal{{"AWS", "*"}},
				Actions:    []string{"kms:*"},
				Resources:  []string{"*"},
				Conditions: []Condition{{"Bool", "a:b", []string{"true"}}},
			}}, true,
		},
	} {
		if got := LocksOut(source, ForKey(source, KeyUse{Statements: c.statements})); got != c.locked {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !LocksOut(source, New()) {
		t.Error("a policy without the root locks it out")
	}
}
