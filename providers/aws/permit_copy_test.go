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
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/permit"
)

// far is another region of the source's account.
const far = `
aws "far" {
  account  = "111111111111"
  region   = "eu-west-1"
  profile  = "far"
  endpoint = var.endpoint
}
`

// copied is a refresh that reads from a copy of its source.
const copied = far + `
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
}
cluster "staging" {
  in         = aws.prod
  identifier = "shop-staging"
}
database "prod" {
  url     = "postgres://masker@/app?sslmode=verify-full"
  cluster = cluster.prod
}
database "alone" { url = "postgres://masker@alone.example/app?sslmode=verify-full" }
database "staging" {
  url     = "postgres://refresher@/app?sslmode=verify-full"
  cluster = cluster.staging
}
refresh "nightly" {
  from = database.prod
  to   = database.staging
  COPY
}
`

// shared lets both accounts decide who uses a key.
const shared = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
	`"Principal":{"AWS":["arn:aws:iam::111111111111:root","arn:aws:iam::222222222222:root"]},` +
	`"Action":"kms:*","Resource":"*"}]}`

// shopWithKeys is a lab with a cluster and an instance whose keys both accounts may use, and a key in each place that
// copies are made in.
type shopWithKeys struct {
	*accounts
	keys map[string]string // ARNs, by the place: prod, staging, far
}

func withEncryptedShop(t testing.TB) shopWithKeys {
	t.Helper()
	a := shopWithKeys{lab(t, cloud.Config{}), map[string]string{}}
	in := a.clients("prod")
	elsewhere := func(o *kms.Options) { o.Region = "eu-west-1" }
	for place, make := range map[string]func() (*kms.CreateKeyOutput, error){
		"prod": func() (*kms.CreateKeyOutput, error) {
			return in.in.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{Policy: aws.String(shared)})
		},
		"far": func() (*kms.CreateKeyOutput, error) {
			return in.in.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{}, elsewhere)
		},
		"staging": func() (*kms.CreateKeyOutput, error) {
			return a.clients("staging").in.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{})
		},
	} {
		key, err := make()
		in.run("making a key", err)
		a.keys[place] = *key.KeyMetadata.Arn
	}
	in.run("making a cluster", in.makeEncrypted("shop-prod", a.keys["prod"]))
	_, err := in.in.RDS.CreateDBInstance(context.Background(), &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("alone"),
		Engine:               aws.String("postgres"),
		DBInstanceClass:      aws.String("db.t4g.large"),
		AllocatedStorage:     aws.Int32(20),
		MasterUsername:       aws.String("app"),
		MasterUserPassword:   aws.String("password"),
		StorageEncrypted:     aws.Bool(true),
		KmsKeyId:             aws.String(a.keys["prod"]),
	})
	in.run("making an instance", err)
	in.run("waiting for it", in.awaitInstance("alone"))
	return a
}

// copies are refreshes that read from copies; KEY is a key where the copy is made.
var copies = map[string]struct{ source, block, key string }{
	"a clone": {"prod", `clone { class = "db.r6g.large" }`, ""},
	"a clone in another account": {
		"prod",
		"clone {\n class = \"db.r6g.large\"\n in = aws.staging\n security_groups = [\"sg-0123\"]\n" +
			" subnet_group = \"default\"\n}", "",
	},
	"a clone in another account under its key": {
		"prod",
		"clone {\n class = \"db.r6g.large\"\n in = aws.staging\n kms_key = KEY\n security_groups = [\"sg-0123\"]\n" +
			" subnet_group = \"default\"\n}", "staging",
	},
	"a restored snapshot": {"prod", `restore { class = "db.r6g.large" }`, ""},
	"a snapshot restored in another region": {
		"prod",
		"restore {\n class = \"db.r6g.large\"\n in = aws.far\n kms_key = KEY\n security_groups = [\"sg-0123\"]\n" +
			" subnet_group = \"default\"\n}", "far",
	},
	"a snapshot restored in another account": {
		"prod",
		"restore {\n class = \"db.r6g.large\"\n in = aws.staging\n kms_key = KEY\n security_groups = [\"sg-0123\"]\n" +
			" subnet_group = \"default\"\n}", "staging",
	},
	"a restored instance": {
		"alone", "restore {\n class = \"db.t4g.large\"\n instance = \"alone\"\n account = aws.prod\n}", "",
	},
	"an instance restored in another region": {
		"alone",
		"restore {\n class = \"db.t4g.large\"\n instance = \"alone\"\n account = aws.prod\n in = aws.far\n" +
			" kms_key = KEY\n security_groups = [\"sg-0123\"]\n subnet_group = \"default\"\n}", "far",
	},
	"an instance restored in another account": {
		"alone",
		"restore {\n class = \"db.t4g.large\"\n instance = \"alone\"\n account = aws.prod\n in = aws.staging\n" +
			" kms_key = KEY\n security_groups = [\"sg-0123\"]\n subnet_group = \"default\"\n}", "staging",
	},
}

// plannedAround plans what is around a refresh as its runner, with what the preflight says to it.
func (a *accounts) plannedAround(text, leaveOut string) (*engine.Plan, diag.Diagnostics) {
	a.t.Helper()
	a.asRunner(permit.Policies(a.project(text), permit.Known{}), leaveOut)
	project := a.project(text)
	made, ds := provider(project).Copy(context.Background(), project.Refreshes[0], false)
	if ds.HasErrors() {
		return nil, ds
	}
	plan := &engine.Plan{
		FormatVersion: engine.FormatVersion,
		Project:       "shop",
		Steps:         append(made.Before, made.After...),
	}
	look, found := provider(a.project(text)).Preflight(context.Background(), plan)
	plan.Steps = append([]engine.Step{*look}, plan.Steps...)
	for i := range plan.Steps[1:] {
		plan.Steps[i+1].Needs = []string{plan.Steps[i].ID}
	}
	return plan, append(ds, found...)
}

