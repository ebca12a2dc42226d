package aws_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// everything is one of each object, with all that can be declared of it.
const everything = `
kms_key "transfer" {
  in        = aws.prod
  alias     = "alias/shop-transfer"
  on_remove = "delete"
}
bucket "transfer" {
  in        = aws.prod
  name      = "shop-transfer"
  kms_key   = kms_key.transfer
  write     = [iam_role.export]
  read      = [iam_role.import]
  on_remove = "delete"
}
cluster "prod" {
  in              = aws.prod
  identifier      = "shop-prod"
  s3_export       = iam_role.export
  iam_auth        = true
  parameter_group = parameter_group.prod

  instance_parameter_group = parameter_group.instances
}
iam_role "export" {
  in        = aws.prod
  name      = "shop-s3-export"
  on_remove = "delete"
  trust {
    service  = "rds.amazonaws.com"
    clusters = [cluster.prod, "shoji-*"]
  }
}
iam_role "runner" {
  in               = aws.prod
  name             = "shop-runner"
  path             = "/shop/"
  instance_profile = true
  policies         = [iam_policy.connect]
  on_remove        = "delete"
  trust {
    service = "ec2.amazonaws.com"
  }
}
iam_policy "connect" {
  in        = aws.prod
  name      = "shop-connect"
  on_remove = "delete"
  connect {
    cluster = cluster.prod
    users   = ["masker"]
  }
}
parameter_group "prod" {
  in         = aws.prod
  name       = "shop-prod"
  family     = "aurora-postgresql16"
  parameters = { log_connections = "1" }
  on_remove  = "delete"
}
parameter_group "instances" {
  in         = aws.prod
  name       = "shop-instances"
  family     = "aurora-postgresql16"
  level      = "instance"
  parameters = { log_disconnections = "1" }
}
parameter_group "unused" {
  in        = aws.prod
  name      = "shop-unused"
  family    = "aurora-postgresql16"
  level     = "instance"
  on_remove = "delete"
}
iam_role "import" {
  in   = aws.staging
  name = "shop-s3-import"
  trust {
    service = "rds.amazonaws.com"
  }
}
`

// later is a change of everything.
func later() string {
	return strings.NewReplacer(`alias     = "alias/shop-transfer"`,
		"alias       = \"alias/shop-transfer\"\n  description = \"rows\"\n  rotation    = false",
		`name      = "shop-transfer"`,
		"name        = \"shop-transfer\"\n  prefix      = \"rows/\"\n  tags        = { cost = \"7\" }",
		`users   = ["masker"]`, `users   = ["masker", "reader"]`, `[iam_policy.connect]`, `[]`, `log_connections = "1"`,
		`log_statement = "ddl"`, `log_disconnections = "1"`, `log_duration = "1"`, `instance_profile = true`,
		`instance_profile = false`,
		`clusters = [cluster.prod, "shoji-*"]`, `clusters = [cluster.prod]`, `s3_export       = iam_role.export`,
		`s3_export       = "arn:aws:iam::111111111111:role/shop-s3-export"`).Replace(everything)
}

// gone is when all but the cluster and its groups left the spec.
const gone = `
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
}
parameter_group "prod" {
  in     = aws.prod
  name   = "shop-prod"
  family = "aurora-postgresql16"
}
parameter_group "instances" {
  in     = aws.prod
  name   = "shop-instances"
  family = "aurora-postgresql16"
  level  = "instance"
}
`

// work signs in as users that have the policies of the runner and no other right, leaving out one statement, and plans
// and applies one spec after the other, as far as that goes. It gives what was denied.
func (a *accounts) work(admin clients, leaveOut string, known func(*aws.Accounts) permit.Known,
	specs ...string) (denied []string, done bool) {
	a.t.Helper()
	from := 0
	for i, text := range specs {
		p := a.project(text)
		if i == 0 { // with the rights for what is there, the last thing is removed too
			a.asRunner(permit.Policies(p, known(signedIn(p))), leaveOut)
			from = len(a.lab.Calls())
		}
		if text == gone {
			_ = admin.putObject("shop-transfer", "left/behind") // where things went that far
		}
		plan, ds := a.build(text)
		if ds.HasErrors() {
			if leaveOut == "" {
				a.t.Error(ds)
			}
			break
		}
		if r := a.run(plan); r.State != engine.RunDone {
			if leaveOut == "" {
				a.t.Error(r.Diagnostics())
			}
			break
		}
		done = i == len(specs)-1
	}
	for _, c := range a.lab.Calls()[from:] {
		if strings.HasPrefix(c.Error, "AccessDenied") || c.Error == "Forbidden" || c.Error == "403" {
			denied = append(denied, c.Service+":"+c.Operation)
		}
	}
	return denied, done
}

