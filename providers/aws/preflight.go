package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/providers/aws/preflight"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// kindPreflight is the step that looks, before anything changes, whether AWS will let the plan run.
const kindPreflight = "preflight"

// looked are the parameters of that step.
type looked struct {
	Needs  []preflight.Need  `json:"needs"`
	Trusts []preflight.Trust `json:"trusts,omitempty"`
	// Buckets have to be in the region of the server that writes them.
	Buckets []written `json:"buckets,omitempty"`
	// Roles have to be those of clusters already.
	Roles []associated `json:"roles,omitempty"`
	// Changed are the roles and buckets (by name) and keys that the plan itself changes: what their policies say before
	// says nothing.
	Changed []string `json:"changed,omitempty"`
	// made are the buckets that the plan makes, which will be where their blocks say: loading the spec has compared
	// that.
	made []string
	// unknown are calls whose rights are not in the table.
	unknown []preflight.Finding
}

type written struct {
	In     string `json:"in"`
	Bucket string `json:"bucket"`
	Region string `json:"region"`
}

// Preflight finds out whether AWS will let a plan run, and gives the step that does it again when it is run.
func (p *Provider) Preflight(ctx context.Context, plan *engine.Plan) (*engine.Step, diag.Diagnostics) {
	var ds diag.Diagnostics
	l, err := p.looks(ctx, plan)
	if err == nil && len(l.Needs)+len(l.unknown) == 0 {
		return nil, nil
	}
	var findings []preflight.Finding
	if err == nil {
		findings, err = p.find(ctx, l)
	}
	if err != nil {
		ds.AppendErr("What AWS lets the plan do cannot be found out", err)
		return nil, ds
	}
	s := &engine.Step{
		ID:       "preflight",
		Address:  "preflight",
		Title:    "look whether AWS will let the plan run",
		Provider: object.Provider,
		Kind:     kindPreflight,
		Priority: -1 << 20,
	}
	for _, n := range l.Needs {
		who := ""
		if n.Role != "" {
			who = " by " + n.Role
		}
		s.Statements = append(s.Statements, engine.Statement{
			On:   n.In,
			Text: "check " + n.Action + " on " + n.Resource + who,
		})
	}
	for _, t := range l.Trusts {
		s.Statements = append(s.Statements, engine.Statement{
			On:   t.In,
			Text: "check that RDS can work as " + t.Role + " for " + t.Cluster,
		})
	}
	for _, x := range l.Roles {
		s.Statements = append(s.Statements, engine.Statement{On: x.In, Text: x.String()})
	}
	for _, b := range l.Buckets {
		s.Statements = append(s.Statements, engine.Statement{
			On:   b.In,
			Text: "check that bucket " + b.Bucket + " is in " + b.Region,
		})
	}
	raw, err := json.Marshal(l)
	if err != nil {
		panic(err) // plain structs
	}
	s.Params = raw
	return s, preflight.Report(append(findings, l.unknown...))
}

// looks collects what a plan needs.
func (p *Provider) looks(ctx context.Context, plan *engine.Plan) (looked, error) {
	var l looked
	add := func(list ...preflight.Need) {
		for _, n := range list {
			if !slices.Contains(l.Needs, n) {
				l.Needs = append(l.Needs, n)
			}
		}
	}
	for _, s := range plan.Steps {
		if s.Provider != object.Provider || s.Kind != object.Kind && s.Kind != operation.Kind {
			continue
		}
		var params awsapi.Params
		if err := json.Unmarshal(s.Params, &params); err != nil {
			return l, fmt.Errorf("reading the parameters of %s: %w", s.ID, err)
		}
		for _, c := range append(slices.Clone(params.Calls), params.Undo...) {
			a, err := p.Account(ctx, c.In)
			if err != nil {
				return l, err
			}
			needs, known := preflight.Needs(c, a.Place, object.Text(p.project.Name))
			if add(needs...); !known {
				l.unknown = append(l.unknown, preflight.Finding{
					Need:    preflight.Need{In: c.In, Action: c.Operation, Resource: c.On},
					Verdict: preflight.Unknown,
					Reason:  "shoji does not know which rights these need",
				})
			}
			var about struct{ DBClusterIdentifier, RoleArn, RoleName, KeyId, Bucket string }
			if err := json.Unmarshal(c.Input, &about); err != nil {
				return l, fmt.Errorf("reading the input of %s: %w", c.Operation, err)
			}
			if c.Operation == "rds:AddRoleToDBCluster" {
				l.Trusts = append(l.Trusts, preflight.Trust{
					In:      c.In,
					Role:    about.RoleArn,
					Cluster: a.Place.Cluster(about.DBClusterIdentifier),
				})
			}
			if c.Operation == "s3:CreateBucket" {
				l.made = append(l.made, about.Bucket)
			}
			for _, changed := range []string{about.RoleName, about.KeyId, about.Bucket} {
				if changed != "" && !slices.Contains(l.Changed, changed) {
					l.Changed = append(l.Changed, changed)
				}
			}
		}
	}
	for _, r := range p.project.Refreshes {
		if slices.ContainsFunc(plan.Refreshes, func(x engine.Refresh) bool { return x.Address == r.Address() }) &&
			r.Via != nil {
			needs, err := p.servers(ctx, plan, r, &l)
			if err != nil {
				return l, err
			}
			add(needs...)
			if needs, err = p.stages(ctx, r, &l); err != nil {
				return l, err
			}
			add(needs...)
		}
	}
	return l, nil
}

