package aws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/account"
	"github.com/shoji-pg/shoji/providers/aws/permit"
)

// copied is a refresh that reads from a copy of its source.
const copied = `
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
}
database "prod" {
  url     = "postgres://masker@/app?sslmode=verify-full"
  cluster = cluster.prod
  iam     = true
}
database "staging" { url = "postgres://refresher@staging.example/app" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
  COPY
}
`

// shared lets both accounts decide who uses a key.
const shared = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["111111111111","222222222222"]},"Action":"kms:*","Resource":"*"}]}`

// withEncryptedShop is a lab with a cluster whose key both accounts may use.
func withEncryptedShop(t testing.TB) *accounts {
	t.Helper()
	a := lab(t, cloud.Config{})
	in := a.clients("prod")
	key, err := in.in.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{Policy: aws.String(shared)})
	in.run("making a key", err)
	in.run("making a cluster", in.makeEncrypted("shop-prod", *key.KeyMetadata.Arn))
	return a
}

var copies = map[string]string{
	"a clone": `clone { class = "db.r6g.large" }`,
	"a clone in another account": `clone {
    class           = "db.r6g.large"
    in              = aws.staging
    security_groups = ["sg-0123"]
    subnet_group    = "default"
  }`,
	"a restored snapshot": `restore { class = "db.r6g.large" }`,
}

// copy makes the copy of the refresh and removes it, as the runner.
func (a *accounts) copy(text, leaveOut string) (done bool) {
	a.t.Helper()
	project := a.project(text)
	a.asRunner(permit.Policies(project, permit.Known{}), leaveOut)
	around, ds := provider(project).Copy(context.Background(), project.Refreshes[0], false)
	if ds.HasErrors() {
		if leaveOut == "" {
			a.t.Error(ds)
		}
		return false
	}
	steps := append(around.Before, around.After...)
	for i := range steps[1:] {
		steps[i+1].Needs = []string{steps[i].ID}
	}
	r := a.run(&engine.Plan{FormatVersion: engine.FormatVersion, Project: "shop", Steps: steps})
	if r.State != engine.RunDone && leaveOut == "" {
		a.t.Error(r.Diagnostics())
	}
	return r.State == engine.RunDone
}

func TestTheRunnersPolicyIsEnoughForCopies(t *testing.T) {
	for name, block := range copies {
		t.Run(name, func(t *testing.T) {
			text := blocks + strings.Replace(copied, "COPY", block, 1)
			a := withEncryptedShop(t)
			from := len(a.lab.Calls())
			if !a.copy(text, "") {
				t.Fatal("it is not enough")
			}
			for _, c := range a.lab.Calls()[from:] {
				if strings.HasPrefix(c.Error, "AccessDenied") {
					t.Errorf("%s:%s was denied", c.Service, c.Operation)
				}
			}
			for _, p := range permit.Policies(a.project(text), permit.Known{}) {
				for _, s := range p.Document.Statements {
					if p.For != permit.Runner || !strings.HasSuffix(s.Sid, "Nightly") {
						continue
					}
					a := withEncryptedShop(t)
					if a.copy(text, p.In.Name+" "+s.Sid) {
						t.Errorf("it works without %s in %s", s.JSON(), p.In.Address())
					}
				}
			}
		})
	}
}

func TestThePreflightDeniesNothingThatTheRunnersPolicyAllows(t *testing.T) {
	for name, block := range copies {
		t.Run(name, func(t *testing.T) {
			a := withEncryptedShop(t)
			project := a.project(blocks + strings.Replace(copied, "COPY", block, 1))
			a.asRunner(permit.Policies(project, permit.Known{}), "")
			p := provider(project)
			around, ds := p.Copy(context.Background(), project.Refreshes[0], false)
			if ds.HasErrors() {
				t.Fatal(ds)
			}
			if _, ds := p.Preflight(context.Background(), &engine.Plan{Project: "shop", Steps: append(around.Before, around.After...)}); ds.HasErrors() {
				t.Error(ds)
			}
		})
	}
}

func TestACloneOfAnotherAccountsClusterTakesMoreOfItsKeyThanAGrant(t *testing.T) {
	a := withEncryptedShop(t)
	project := a.project(blocks + strings.Replace(copied, "COPY", copies["a clone in another account"], 1))
	a.asRunner(permit.Policies(project, permit.Known{}), "staging KeyOfCopyNightly")
	p := provider(project)
	around, ds := p.Copy(context.Background(), project.Refreshes[0], false)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	_, ds = p.Preflight(context.Background(), &engine.Plan{Project: "shop", Steps: append(around.Before, around.After...)})
	for _, action := range []string{"CreateGrant", "DescribeKey", "Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"} {
		if want := "kms:" + action + " on arn:aws:kms:ap-northeast-1:111111111111:key/"; !strings.Contains(fmt.Sprint(ds), want) {
			t.Errorf("%s is not in %s", want, ds)
		}
	}
}

func TestTheRunnerSharesTheSourceWithTheAccountOfTheCopyOnly(t *testing.T) {
	a := withEncryptedShop(t)
	in := a.clients("prod")
	in.run("making another cluster", in.makeCluster("payroll"))
	project := a.project(blocks + strings.Replace(copied, "COPY", copies["a clone in another account"], 1))
	a.asRunner(permit.Policies(project, permit.Known{}), "")
	runner := a.clients("prod").in.RAM
	const cluster = "arn:aws:rds:ap-northeast-1:111111111111:cluster:"
	for name, c := range map[string]struct {
		resource, principal string
		allowed             bool
	}{
		"the source with the account of the copy": {cluster + "shop-prod", "222222222222", true},
		"another cluster":                         {cluster + "payroll", "222222222222", false},
		"the source with somebody else":           {cluster + "shop-prod", "333333333333", false},
	} {
		_, err := runner.CreateResourceShare(context.Background(), &ram.CreateResourceShareInput{Name: aws.String("x"), ResourceArns: []string{c.resource}, Principals: []string{c.principal}, Tags: []ramtypes.Tag{{Key: aws.String("shoji:project"), Value: aws.String("shop")}}})
		if (err == nil) != c.allowed || err != nil && !account.Is(err, "AccessDeniedException") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAKeyThatRDSMayNotUseForTheCallerSaysWhatHelps(t *testing.T) {
	a := withEncryptedShop(t)
	project := a.project(blocks + strings.Replace(copied, "COPY", copies["a clone"], 1))
	a.asRunner(permit.Policies(project, permit.Known{}), "prod GrantForCopyNightly")
	around, ds := provider(project).Copy(context.Background(), project.Refreshes[0], false)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	r := a.run(&engine.Plan{FormatVersion: engine.FormatVersion, Project: "shop", Steps: around.Before[:1]})
	for _, part := range []string{"KMSKeyNotAccessibleFault", "RDS uses the key for arn:aws:iam::111111111111:user/runner-prod, who needs kms:CreateGrant and kms:DescribeKey on it"} {
		if !strings.Contains(r.Diagnostics().Error(), part) {
			t.Errorf("it lacks %q: %s", part, r.Diagnostics())
		}
	}
}
