package aws_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// databases stands for the provider of PostgreSQL: it plans around each refresh what AWS does for it, and stages one
// object in its bucket.
type databases struct {
	project *spec.Project
	aws     *aws.Provider
	// relax says that the parameter groups of targets are relaxed.
	relax bool
}

func (d databases) Name() string { return "postgres" }

func (d databases) Close() {}

func (d databases) Inspect(context.Context, engine.Selected) (engine.Observed, diag.Diagnostics) {
	return nowhere{}, nil
}

// nowhere is what was seen of no database.
type nowhere struct{}

func (nowhere) Fingerprints() []engine.Fingerprint { return nil }
func (nowhere) Endpoints() []engine.Endpoint       { return nil }
func (nowhere) Accounts() []engine.Account         { return nil }

func (d databases) Diff(engine.Observed, engine.Selected) (*engine.Draft, diag.Diagnostics) {
	var out engine.Draft
	var ds diag.Diagnostics
	for _, r := range d.project.Refreshes {
		steps := []engine.Step{d.rows(r)}
		around := func(a engine.Around, problems diag.Diagnostics) {
			ds.Append(problems...)
			steps = slices.Concat(a.Before, steps, a.After)
		}
		if r.Copy != nil {
			around(d.aws.Copy(context.Background(), r, r.Via != nil))
		}
		if d.relax {
			a, err := d.aws.Relax(context.Background(), r)
			ds.AppendErr("The group cannot be relaxed", err)
			around(a, nil)
		}
		for i := range steps[1:] {
			steps[i+1].Needs = []string{steps[i].ID}
		}
		out.Refreshes = append(out.Refreshes, engine.Refresh{Address: r.Address()})
		out.Steps = append(out.Steps, steps...)
	}
	return &out, ds
}

// rows is the step that moves rows, by the servers themselves where they have roles for it.
func (d databases) rows(r *spec.Refresh) engine.Step {
	s := engine.Step{
		ID:       r.Address() + ".rows",
		Address:  r.Address(),
		Title:    "move rows",
		Provider: d.Name(),
		Kind:     "rows",
	}
	if r.Via != nil && r.From != nil && r.From.Cluster != nil && r.From.Cluster.S3Export != nil {
		s.Touches = append(s.Touches, engine.Touch{
			Address: r.Via.Address(),
			Access:  engine.Write,
			By:      r.From.Address(),
		})
	}
	if r.Via != nil && r.To != nil && r.To.Cluster != nil && r.To.Cluster.S3Import != nil {
		s.Touches = append(s.Touches, engine.Touch{Address: r.Via.Address(), Access: engine.Read, By: r.To.Address()})
	}
	return s
}

func (d databases) Execute(ctx context.Context, s engine.Step, _ engine.Reporter) error {
	for _, r := range d.project.Refreshes {
		if r.Address() != s.Address || r.Via == nil {
			continue
		}
		b, err := signedIn(d.project).Bucket(ctx, r.Via, r.Via.In)
		if err != nil {
			return err
		}
		key := r.Via.Prefix + "run/rows"
		big := strings.NewReader(strings.Repeat("rows", 3<<20)) // in parts
		if _, _, err := b.Put(ctx, key, big, ""); err != nil {
			return err
		}
		body, err := b.Get(ctx, key, "")
		if err != nil {
			return err
		}
		_, _, _, _, err = b.Head(ctx, key)
		_, _, _, _, absent := b.Head(ctx, key+".none")
		return errors.Join(body.Close(), err, absent, b.Delete(ctx, []string{key}), b.Abandon(ctx, r.Via.Prefix))
	}
	return nil
}

func (d databases) PutBack(context.Context, engine.Step, engine.Reporter) error { return nil }

// work is a spec in an account's whole life: it is planned with everything that AWS does for it, and run.
type work struct {
	*accounts
	load  func() *spec.Project
	relax bool
	runs  int
	// roles says that the runners are the roles shoji-runner, not users.
	roles bool
	// targets are what is planned alone.
	targets []string
}

func (w *work) providers() []engine.Provider {
	p := w.load()
	o := quick()
	o.Setting = w.setting
	own := aws.New(p, signedIn(p), o)
	return []engine.Provider{databases{p, own, w.relax}, own}
}

func (w *work) plan() (*engine.Plan, diag.Diagnostics) {
	p := w.load()
	needs := map[string][]string{}
	for _, r := range p.References {
		needs[r.From] = append(needs[r.From], r.To)
	}
	var addresses []string
	for _, x := range aws.Objects(p) {
		addresses = append(addresses, x.Address())
	}
	for _, r := range p.Refreshes {
		addresses = append(addresses, r.Address())
	}
	o := engine.BuildOptions{
		Project:    p.Name,
		SpecDigest: p.Digest,
		Addresses:  addresses,
		Needs:      needs,
		Selection:  engine.Selection{Targets: w.targets},
	}
	return engine.Build(context.Background(), w.providers(), o)
}

