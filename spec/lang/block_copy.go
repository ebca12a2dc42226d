package lang

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

var (
	instanceClass = regexp.MustCompile(`^db\.[a-z0-9-]+(\.[a-z0-9-]+)?$`)
	securityGroup = regexp.MustCompile(`^sg-[0-9a-z]+$`)
	keyARN        = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$`)
)

// copyBlock declares a clone or restore block.
func copyBlock(b *body, r *spec.Refresh, kind spec.CopyKind) {
	c := &spec.Copy{Kind: kind, Range: b.place}
	if kind == spec.CopyRestore {
		b.optional("instance", text(&c.Instance), &c.At.Instance,
			"The identifier of the RDS instance that is the source, if it is not in a cluster.")
		b.optional("account", accounts.ref(&c.Account), nil, "Where that instance is.")
	}
	b.required("class", text(&c.Class), &c.At.Class,
		"The class of its instance, such as `\"db.r6g.large\"` or `\"db.serverless\"`.")
	b.optional("in", accounts.ref(&c.In), &c.At.In,
		"Where it is created; beside the source by default. In another account "+
			"it is shared for as long as it takes.")
	b.optional("parameter_group", parameterGroups.ref(&c.ParameterGroup), &c.At.ParameterGroup,
		"Its cluster parameter group; the source's by default.")
	b.optional("instance_parameter_group", parameterGroups.ref(&c.InstanceParameterGroup), &c.At.InstanceParameterGroup,
		"That of its instance; the source's by default.")
	b.optional("security_groups", texts(&c.SecurityGroups), &c.At.SecurityGroups,
		"IDs; the source's by default. Required in another account or region.")
	b.optional("subnet_group", text(&c.SubnetGroup), &c.At.SubnetGroup,
		"Its subnet group; the source's by default. Required in another account or region.")
	b.optional("kms_key", copyKey(c), &c.At.Key,
		"The key that encrypts it; the source's by default. What is restored in "+
			"another account or region needs a key there.")
	b.optional("capacity", capacity(&c.Capacity), &c.At.Capacity,
		"Of `db.serverless`: minimum and maximum; the source's by default.")
	b.check(func() {
		if r.Copy != nil {
			b.errorf(c.Range, "More than one copy to read from",
				"A refresh reads from one clone, or from one restored snapshot.")
			return
		}
		r.Copy = c
		checkCopyArguments(b, c)
		checkCopySource(b, r)
		checkCopyGroup(b, r, c.ParameterGroup, "cluster", c.At.ParameterGroup.Range)
		checkCopyGroup(b, r, c.InstanceParameterGroup, "instance", c.At.InstanceParameterGroup.Range)
		checkCopyKey(b, r)
		checkCopyPlace(b, r)
	})
}

func copyKey(c *spec.Copy) parser {
	return custom("kms_key.x or ARN", func(v value) {
		if k, ok := kmsKeys.of(v.Value); ok {
			c.Key = k
		} else if v.Type() == cty.String && keyARN.MatchString(v.AsString()) {
			c.KeyARN = v.AsString()
		} else {
			v.errorf("Invalid key",
				"%q must be a key (kms_key.x) or the ARN of one; aliases are not known in other "+
					"accounts.", v.name)
		}
	})
}

func capacity(into **[2]float64) parser {
	return custom("list of two numbers", func(v value) {
		numbers, ok := v.to(cty.List(cty.Number), "two numbers, the least and the most")
		if !ok {
			return
		}
		if numbers.LengthInt() != 2 {
			v.mustBe("two numbers, the least and the most: [0.5, 8]")
			return
		}
		low, _ := numbers.AsValueSlice()[0].AsBigFloat().Float64()
		high, _ := numbers.AsValueSlice()[1].AsBigFloat().Float64()
		*into = &[2]float64{low, high}
	})
}

func checkCopyArguments(b *body, c *spec.Copy) {
	if c.Class != "" && !instanceClass.MatchString(c.Class) {
		b.errorf(c.At.Class.Range, "Invalid instance class", "%q: write db.r6g.large, or db.serverless.",
			c.Class)
	}
	for _, id := range c.SecurityGroups {
		if !securityGroup.MatchString(id) {
			b.errorf(c.At.SecurityGroups.Range, "Invalid security group",
				"%q: security groups are named by their IDs, such as sg-0123abcd.", id)
		}
	}
	if c.Capacity != nil && c.Class != "db.serverless" {
		b.errorf(c.At.Capacity.Range, "capacity is for db.serverless", "Other classes have a fixed size.")
	}
}