// enough holds a policy against a run: with all of it the preflight has nothing to say against the plan, and the plan
// runs; without any one of its statements about the refresh the preflight, or the plan before it, names what is
// missing.
func enough(t *testing.T, a *accounts, text string) {
	t.Helper()
	plan, ds := a.plannedAround(text, "")
	if len(ds) > 0 {
		t.Fatalf("planned with the printed policy: %v", ds)
	}
	from := len(a.lab.Calls())
	if r := a.run(plan); r.State != engine.RunDone {
		t.Fatalf("it is not enough: %v", r.Diagnostics())
	}
	for _, c := range a.lab.Calls()[from:] {
		if strings.HasPrefix(c.Error, "AccessDenied") {
			t.Errorf("%s:%s was denied", c.Service, c.Operation)
		}
	}
	n := 0
	for _, p := range permit.Policies(a.project(text), permit.Known{}) {
		for _, s := range p.Document.Statements {
			if p.For != permit.Runner || !strings.HasSuffix(s.Sid, "Nightly") {
				continue
			}
			n++
			from := len(a.lab.Calls())
			_, ds := a.plannedAround(text, p.In.Name+" "+s.Sid)
			said := fmt.Sprint(ds)
			for _, action := range s.Actions {
				// GenerateDataKey* is said as the rights that it stands for, and LookAtKey has DescribeKey too.
				if action != "kms:DescribeKey" && !strings.Contains(said, strings.TrimSuffix(action, "*")) {
					t.Errorf("without %s in %s nobody misses %s:\n%s", s.Sid, p.In.Address(), action, said)
				}
			}
			if strings.HasPrefix(s.Sid, "LookAtKey") { // it only looks: what it does not see is unknown
				continue
			}
			if !ds.HasErrors() {
				t.Errorf("it is planned without %s in %s:\n%s", s.JSON(), p.In.Address(), said)
			}
			for _, c := range a.lab.Calls()[from:] {
				if changing(c) && c.Error == "" {
					t.Errorf("%s:%s was called", c.Service, c.Operation)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no statement is about the refresh")
	}
}

func TestTheRunnersPolicyIsEnoughForCopies(t *testing.T) {
	a := withEncryptedShop(t)
	for name, c := range copies {
		t.Run(name, func(t *testing.T) {
			a.accounts.t = t
			text := strings.NewReplacer("COPY", c.block, "from = database.prod", "from = database."+c.source).
				Replace(copied)
			enough(t, a.accounts, strings.Replace(text, "KEY", fmt.Sprintf("%q", a.keys[c.key]), 1))
		})
	}
}

func TestACloneOfAnotherAccountsClusterTakesMoreOfItsKeyThanAGrant(t *testing.T) {
	a := withEncryptedShop(t)
	project := a.project(strings.Replace(copied, "COPY", copies["a clone in another account"].block, 1))
	a.asRunner(permit.Policies(project, permit.Known{}), "staging KeyOfSourceNightly")
	p := provider(project)
	around, ds := p.Copy(context.Background(), project.Refreshes[0], false)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	_, ds = p.Preflight(context.Background(), &engine.Plan{
		Project: "shop",
		Steps:   append(around.Before, around.After...),
	})
	for _, action := range []string{
		"DescribeKey", "Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo",
	} {
		if want := "kms:" + action +
			" on arn:aws:kms:ap-northeast-1:111111111111:key/"; !strings.Contains(fmt.Sprint(ds), want) {
			t.Errorf("%s is not in %s", want, ds)
		}
	}
}

func TestTheRunnerSharesTheSourceWithTheAccountOfTheCopyOnly(t *testing.T) {
	a := withEncryptedShop(t)
	in := a.clients("prod")
	in.run("making another cluster", in.makeCluster("payroll"))
	project := a.project(strings.Replace(copied, "COPY", copies["a clone in another account"].block, 1))
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
		_, err := runner.CreateResourceShare(context.Background(), &ram.CreateResourceShareInput{
			Name:         aws.String("x"),
			ResourceArns: []string{c.resource},
			Principals:   []string{c.principal},
			Tags:         []ramtypes.Tag{{Key: aws.String("shoji:project"), Value: aws.String("shop")}},
		})
		if (err == nil) != c.allowed || err != nil && !awsapi.Is(err, "AccessDeniedException") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAKeyThatRDSMayNotUseForTheCallerSaysWhatHelps(t *testing.T) {
	a := withEncryptedShop(t)
	project := a.project(strings.Replace(copied, "COPY", copies["a clone"].block, 1))
	a.asRunner(permit.Policies(project, permit.Known{}), "prod GrantForSourceNightly")
	around, ds := provider(project).Copy(context.Background(), project.Refreshes[0], false)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	r := a.run(&engine.Plan{FormatVersion: engine.FormatVersion, Project: "shop", Steps: around.Before[:1]})
	for _, part := range []string{
		"KMSKeyNotAccessibleFault",
		"RDS uses the key on behalf of arn:aws:iam::111111111111:user/runner-prod, who needs kms:CreateGrant and " +
			"kms:DescribeKey on it",
	} {
		if !strings.Contains(r.Diagnostics().Error(), part) {
			t.Errorf("it lacks %q: %s", part, r.Diagnostics())
		}
	}
}