// servers collects what the roles of servers need that write or read a bucket themselves: nobody but RDS can work as
// them.
func (p *Provider) servers(ctx context.Context, plan *engine.Plan, r *spec.Refresh,
	l *looked) ([]preflight.Need, error) {
	says := func(text string) bool {
		return slices.ContainsFunc(plan.Steps, func(s engine.Step) bool {
			return s.Address == r.Address() &&
				slices.ContainsFunc(s.Statements, func(x engine.Statement) bool {
					return strings.Contains(x.Text, text)
				})
		})
	}
	var out []preflight.Need
	for _, x := range []struct {
		text    string
		cluster *spec.Cluster
		works   worksWith
		objects []string
		key     []string
	}{
		{
			"query_export_to_s3", r.From.Cluster,
			worksWith{
				"s3Export", "s3_export", func(c *spec.Cluster) *spec.Grantee { return c.S3Export }, r.Copy != nil,
			}, []string{"s3:PutObject", "s3:AbortMultipartUpload"}, []string{"kms:GenerateDataKey", "kms:Decrypt"},
		},
		{
			"table_import_from_s3", r.To.Cluster,
			worksWith{"s3Import", "s3_import", func(c *spec.Cluster) *spec.Grantee { return c.S3Import }, false},
			[]string{"s3:GetObject"}, []string{"kms:Decrypt"},
		},
	} {
		if x.cluster == nil || !says(x.text) {
			continue
		}
		a, err := p.Account(ctx, x.cluster.In.Address())
		if err != nil {
			return nil, err
		}
		role, missing, err := p.serverRole(ctx, a, x.cluster, x.works)
		if err != nil {
			return nil, err
		}
		if missing.Action = x.text; role == "" {
			l.unknown = append(l.unknown, missing)
			continue
		}
		need := preflight.Need{In: x.cluster.In.Address(), Role: role}
		need.Owner, need.Region = r.Via.In.Account, r.Via.In.Region
		arn := p.viaKey(ctx, r)
		for _, action := range x.objects {
			need.Action, need.Under = action, under(action, arn)
			need.Resource = a.Place.Bucket(r.Via.Name) + "/" + r.Via.Prefix + preflight.Probe
			out = append(out, need)
		}
		need.Owner, need.Region, need.Under = "", "", ""
		for _, action := range x.key {
			need.Action, need.Resource, need.Via = action, arn, "s3"
			out = append(out, need)
		}
		given := slices.Contains(l.Trusts, preflight.Trust{
			In:      need.In,
			Role:    need.Role,
			Cluster: a.Place.Cluster(x.cluster.Identifier),
		})
		if !x.works.copied && !given { // a copy gets its role itself
			l.Roles = append(l.Roles, associated{
				need.In, x.cluster.Identifier, x.works.feature, need.Role, x.cluster.Address(),
			})
		}
		if x.works.feature == "s3Export" && !slices.Contains(l.made, r.Via.Name) {
			at := x.cluster.In
			if r.Copy != nil {
				at = r.Place()
			}
			l.Buckets = append(l.Buckets, written{r.Via.In.Address(), r.Via.Name, at.Region})
		}
	}
	return out, nil
}

// viaKey is the ARN of the key of a refresh's bucket, or the token of one that the plan makes. Who imports need not be
// able to see the account that it is in, and has words for it.
func (p *Provider) viaKey(ctx context.Context, r *spec.Refresh) string {
	in := r.Via.Key.In
	if p.options.Only == engine.Whole || slices.Contains(halfAccounts(p.options.Only, r), in) {
		known, err := p.keyARN(ctx, r.Via.Key)
		switch {
		case err == nil:
			return known
		case p.Opened(in.Account, in.Region) != nil:
			return awsapi.Token(r.Via.Key.Address())
		}
	}
	return "the key of " + r.Via.Address()
}

// find looks at everything.
func (p *Provider) find(ctx context.Context, l looked) ([]preflight.Finding, error) {
	findings, err := preflight.Check(ctx, p, l.Needs, l.Trusts, l.Changed)
	if err != nil {
		return nil, err
	}
	for _, x := range l.Roles {
		f, err := p.associated(ctx, x)
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	for _, b := range l.Buckets {
		a, err := p.Account(ctx, b.In)
		if err != nil {
			return nil, err
		}
		region, err := s3.Region(ctx, a, b.Bucket)
		f := preflight.Finding{
			Need:    preflight.Need{In: b.In, Action: "exporting by the server", Resource: "bucket " + b.Bucket},
			Verdict: preflight.Allowed,
			Who:     "the server",
		}
		switch {
		case err != nil:
			f.Verdict, f.Reason = preflight.Unknown, "the region of the bucket cannot be asked for"
		case region == "":
			f.Verdict, f.Reason = preflight.Unknown, "the bucket is not there"
		case region != b.Region:
			f.Verdict, f.Reason, f.Mend = preflight.Denied,
				fmt.Sprintf("the bucket is in %s, and aws_s3 writes within its own region only, which is %s", region,
					b.Region), `Take a bucket there, or export = "client".`
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// again is the step: what is denied by now ends the run before anything was changed.
func (p *Provider) again(ctx context.Context, s engine.Step, report engine.Reporter) error {
	var l looked
	if err := json.Unmarshal(s.Params, &l); err != nil {
		return fmt.Errorf("reading the parameters of %s: %w", s.ID, err)
	}
	findings, err := p.find(ctx, l)
	if err != nil {
		return err
	}
	count := map[preflight.Verdict]int{}
	for _, f := range findings {
		count[f.Verdict]++
	}
	report.Note(fmt.Sprintf("%d rights are allowed, %d denied, %d could not be checked", count[preflight.Allowed],
		count[preflight.Denied], count[preflight.Unknown]))
	var denied []error
	for _, d := range preflight.Report(findings) {
		if d.Severity == diag.Error {
			denied = append(denied, d)
		}
	}
	return errors.Join(denied...)
}