// checkCopySource reports a source that cannot be copied as the block says.
func checkCopySource(b *body, r *spec.Refresh) {
	inCluster := r.From != nil && r.From.Cluster != nil
	c := r.Copy
	switch {
	case c.Kind == spec.CopyClone && r.From != nil && !inCluster:
		b.errorf(c.Range, "Clone without a cluster",
			"%s has no cluster. Write cluster = cluster.x there; for an RDS "+
				"instance write restore { instance = … } here.", r.From.Address())
	case c.Kind == spec.CopyRestore && c.Instance != "" && inCluster:
		b.errorf(c.At.Instance.Range, "Conflicting snapshot sources", "%s is in %s, whose snapshot is taken. "+
			"Remove instance.", r.From.Address(), r.From.Cluster.Address())
	case c.Kind == spec.CopyRestore && r.From != nil && !inCluster && (c.Instance == "" || c.Account == nil):
		b.errorf(c.Range, "Restore without a source",
			"%s has no cluster. Write cluster = cluster.x there, or instance = \"…\" "+
				"and account = aws.x here, for an RDS instance.", r.From.Address())
	}
}

// checkCopyGroup reports a parameter group that the copy cannot have.
func checkCopyGroup(b *body, r *spec.Refresh, g *spec.ParameterGroup, level string, at diag.Range) {
	if g == nil {
		return
	}
	if g.Level != level {
		b.errorf(at, "Parameter group of another level",
			"%s has level = %q; this argument takes a group with level = %q.",
			g.Address(), g.Level, level)
	}
	if r.Copy.Instance != "" && level == "cluster" {
		b.errorf(at, "An instance has no cluster", "Write instance_parameter_group instead.")
	}
	if place := r.Place(); g.In != nil && place != nil &&
		(g.In.Account != place.Account || g.In.Region != place.Region) {
		b.errorf(at, "Parameter group in another place", "%s is in %s of account %s, and the copy is made in %s of %s.",
			g.Address(), g.In.Region, g.In.Account, place.Region, place.Account)
	}
}

// checkCopyKey reports a key that what is restored cannot be encrypted with: keys stay in their regions, and a copy in
// another account has one of that account, so that no other account can take it away.
func checkCopyKey(b *body, r *spec.Refresh) {
	c, place, source := r.Copy, r.Place(), r.Source()
	if c.Kind != spec.CopyRestore || place == nil || source == nil {
		return
	}
	account, region := place.Account, place.Region
	switch {
	case c.Key != nil && c.Key.In != nil:
		account, region = c.Key.In.Account, c.Key.In.Region
	case c.KeyARN != "":
		parts := strings.Split(c.KeyARN, ":")
		region, account = parts[3], parts[4]
	}
	switch {
	case region != place.Region:
		b.errorf(c.At.Key.Range, "Key in another region",
			"The key is in %s, and the copy is made in %s. Keys stay in "+
				"their regions: use one in %s.", region, place.Region, place.Region)
	case account != place.Account && place.Account != source.Account:
		b.errorf(c.At.Key.Range, "Key in another account",
			"The copy is made in account %s, and the key is of %s. Use a "+
				"key of account %s: what is restored there must not depend on another account's key.", place.Account,
			account,
			place.Account)
	}
}

// checkCopyPlace reports an account or region that the copy cannot be made in.
func checkCopyPlace(b *body, r *spec.Refresh) {
	c, source := r.Copy, r.Source()
	if source == nil || c.In == nil {
		return
	}
	switch {
	case c.Kind == spec.CopyClone && c.In.Region != source.Region:
		b.errorf(c.At.In.Range, "A clone stays in its region",
			"%s is in %s and %s in %s. Restore a snapshot there instead: "+
				"restore { … }.", r.From.Address(), source.Region, c.In.Address(), c.In.Region)
	case c.Kind == spec.CopyRestore && c.In.Account != source.Account && c.In.Region != source.Region:
		b.errorf(c.At.In.Range, "A shared snapshot stays in its region",
			"The source is in %s, and %s is another account in "+
				"%s: RDS copies what an account shares within one region only. Use an aws block "+
				"of account %s in %s, or stay "+
				"in the account of the source.", source.Region, c.In.Address(), c.In.Region, c.In.Account,
			source.Region)
	case c.In.Account != source.Account || c.In.Region != source.Region:
		missing := func(name string, a spec.Argument) {
			if !a.Written {
				b.errorf(c.Range, "Missing network settings",
					"The copy is made in %s of account %s, where the source's own do "+
						"not exist. Write %s = ….", c.In.Region, c.In.Account, name)
			}
		}
		missing("security_groups", c.At.SecurityGroups)
		missing("subnet_group", c.At.SubnetGroup)
	}
}
