package spec

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
)

// CopyKind is how what a refresh reads from is made.
type CopyKind string

const (
	// CopyClone is a copy-on-write clone of an Aurora cluster.
	CopyClone CopyKind = "clone"
	// CopyRestore is restored from a snapshot.
	CopyRestore CopyKind = "restore"
)

// Copy says what a refresh reads from instead of its source: a copy that is made for the run and removed after it.
type Copy struct {
	Kind  CopyKind
	Class string
	// In is where the copy is made; the source's own account and region unless it is written.
	In *AWS
	// ParameterGroup is the cluster's, InstanceParameterGroup that of its instance, or of an RDS instance. Nil takes
	// the source's over.
	ParameterGroup, InstanceParameterGroup *ParameterGroup
	SecurityGroups                         []string // nil: the source's
	SubnetGroup                            string   // "": the source's
	// Key encrypts the copy; KeyARN is one that is not declared. Neither: the source's key.
	Key    *KMSKey
	KeyARN string
	// Capacity is that of a serverless copy: least and most. nil: the source's.
	Capacity *[2]float64
	// Instance is an RDS instance to take the snapshot of, in Account; "" where the source is a cluster.
	Instance string
	Account  *AWS
	Range    diag.Range
	Ranges   map[string]diag.Range
}

// At gives where an argument stands, or the block without it.
func (c *Copy) At(name string) *diag.Range {
	if r, ok := c.Ranges[name]; ok {
		return &r
	}
	return &c.Range
}

// Source is where what is copied is.
func (r *Refresh) Source() *AWS {
	switch {
	case r.Copy == nil:
		return nil
	case r.Copy.Instance != "":
		return r.Copy.Account
	case r.From != nil && r.From.Cluster != nil:
		return r.From.Cluster.In
	}
	return nil
}