// asRunner makes the profiles prod and staging users with the policies of the runner.
func (a *accounts) asRunner(policies []permit.Policy, leaveOut string) {
	a.t.Helper()
	for _, p := range policies {
		if p.For != permit.Runner {
			continue
		}
		d := p.Document
		d.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s policy.Statement) bool {
			return p.In.Name+" "+s.Sid == leaveOut
		})
		c, err := a.lab.User(p.In.Account, "runner-"+p.In.Name, d.JSON())
		if err != nil {
			a.t.Fatal(err)
		}
		a.signIn(p.In.Name, c)
	}
}

func nothing(*aws.Accounts) permit.Known { return permit.Known{} }

func withShop(t testing.TB) (*accounts, clients) {
	t.Helper()
	a := lab(t, cloud.Config{})
	in := a.clients("prod")
	in.run("making a cluster", in.makeCluster("shop-prod"))
	return a, in
}

func TestTheRunnersPolicyIsEnough(t *testing.T) {
	a, admin := withShop(t)
	if denied, done := a.work(admin, "", nothing, everything, later(), everything, gone); len(denied) > 0 || !done {
		t.Fatalf("done: %v; denied: %v", done, denied)
	}
}

func TestTheRunnersPolicyIsEnoughWhereTheAccountsWereAsked(t *testing.T) {
	a, admin := withShop(t)
	a.apply(everything)
	asked := func(p *aws.Accounts) permit.Known {
		known, err := p.Known(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(known.Keys["kms_key.transfer"], ":key/") ||
			!strings.HasPrefix(known.Clusters["cluster.prod"], "cluster-") {
			t.Errorf("known: %+v", known)
		}
		for _, x := range permit.Policies(a.project(everything), known) {
			if text := x.Document.JSON(); x.For == permit.Runner && strings.Contains(text, "CreateKeys") {
				t.Errorf("keys that are there need not be made:\n%s", text)
			}
		}
		return known
	}
	if denied, done := a.work(admin, "", asked, everything, later(), gone); len(denied) > 0 || !done {
		t.Fatalf("done: %v; denied: %v", done, denied)
	}
}

func TestWithoutAnyStatementSomethingIsDenied(t *testing.T) {
	if testing.Short() {
		t.Skip("plans and applies many times")
	}
	a, _ := withShop(t)
	n := 0
	for _, p := range permit.Policies(a.project(everything), permit.Known{}) {
		if p.For != permit.Runner {
			continue
		}
		for _, s := range p.Document.Statements {
			n++
			t.Run(p.In.Name+" "+s.Sid, func(t *testing.T) {
				a, admin := withShop(t)
				if denied, done := a.work(admin, p.In.Name+" "+s.Sid, nothing, everything, later(),
					gone); len(denied) == 0 && done {
					t.Errorf("everything works without %s", s.JSON())
				}
			})
		}
	}
	if n < 15 {
		t.Errorf("only %d statements were left out", n)
	}
}

// TestTheRunnerMayAskWhatRolesOfServersMay: nobody but RDS can work as them, so what they may is only known when IAM is
// asked.
func TestTheRunnerMayAskWhatRolesOfServersMay(t *testing.T) {
	a, _ := withShop(t)
	databases := `
database "prod" {
  url     = "postgres://masker@prod.example/shop"
  cluster = cluster.prod
}
database "copy" { url = "postgres://refresher@copy.example/shop" }
refresh "nightly" {
  from = database.prod
  to   = database.copy
  key  = secret.mask_key
  via  = bucket.transfer
}
secret "mask_key" { env = "KEY" }
`
	asks := func(text string) (out []string) {
		for _, p := range permit.Policies(a.project(text), permit.Known{}) {
			for _, s := range p.Document.Statements {
				if p.For == permit.Runner && slices.Contains(s.Actions, "iam:SimulatePrincipalPolicy") {
					out = append(out, s.Resources...)
				}
			}
		}
		return out
	}
	const role = "arn:aws:iam::111111111111:role/shop-s3-export"
	if got := asks(everything + databases); !slices.Contains(got, role) ||
		slices.Contains(got, "arn:aws:iam::222222222222:role/shop-s3-import") {
		t.Errorf("it may ask about %v", got)
	}
	if got := asks(everything); slices.Contains(got, role) {
		t.Errorf("where no refresh goes through a bucket, it may ask about %v", got)
	}
}