// done plans and runs without a problem.
func (w *work) done() {
	w.t.Helper()
	plan, ds := w.plan()
	if ds.HasErrors() {
		w.t.Fatalf("planning: %v", ds)
	}
	store, err := engine.OpenDir(filepath.Join(w.dir, "work"), engine.DirOptions{Now: time.Now, Random: zeros{}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.runs++
	runner := &engine.Runner{Providers: w.providers(), Store: store, Parallelism: 4, Now: time.Now, Events: w.event}
	run := engine.RunInfo{ID: fmt.Sprintf("20260101T0000%02dZ-000000", w.runs), Command: "apply", Started: time.Now()}
	if result, err := runner.Apply(context.Background(), run, plan); err != nil || result.State != engine.RunDone {
		w.t.Fatalf("%v %v\n%s", err, result.Diagnostics(), statements(plan))
	}
}

// setting answers as the servers of the target would: by their parameter group.
func (w *work) setting(ctx context.Context, _, _ string, _ int, name string) (string, error) {
	in := &rds.DescribeDBClusterParametersInput{
		DBClusterParameterGroupName: awssdk.String("shop-staging"),
		Source:                      awssdk.String("user"),
	}
	out, err := w.admin("staging").RDS.DescribeDBClusterParameters(ctx, in)
	if err != nil {
		return "", err
	}
	for _, p := range out.Parameters {
		if awssdk.ToString(p.ParameterName) == name {
			return awssdk.ToString(p.ParameterValue), nil
		}
	}
	return "origin", nil
}

// around are the accounts of the specs here, by the profiles of their runners. far is another region.
var around = map[string]string{"prod": prodAccount, "staging": stagingAccount, "far": prodAccount}

// runner is the ARN of who works in an account.
func (w *work) runner(name string) string {
	if w.roles {
		return "arn:aws:iam::" + around[name] + ":role/shoji-runner"
	}
	return "arn:aws:iam::" + around[name] + ":user/runner-" + name
}

// give signs in to an account as its runner, who has these policies and no other.
func (w *work) give(name string, policies ...string) {
	w.t.Helper()
	if w.roles {
		w.giveRole(name, policies)
		return
	}
	c, err := w.lab.User(around[name], "runner-"+name, policies...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.signIn(name, c)
}

func (w *work) giveRole(name string, policies []string) {
	w.t.Helper()
	role, admin := "shoji-runner", w.admin(name).IAM
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + around[name] +
		`"},"Action":"sts:AssumeRole"}]}`
	_, err := admin.CreateRole(w.t.Context(), &iam.CreateRoleInput{RoleName: &role, AssumeRolePolicyDocument: &trust})
	if err != nil && !awsapi.Is(err, "EntityAlreadyExists") {
		w.t.Fatal(err)
	}
	for i := range 2 { // all of them, and none that it had before
		policy, in := awssdk.String(
			fmt.Sprint("policy", i),
		), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"x:y","Resource":"*"}]}`
		if i < len(policies) {
			in = policies[i]
		}
		if _, err := admin.PutRolePolicy(w.t.Context(), &iam.PutRolePolicyInput{
			RoleName:       &role,
			PolicyName:     policy,
			PolicyDocument: &in,
		}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// admin is an account as its administrator, whoever is signed in to it.
func (w *work) admin(name string) *awsapi.Account {
	w.t.Helper()
	c, err := w.lab.Credentials(around[name])
	if err != nil {
		w.t.Fatal(err)
	}
	was := w.profiles[name]
	w.signIn(name, c)
	defer w.signIn(name, was)
	p, ds := lang.Load(
		w.administration(),
		lang.Options{
			Inputs:    []lang.Input{{Kind: lang.InputVar, Value: "endpoint=" + w.lab.URL()}},
			LookupEnv: os.LookupEnv,
		},
	)
	if ds.HasErrors() {
		w.t.Fatal(ds)
	}
	a, err := signedIn(p).Account(w.t.Context(), "aws."+name)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// administration is the directory of a spec that has the accounts and nothing else.
func (w *work) administration() string {
	w.t.Helper()
	dir := filepath.Join(w.dir, "administration")
	err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(blocks+far), 0o600))
	if err != nil {
		w.t.Fatal(err)
	}
	return dir
}
