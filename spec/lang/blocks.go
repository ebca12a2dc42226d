package lang

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// readBlocks reads the blocks that describe something. All of them are declared before the first is read, so that they
// may refer to each other in circles: a key names the role that decrypts, and the role the bucket with the key.
func readBlocks(r *reader, version string) {
	p := r.project
	read := []func(){
		declare(r, secrets, &p.Secrets, secretBlock, func(in instance) *spec.Secret {
			return &spec.Secret{Name: in.Labels[0], EachKey: in.key, Range: in.place()}
		}),
		declare(r, accounts, &p.AWS, awsBlock, func(in instance) *spec.AWS {
			return &spec.AWS{Name: in.Labels[0], EachKey: in.key, Range: in.place(), Runner: p.Runner}
		}),
		declare(r, clusters, &p.Clusters, clusterBlock, func(in instance) *spec.Cluster {
			return &spec.Cluster{AWSObject: newObject(in)}
		}),
		declare(r, databases, &p.Databases, databaseBlock, func(in instance) *spec.Database {
			return &spec.Database{Name: in.Labels[0], EachKey: in.key, Range: in.place(), Runner: p.Runner,
				Maintenance: "postgres"}
		}),
		declare(r, roles, &p.Roles, roleBlock, func(in instance) *spec.Role {
			return &spec.Role{Label: in.Labels[0], Name: in.Labels[0], EachKey: in.key, Range: in.place()}
		}),
		declare(r, refreshes, &p.Refreshes, refreshBlock, func(in instance) *spec.Refresh {
			return &spec.Refresh{Name: in.Labels[0], EachKey: in.key, Range: in.place(), Jobs: 4}
		}),
		declare(r, kmsKeys, &p.KMSKeys, kmsKeyBlock, func(in instance) *spec.KMSKey {
			return &spec.KMSKey{AWSObject: newObject(in)}
		}),
		declare(r, iamRoles, &p.IAMRoles, iamRoleBlock, func(in instance) *spec.IAMRole {
			return &spec.IAMRole{AWSObject: newObject(in)}
		}),
		declare(r, iamPolicies, &p.IAMPolicies, iamPolicyBlock, func(in instance) *spec.IAMPolicy {
			return &spec.IAMPolicy{AWSObject: newObject(in)}
		}),
		declare(r, buckets, &p.Buckets, bucketBlock, func(in instance) *spec.Bucket {
			return &spec.Bucket{AWSObject: newObject(in)}
		}),
		declare(r, parameterGroups, &p.ParameterGroups, parameterGroupBlock, func(in instance) *spec.ParameterGroup {
			return &spec.ParameterGroup{AWSObject: newObject(in)}
		}),
		each(r, "table", &p.Tables, tableBlock, func(in instance) *spec.Table {
			return &spec.Table{Schema: in.Labels[0], Name: in.Labels[1], EachKey: in.key, Range: in.place()}
		}),
		each(r, "rule", &p.Rules, ruleBlock, func(in instance) *spec.Rule {
			return &spec.Rule{Name: in.Labels[0], EachKey: in.key, Range: in.place()}
		}),
		each(r, "link", &p.Links, linkBlock, func(in instance) *spec.Link {
			return &spec.Link{Name: in.Labels[0], EachKey: in.key, Range: in.place()}
		}),
		each(r, "test", &p.Tests, testBlock, func(in instance) *spec.Test {
			return &spec.Test{Name: in.Labels[0], EachKey: in.key, Range: in.place()}
		}),
		each(r, "notify", &p.Notifies, notifyBlock, func(in instance) *spec.Notify {
			return &spec.Notify{Name: in.Labels[0], EachKey: in.key, Range: in.place()}
		}),
	}
	readProject(r, version)
	for _, f := range read {
		f()
	}
	for _, f := range r.postponed { // in the order of the blocks
		f()
	}
}

// declare creates the blocks of a kind that expressions can mention, by label, and under for_each as an object by key.
// It returns what reads their arguments.
func declare[T any](r *reader, k kind[T], list *[]*T, arguments func(*body, *T), create func(instance) *T) func() {
	first := map[string]diag.Range{}
	var read []func()
	for _, b := range r.of(k.name) {
		name, at := b.Labels[0], rangeOf(b.DefRange())
		if other, twice := first[name]; twice {
			r.errorf(at, "Block declared twice", "%s is declared at %s already.", spec.Address(k.name, name, ""), other)
			continue
		}
		first[name] = at
		keyed := map[string]cty.Value{}
		for _, in := range r.instances(b) {
			block := create(in)
			*list = append(*list, block)
			keyed[in.key] = cty.CapsuleVal(k.typ, block)
			read = append(read, func() { r.decode(in, func(b *body) { arguments(b, block) }) })
		}
		if _, ok := b.Body.Attributes["for_each"]; ok {
			r.set(k.name, name, cty.ObjectVal(keyed))
		} else {
			r.set(k.name, name, keyed[""])
		}
	}
	return func() {
		for _, f := range read {
			f()
		}
	}
}

// each creates the blocks of a kind that expressions do not mention, and returns what reads their arguments.
func each[T any](r *reader, kind string, list *[]*T, arguments func(*body, *T), create func(instance) *T) func() {
	return func() {
		for _, b := range r.of(kind) {
			for _, in := range r.instances(b) {
				block := create(in)
				*list = append(*list, block)
				r.decode(in, func(b *body) { arguments(b, block) })
			}
		}
	}
}
