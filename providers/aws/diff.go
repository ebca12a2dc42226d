package aws

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/iam"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// Diff compares the spec with what was observed. A half has no objects.
func (p *Provider) Diff(seen engine.Observed, selected engine.Selected) (*engine.Draft, diag.Diagnostics) {
	o := seen.(*observed)
	if p.options.Only != engine.Whole {
		d := o.diffHalf()
		return &engine.Draft{Changes: d.Changes}, d.Diags
	}
	d := &object.Draft{Project: p.project.Name}
	w := &wanted{o}
	for _, k := range p.project.KMSKeys {
		if arn, ok := w.keyARN(k); ok && arn == awsapi.Token(k.Address()) {
			d.Unknown = append(d.Unknown, awsapi.Unknown{Token: arn, In: k.In.Address(), Alias: k.Alias})
		}
	}
	has := func(x *spec.AWSObject) bool { return selected.Has(x.Address()) && o.stateOf(x) != nil }
	for _, k := range p.project.KMSKeys {
		if has(&k.AWSObject) {
			document, needs := w.key(k)
			want := kms.Wanted{Spec: k, Place: o.placeOf(k.In), Policy: document, Needs: needs, Ours: o.hasAccount}
			kms.Diff(d, o.stateOf(&k.AWSObject).kms, want)
		}
	}
	for _, x := range p.project.IAMPolicies {
		if has(&x.AWSObject) {
			w.policy(d, x)
		}
	}
	for _, r := range p.project.IAMRoles {
		if has(&r.AWSObject) {
			w.role(d, r)
		}
	}
	for _, b := range p.project.Buckets {
		if has(&b.AWSObject) && b.Key != nil {
			w.diffBucket(d, b)
		}
	}
	for _, g := range p.project.ParameterGroups {
		if has(&g.AWSObject) {
			want := rds.WantedGroup{Spec: g}
			for _, c := range p.project.Clusters {
				if c.ParameterGroup == g {
					want.Users = append(want.Users, c.Identifier)
				}
				if s := o.stateOf(&c.AWSObject); c.InstanceParameterGroup == g && s != nil && s.rds != nil &&
					s.rds.Clusters[c.Identifier] != nil {
					want.Users = append(want.Users, s.rds.Clusters[c.Identifier].Instances...)
				}
			}
			for _, r := range p.project.Refreshes {
				want.ForCopies = want.ForCopies ||
					r.Copy != nil && (r.Copy.ParameterGroup == g || r.Copy.InstanceParameterGroup == g)
			}
			rds.DiffGroup(d, o.stateOf(&g.AWSObject).rds, want)
		}
	}
	for _, c := range p.project.Clusters {
		if has(&c.AWSObject) {
			rds.DiffCluster(d, o.stateOf(&c.AWSObject).rds, w.cluster(c))
		}
	}
	if selected.AllObjects() {
		w.removals(d)
	}
	d.Order()
	return &engine.Draft{Changes: d.Changes, Steps: d.Steps}, d.Diags
}

func (w *wanted) policy(d *object.Draft, x *spec.IAMPolicy) {
	statements := w.statements(x.Statements)
	for _, c := range x.Connect {
		s := w.stateOf(&c.Cluster.AWSObject)
		if s == nil || s.rds == nil || s.rds.Clusters[c.Cluster.Identifier] == nil {
			if !w.selected.Has(c.Cluster.Address()) || s == nil {
				d.Diags.Errorf(&x.Range, "Unknown cluster",
					"%s needs the resource ID of %s, which could not be read.", x.Address(), c.Cluster.Address())
			}
			return // the cluster's own diff reports that it does not exist
		}
		statements = append(statements,
			policy.ForConnect(w.placeOf(c.Cluster.In), c.Cluster.Label+c.Cluster.EachKey,
				s.rds.Clusters[c.Cluster.Identifier].ResourceID, c.Users))
	}
	iam.DiffPolicy(d, w.stateOf(&x.AWSObject).iam, iam.WantedPolicy{
		Spec:     x,
		ARN:      w.placeOf(x.In).Policy(x.Path, x.Name),
		Document: numberSids(policy.New(statements...)),
	})
}

func (w *wanted) role(d *object.Draft, r *spec.IAMRole) {
	trust, trusts := w.trust(r)
	inline, needs, lacking := w.permissions(r)
	if lacking != nil {
		d.Diags.Errorf(&r.Range, "Unknown key",
			"%s needs the ARN of %s, which neither exists nor is in this plan. Plan both: -target %s.", r.Address(),
			lacking.Address(), lacking.Address())
		return
	}
	want := iam.WantedRole{Spec: r, Trust: trust, Inline: inline, TrustNeeds: trusts}
	if r.Policies != nil {
		want.Policies = []string{}
	}
	for _, x := range r.Policies {
		arn := x.ARN
		if x.Policy != nil {
			arn = w.placeOf(x.Policy.In).Policy(x.Policy.Path, x.Policy.Name)
			needs = append(needs, x.Policy.Address()+".create", x.Policy.Address()+".update")
		}
		if !slices.Contains(want.Policies, arn) {
			want.Policies = append(want.Policies, arn)
		}
	}
	want.Needs = needs
	iam.DiffRole(d, w.stateOf(&r.AWSObject).iam, want)
}

func (w *wanted) diffBucket(d *object.Draft, b *spec.Bucket) {
	key, ok := w.keyARN(b.Key)
	if !ok {
		d.Diags.Errorf(&b.At.Key.Range, "Unknown key",
			"%s needs the ARN of %s, which neither exists nor is in this plan.", b.Address(), b.Key.Address())
		return
	}
	document, needs := w.bucket(b, key)
	s3.Diff(d, w.stateOf(&b.AWSObject).s3, s3.Wanted{
		Spec:   b,
		Key:    key,
		Policy: document,
		Needs:  needs,
		Ours:   w.hasAccount,
	})
}

func (w *wanted) cluster(c *spec.Cluster) rds.WantedCluster {
	out := rds.WantedCluster{Spec: c, Ours: w.ownRoles(c.In)}
	for _, x := range []struct {
		grantee *spec.Grantee
		into    *string
	}{{c.S3Export, &out.Export}, {c.S3Import, &out.Import}} {
		if x.grantee == nil {
			continue
		}
		*x.into = w.principal(*x.grantee)
		if r := x.grantee.Role; r != nil {
			out.Needs = append(out.Needs, r.Address()+".create", r.Address()+".update", r.Address()+".permissions")
		}
	}
	for _, g := range []*spec.ParameterGroup{c.ParameterGroup, c.InstanceParameterGroup} {
		if g != nil {
			out.Needs = append(out.Needs, g.Address()+".create", g.Address()+".update")
		}
	}
	return out
}
