package aws_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// reviewed is the spec that the changes of TestCompare are made to.
const reviewed = `
aws "prod" {
  account = "111111111111"
  region  = "ap-northeast-1"
}
kms_key "transfer" {
  in       = aws.prod
  alias    = "alias/transfer"
  rotation = true
}
bucket "transfer" {
  in          = aws.prod
  name        = "transfer"
  kms_key     = kms_key.transfer
  expire_days = 3
  read        = [iam_role.reader]
}
iam_role "reader" {
  in   = aws.prod
  name = "reader"
  trust {
    principals  = ["111111111111"]
    external_id = "x"
  }
}
iam_policy "connect" {
  in   = aws.prod
  name = "connect"
  connect {
    cluster = cluster.prod
    users   = ["ann", "ben"]
  }
}
cluster "prod" {
  in              = aws.prod
  identifier      = "prod"
  iam_auth        = true
  parameter_group = parameter_group.prod
}
parameter_group "prod" {
  in         = aws.prod
  name       = "prod"
  family     = "aurora-postgresql16"
  parameters = { "rds.force_ssl" = "1", log_statement = "none", work_mem = "64" }
}
`

func reviewedSpec(t *testing.T, text string) *spec.Project {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return p
}

// TestCompare changes one thing at a time, and back: what is weaker one way is stronger the other. No account is asked.
func TestCompare(t *testing.T) {
	base := reviewedSpec(t, reviewed)
	for _, c := range []struct {
		old, new string
		want     []string // of the way there
		back     []string
	}{
		{"rotation = true", "rotation = false",
			[]string{"weaker key kms_key.transfer: rotation"}, []string{"stronger key kms_key.transfer: rotation"}},
		{"expire_days = 3", "expire_days = 30",
			[]string{"weaker bucket bucket.transfer: expire_days"},
			[]string{"stronger bucket bucket.transfer: expire_days"}},
		{"read        = [iam_role.reader]", `read = [iam_role.reader, "arn:aws:iam::222222222222:role/x"]`,
			[]string{
				"weaker bucket bucket.transfer: bucket policy List",
				"weaker bucket bucket.transfer: bucket policy Read",
				"weaker key kms_key.transfer: key policy DecryptThroughS3From222222222222",
				"weaker key kms_key.transfer: key policy Describe",
				"weaker key kms_key.transfer: key policy OpenSeals",
			},
			[]string{
				"stronger bucket bucket.transfer: bucket policy List",
				"stronger bucket bucket.transfer: bucket policy Read",
				"stronger key kms_key.transfer: key policy DecryptThroughS3From222222222222",
				"stronger key kms_key.transfer: key policy Describe",
				"stronger key kms_key.transfer: key policy OpenSeals",
			}},
		{`    external_id = "x"`, "",
			[]string{"weaker policy iam_role.reader: trust Assume"},
			[]string{"stronger policy iam_role.reader: trust Assume"}},
		{`["ann", "ben"]`, `["ann"]`,
			[]string{"stronger policy iam_policy.connect: statement ConnectProd"},
			[]string{"weaker policy iam_policy.connect: statement ConnectProd"}},
		{`"rds.force_ssl" = "1"`, `"rds.force_ssl" = "0"`,
			[]string{"weaker parameter parameter_group.prod: rds.force_ssl"},
			[]string{"stronger parameter parameter_group.prod: rds.force_ssl"}},
		{`log_statement = "none"`, `log_statement = "mod"`,
			[]string{"weaker parameter parameter_group.prod: log_statement"},
			[]string{"stronger parameter parameter_group.prod: log_statement"}},
		{`work_mem = "64"`, `work_mem = "32"`,
			[]string{"other parameter parameter_group.prod: work_mem"},
			[]string{"other parameter parameter_group.prod: work_mem"}},
		{`iam_role "reader" {
  in   = aws.prod
  name = "reader"`, `iam_role "reader" {
  in   = aws.prod
  name = "reader"
  policies = ["arn:aws:iam::aws:policy/AdministratorAccess"]`,
			[]string{"weaker policy iam_role.reader: policies"}, []string{"stronger policy iam_role.reader: policies"}},
		{"iam_auth        = true", "iam_auth = false",
			[]string{"other cluster cluster.prod: iam_auth"}, []string{"other cluster cluster.prod: iam_auth"}},
		{"identifier      = \"prod\"", "identifier = \"prod\"\n s3_import = iam_role.reader",
			[]string{
				"weaker cluster cluster.prod: s3_import",
				"stronger key kms_key.transfer: key policy OpenSeals",
				"stronger policy iam_role.reader: permissions SealTransfer",
			},
			[]string{
				"stronger cluster cluster.prod: s3_import",
				"weaker key kms_key.transfer: key policy OpenSeals",
				"weaker policy iam_role.reader: permissions SealTransfer",
			}},
		{
			"kms_key \"transfer\" {",
			"kms_key \"other\" {\n in = aws.prod\n alias = \"alias/other\"\n}\nkms_key \"transfer\" {",
			[]string{"new key kms_key.other", "new key kms_key.other: key policy Root"},
			[]string{"gone key kms_key.other"},
		},
	} {
		head := reviewedSpec(t, strings.Replace(reviewed, c.old, c.new, 1))
		for _, way := range []struct {
			was, is *spec.Project
			want    []string
		}{{base, head, c.want}, {head, base, c.back}} {
			r := engine.Review{Differences: aws.Compare(way.was, way.is)}
			var got []string
			for _, d := range r.Differences {
				got = append(got, string(d.Verdict)+" "+string(d.Kind)+" "+d.Name())
				if d.Exposes() != (d.Verdict == engine.Weaker) {
					t.Errorf("%s: exposes is %v", got[len(got)-1], d.Exposes())
				}
			}
			same(t, c.new, got, way.want)
		}
	}
	renamed := strings.ReplaceAll(reviewed, "kms_key.transfer", "kms_key.renamed")
	renamed = strings.ReplaceAll(renamed, `kms_key "transfer"`, `kms_key "renamed"`)
	if got := aws.Compare(base, reviewedSpec(t, renamed)); len(got) > 0 {
		t.Errorf("a block of another name differs: %v", got)
	}
}

// same compares two lists in whatever order.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	left := map[string]int{}
	for _, g := range got {
		left[g]++
	}
	for _, w := range want {
		left[w]--
	}
	for text, n := range left {
		if n != 0 {
			t.Errorf("%s: %q is found %d times more than wanted", strings.TrimSpace(what), text, n)
		}
	}
}

// TestOutsiders: a new key that lets in another account, or everybody, exposes data though it is new.
func TestOutsiders(t *testing.T) {
	const key = `
kms_key "open" {
  in      = aws.prod
  alias   = "alias/open"
  decrypt = ["arn:aws:iam::%s:role/x"]
}
`
	for account, want := range map[string]bool{"111111111111": false, "999999999999": true} {
		r := engine.Review{Differences: aws.Compare(reviewedSpec(t, reviewed),
			reviewedSpec(t, reviewed+strings.Replace(key, "%s", account, 1)))}
		if len(r.Differences) == 0 || r.Exposes() != want {
			t.Errorf("account %s: exposes is %v", account, r.Exposes())
		}
	}
}
