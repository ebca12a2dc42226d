package cloud_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

const distant = "eu-west-1"

// TestSnapshotsAcrossRegions: a copy is asked for in the region where it is to be, with the snapshot's ARN, a key of
// that region, and a request for the snapshot's region that the caller signed.
func TestSnapshotsAcrossRegions(t *testing.T) {
	lab := start(t, cloud.Config{})
	here, there := admin(t, lab, source), inRegion(t, lab, source, distant)
	key, far := newKey(t, here,
		keyPolicy(rootStatement(source),
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+target+`:root"},"Action":"kms:*","Resource":"*"}`)),
		newKey(t, there, "")
	newCluster(t, here, "sealed", func(in *rds.CreateDBClusterInput) {
		in.StorageEncrypted, in.KmsKeyId = aws.Bool(true), &key
	})
	newCluster(t, here, "plain", func(in *rds.CreateDBClusterInput) { in.StorageEncrypted = aws.Bool(false) })
	for _, name := range []string{"sealed", "plain"} {
		must[*rds.CreateDBClusterSnapshotOutput](t)(here.rds.CreateDBClusterSnapshot(ctx,
			&rds.CreateDBClusterSnapshotInput{
				DBClusterIdentifier:         &name,
				DBClusterSnapshotIdentifier: aws.String(name + "-1"),
			}))
		awaitClusterSnapshot(t, here, name+"-1")
	}
	arn := func(name string) string { return "arn:aws:rds:" + region + ":" + source + ":cluster-snapshot:" + name }
	asking := func(name, to string, change ...func(*rds.CopyDBClusterSnapshotInput)) *rds.CopyDBClusterSnapshotInput {
		in := &rds.CopyDBClusterSnapshotInput{
			SourceDBClusterSnapshotIdentifier: aws.String(arn(name)),
			TargetDBClusterSnapshotIdentifier: &to,
			KmsKeyId:                          &far,
			SourceRegion:                      aws.String(region),
		}
		for _, f := range change {
			f(in)
		}
		return in
	}
	cp := func(c clients, in *rds.CopyDBClusterSnapshotInput) error {
		_, err := c.rds.CopyDBClusterSnapshot(ctx, in)
		return err
	}
	// signed is the request for a copy in a region that another one asks for.
	signed := func(c clients, in *rds.CopyDBClusterSnapshotInput) string {
		t.Helper()
		out, err := rds.NewPresignClient(c.rds).PresignCopyDBClusterSnapshot(ctx, in)
		ok(t, err)
		return out.URL + "&DestinationRegion=" + distant // what is added after signing does not fit the signature
	}
	for name, x := range map[string]struct {
		c    clients
		in   *rds.CopyDBClusterSnapshotInput
		code string
		text string
	}{
		"by its name": {there, asking("sealed-1", "bad", func(in *rds.CopyDBClusterSnapshotInput) {
			in.SourceDBClusterSnapshotIdentifier = aws.String("sealed-1")
		}), "DBClusterSnapshotNotFoundFault", ""},
		"without a key": {
			there, asking("sealed-1", "bad", func(in *rds.CopyDBClusterSnapshotInput) { in.KmsKeyId = nil }),
			"InvalidParameterCombination", "in another region",
		},
		"with a key of the source's": {
			there, asking("sealed-1", "bad", func(in *rds.CopyDBClusterSnapshotInput) { in.KmsKeyId = &key }),
			"KMSKeyNotAccessibleFault", "",
		},
		"without a signed request": {
			there, asking("sealed-1", "bad", func(in *rds.CopyDBClusterSnapshotInput) { in.SourceRegion = nil }),
			"InvalidParameterCombination", "PreSignedUrl",
		},
		"with one for another region": {
			there, asking("sealed-1", "bad", func(in *rds.CopyDBClusterSnapshotInput) {
				in.SourceRegion = aws.String("us-east-1")
			}), "InvalidParameterValue", "another region",
		},
		"with one that was tampered": {there, asking("sealed-1", "bad", func(in *rds.CopyDBClusterSnapshotInput) {
			in.PreSignedUrl = aws.String(signed(here, asking("sealed-1", "bad")))
		}), "SignatureDoesNotMatch", ""},
		"of what is in the clear": {
			there, asking("plain-1", "bad"), "InvalidParameterCombination", "can't be encrypted by copying",
		},
		"without a right there": {
			with(lab, distant, poor(t, lab, allow("rds:* kms:*", "arn:aws:rds:"+distant+":*:* arn:aws:kms:*"))),
			asking("sealed-1", "bad"), "AccessDenied", arn("sealed-1"),
		},
		"without a right to its key": {
			with(lab, distant, poor(t, lab, allow("rds:*", "*"), allow("kms:*", far))), asking("sealed-1", "bad"),
			"KMSKeyNotAccessibleFault", key,
		},
		"without a right to the other": {
			with(lab, distant, poor(t, lab, allow("rds:*", "*"), allow("kms:*", key))), asking("sealed-1", "bad"),
			"KMSKeyNotAccessibleFault", far,
		},
		"with the key used elsewhere only": {
			with(lab, distant, poor(t, lab, allow("rds:*", "*"), allow("kms:*", far),
				allow("kms:*", key, `{"StringEquals":{"kms:ViaService":"rds.`+distant+`.amazonaws.com"}}`))),
			asking("sealed-1", "bad"), "KMSKeyNotAccessibleFault", key,
		},
	} {
		t.Run(name, func(t *testing.T) { says(t, cp(x.c, x.in), x.code, x.text) })
	}

	just := with(lab, distant,
		poor(t, lab, allow("rds:*", "*"),
			allow("kms:*", far, `{"StringEquals":{"kms:ViaService":"rds.`+distant+`.amazonaws.com"}}`),
			allow("kms:*", key, `{"StringEquals":{"kms:ViaService":"rds.`+region+`.amazonaws.com"}}`)))
	made := must[*rds.CopyDBClusterSnapshotOutput](t)(just.rds.CopyDBClusterSnapshot(ctx,
		asking("sealed-1", "copy"))).DBClusterSnapshot
	if *made.Status != "copying" || *made.KmsKeyId != far || *made.SourceDBClusterSnapshotArn != arn("sealed-1") ||
		!strings.Contains(*made.DBClusterSnapshotArn, distant) {
		t.Errorf("got %+v", made)
	}
	// which cancels it
	must[*rds.DeleteDBClusterSnapshotOutput](t)(there.rds.DeleteDBClusterSnapshot(ctx,
		&rds.DeleteDBClusterSnapshotInput{DBClusterSnapshotIdentifier: aws.String("copy")}))
	ok(t, cp(there, asking("sealed-1", "copy")))
	awaitClusterSnapshot(t, there, "copy")
	ok(t, cp(there, asking("plain-1", "clear", func(in *rds.CopyDBClusterSnapshotInput) { in.KmsKeyId = nil })))
	must[*rds.RestoreDBClusterFromSnapshotOutput](t)(there.rds.RestoreDBClusterFromSnapshot(ctx,
		&rds.RestoreDBClusterFromSnapshotInput{
			SnapshotIdentifier:  aws.String("copy"),
			DBClusterIdentifier: aws.String("new"),
			Engine:              aws.String("aurora-postgresql"),
		}))
	if got := awaitCluster(t, there, "new"); *got.KmsKeyId != far || !strings.Contains(*got.DBClusterArn, distant) {
		t.Errorf("got %+v", got)
	}

	// Another account copies within the region only, whatever the key lets it do.
	must[*rds.ModifyDBClusterSnapshotAttributeOutput](t)(here.rds.ModifyDBClusterSnapshotAttribute(ctx,
		&rds.ModifyDBClusterSnapshotAttributeInput{
			DBClusterSnapshotIdentifier: aws.String("sealed-1"),
			AttributeName:               aws.String("restore"),
			ValuesToAdd:                 []string{target},
		}))
	other := inRegion(t, lab, target, distant)
	theirs := newKey(t, other, "")
	says(t, cp(other, asking("sealed-1", "theirs", func(in *rds.CopyDBClusterSnapshotInput) { in.KmsKeyId = &theirs })),
		"InvalidParameterCombination", "in its own region only")
}

func inRegion(t *testing.T, lab *cloud.Cloud, account, region string) clients {
	t.Helper()
	c, err := lab.Credentials(account)
	ok(t, err)
	return with(lab, region, c)
}

// poor gives credentials of a user with these policies and no others, a new one each time.
func poor(t *testing.T, lab *cloud.Cloud, policies ...string) cloud.Credentials {
	t.Helper()
	c, err := lab.User(source, "poor-"+time.Now().Format("150405.000000000"), policies...)
	ok(t, err)
	return c
}
