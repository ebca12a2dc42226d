package spec

import (
	"reflect"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// The types of blocks in expressions: database.x is a value of databaseType.
var (
	secretType   = cty.Capsule("secret", reflect.TypeOf(Secret{}))
	databaseType = cty.Capsule("database", reflect.TypeOf(Database{}))
	refreshType  = cty.Capsule("refresh", reflect.TypeOf(Refresh{}))
	roleType     = cty.Capsule("role", reflect.TypeOf(Role{}))

	awsType            = cty.Capsule("aws", reflect.TypeOf(AWS{}))
	kmsKeyType         = cty.Capsule("kms_key", reflect.TypeOf(KMSKey{}))
	iamRoleType        = cty.Capsule("iam_role", reflect.TypeOf(IAMRole{}))
	iamPolicyType      = cty.Capsule("iam_policy", reflect.TypeOf(IAMPolicy{}))
	bucketType         = cty.Capsule("bucket", reflect.TypeOf(Bucket{}))
	clusterType        = cty.Capsule("cluster", reflect.TypeOf(Cluster{}))
	parameterGroupType = cty.Capsule("parameter_group", reflect.TypeOf(ParameterGroup{}))
)

// declare makes the instances of a kind of block: each is called once for every instance and gives
// its value, and the result is what expressions see: the value itself by its label, or an object of them by key
// under for_each.
func (l *loader) declareAll(kind string, each func(in *instance) cty.Value) map[string]cty.Value {
	out := map[string]cty.Value{}
	first := map[string]hcl.Range{}
	for _, b := range l.of(kind) {
		name := b.Labels[0]
		if at, twice := first[name]; twice {
			l.errorf(b.DefRange(), "Block declared twice", "%s is declared at %s already.", address(kind, name, ""),
				rangeOf(at))
			continue
		}
		first[name] = b.DefRange()
		keyed := map[string]cty.Value{}
		for _, in := range l.instances(b) {
			v := each(in)
			if in.each == cty.NilVal {
				out[name] = v
				continue
			}
			keyed[in.key] = v
		}
		if _, ok := b.Body.Attributes["for_each"]; ok {
			out[name] = cty.ObjectVal(keyed)
		}
	}
	return out
}