var (
	instanceClass = regexp.MustCompile(`^db\.[a-z0-9-]+(\.[a-z0-9-]+)?$`)
	securityGroup = regexp.MustCompile(`^sg-[0-9a-z]+$`)
	keyARN        = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$`)
)

// copies reads the clone or restore block of a refresh, whose arguments are declared after refreshes.
func (l *loader) copies(in *instance, r *Refresh) {
	for _, kind := range []CopyKind{CopyClone, CopyRestore} {
		for _, n := range in.nested(string(kind)) {
			if r.Copy != nil {
				l.errorf(n.block.TypeRange, "Two copies to read from",
					"A refresh reads from one clone, or from one restored snapshot.")
				return
			}
			r.Copy = l.copyBlock(n, kind)
			l.checkCopy(n, r)
		}
	}
}

func (l *loader) copyBlock(in *instance, kind CopyKind) *Copy {
	c := &Copy{
		Kind:           kind,
		Class:          in.str("class"),
		In:             reference[AWS](in, "in", awsType, "an account, such as aws.staging"),
		SubnetGroup:    in.str("subnet_group"),
		SecurityGroups: in.strs("security_groups", false),
		Range:          rangeOf(in.block.TypeRange),
		Ranges:         in.ranges(),
		ParameterGroup: reference[ParameterGroup](in, "parameter_group", parameterGroupType,
			"a parameter group, such as parameter_group.clone"),
		InstanceParameterGroup: reference[ParameterGroup](in, "instance_parameter_group", parameterGroupType,
			"a parameter group, such as parameter_group.clone"),
	}
	if kind == CopyRestore {
		c.Instance, c.Account = in.str("instance"),
			reference[AWS](in, "account", awsType, "an account, such as aws.prod")
	}
	if c.Class != "" && !instanceClass.MatchString(c.Class) {
		l.errorf(in.at("class"), "This is not a class of instances", "%q: write db.r6g.large, or db.serverless.",
			c.Class)
	}
	for _, id := range c.SecurityGroups {
		if !securityGroup.MatchString(id) {
			l.errorf(in.at("security_groups"), "This is not a security group",
				"%q: security groups are named by their IDs, such as sg-0123abcd.", id)
		}
	}
	if v, ok := in.plain("kms_key"); ok {
		switch {
		case v.Type() == kmsKeyType:
			c.Key = v.EncapsulatedValue().(*KMSKey)
		case v.Type() == cty.String && keyARN.MatchString(v.AsString()):
			c.KeyARN = v.AsString()
		default:
			l.errorf(in.at("kms_key"), "This is not a key",
				"\"kms_key\" must be a key (kms_key.x) or the ARN of one; other accounts do not know aliases.")
		}
	}
	if v, ok := in.converted("capacity", cty.List(cty.Number), "two numbers, the least and the most"); ok {
		if v.LengthInt() != 2 {
			l.errorf(in.at("capacity"), "Wrong type of argument",
				"\"capacity\" must be two numbers, the least and the most: [0.5, 8].")
		} else {
			low, _ := v.AsValueSlice()[0].AsBigFloat().Float64()
			high, _ := v.AsValueSlice()[1].AsBigFloat().Float64()
			c.Capacity = &[2]float64{low, high}
		}
	}
	return c
}

func (l *loader) checkCopy(in *instance, r *Refresh) {
	c := r.Copy
	l.copySource(in, r)
	if serverless := c.Class == "db.serverless"; c.Capacity != nil && !serverless {
		l.errorf(in.at("capacity"), "capacity is for db.serverless", "Other classes have a size of their own.")
	}
	for _, x := range []struct {
		name, level string
		group       *ParameterGroup
	}{
		{"parameter_group", "cluster", c.ParameterGroup},
		{"instance_parameter_group", "instance", c.InstanceParameterGroup},
	} {
		name, g := x.name, x.group
		if g != nil && g.Level != x.level {
			l.errorf(in.at(name), "A group of another level", "%s has level = %q, and %s wants one of level %q.",
				g.Address(), g.Level, name, x.level)
		}
		if c.Instance != "" && g != nil && x.level == "cluster" {
			l.errorf(in.at(name), "An instance has no cluster", "Write instance_parameter_group instead.")
		}
		if at := r.Place(); g != nil && g.In != nil && at != nil &&
			(g.In.Account != at.Account || g.In.Region != at.Region) {
			l.errorf(in.at(name), "A group of another place",
				"%s is in %s of account %s, and the copy is made in %s of %s.", g.Address(), g.In.Region, g.In.Account,
				at.Region, at.Account)
		}
	}
	l.copyKey(in, r)
	source := r.Source()
	if source == nil || c.In == nil {
		return
	}
	switch {
	case c.Kind == CopyClone && c.In.Region != source.Region:
		l.errorf(in.at("in"), "A clone stays in its region",
			"%s is in %s and %s in %s. Restore a snapshot there instead: restore { … }.", r.From.Address(),
			source.Region, c.In.Address(), c.In.Region)
	case c.Kind == CopyRestore && c.In.Account != source.Account && c.In.Region != source.Region:
		l.errorf(in.at("in"), "A shared snapshot stays in its region",
			"The source is in %s, and %s is another account in %s: RDS copies what an account shares within one "+
				"region only. Take an aws block of account %s in %s, or stay in the account of the source.",
			source.Region, c.In.Address(), c.In.Region, c.In.Account, source.Region)
	case c.In.Account != source.Account || c.In.Region != source.Region:
		for _, name := range []string{"security_groups", "subnet_group"} {
			if !in.has(name) {
				l.errorf(in.block.TypeRange, "Where in the network?",
					"The copy is made in %s of account %s, where the source's own do not exist. Write %s = ….",
					c.In.Region, c.In.Account, name)
			}
		}
	}
}

// Place is where what a refresh reads from is made; nil where it reads from its source.
func (r *Refresh) Place() *AWS {
	if r.Copy != nil && r.Copy.In != nil {
		return r.Copy.In
	}
	return r.Source()
}

// copyKey reports a key that what is restored cannot be encrypted with: keys stay in their regions, and a copy in
// another account has one of that account, so that it lives by nobody else's leave.
func (l *loader) copyKey(in *instance, r *Refresh) {
	c, at, source := r.Copy, r.Place(), r.Source()
	if c.Kind != CopyRestore || at == nil || source == nil {
		return
	}
	account, region := at.Account, at.Region
	switch {
	case c.Key != nil && c.Key.In != nil:
		account, region = c.Key.In.Account, c.Key.In.Region
	case c.KeyARN != "":
		parts := strings.Split(c.KeyARN, ":")
		region, account = parts[3], parts[4]
	}
	switch {
	case region != at.Region:
		l.errorf(in.at("kms_key"), "A key of another region",
			"The key is in %s, and the copy is made in %s. Keys stay in their regions: take one in %s.", region,
			at.Region, at.Region)
	case account != at.Account && at.Account != source.Account:
		l.errorf(in.at("kms_key"), "A key of another account",
			"The copy is made in account %s, and the key is of %s. Take a key of account %s: what is restored there "+
				"must not end with another account's key.", at.Account, account, at.Account)
	}
}

func (l *loader) copySource(in *instance, r *Refresh) {
	cluster := r.From != nil && r.From.Cluster != nil
	c := r.Copy
	switch {
	case c.Kind == CopyClone && r.From != nil && !cluster:
		l.errorf(in.block.TypeRange, "A clone of which cluster?",
			"%s has no cluster. Write cluster = cluster.x there; for an RDS instance write "+
				"restore { instance = … } here.", r.From.Address())
	case c.Kind == CopyRestore && c.Instance != "" && cluster:
		l.errorf(in.at("instance"), "An instance beside a cluster",
			"%s is in %s, whose snapshot is taken. Take instance away.", r.From.Address(), r.From.Cluster.Address())
	case c.Kind == CopyRestore && r.From != nil && !cluster && (c.Instance == "" || c.Account == nil):
		l.errorf(in.block.TypeRange, "A snapshot of what?",
			"%s has no cluster. Write cluster = cluster.x there, or instance = \"…\" and account = "+
				"aws.x here, for an RDS instance.", r.From.Address())
	}
}
