package spec

import (
	"net/url"
	"regexp"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
)

// AWS is one account in one region.
type AWS struct {
	Name, EachKey string
	Account       string
	Region        string
	Profile       string
	Endpoint      string // of a stand-in; "" for AWS itself
	Tags          map[string]string
	AssumeRole    *AssumeRole // nil: the credentials as they are found
	Range         diag.Range
	Ranges        map[string]diag.Range
	// Runner is what whoever runs shoji lets the spec reach.
	Runner allow.Runner
}

// AssumeRole is a role to work as.
type AssumeRole struct {
	ARN string
	// ExternalID is text or a secret; at most one is set.
	ExternalID       string
	ExternalIDSecret *Secret
	SessionName      string
	Duration         time.Duration
}

// Address is aws.NAME, with ["key"] under for_each.
func (a *AWS) Address() string { return address("aws", a.Name, a.EachKey) }

// AWSObject is what the blocks of things in an account have in common.
type AWSObject struct {
	Kind           string // "kms_key"
	Label, EachKey string
	In             *AWS
	// Adopt takes over what is there and nobody's.
	Adopt bool
	// OnRemove is "keep" (default) or "delete".
	OnRemove string
	Tags     map[string]string
	Range    diag.Range
	Ranges   map[string]diag.Range
}

// Address is KIND.LABEL, with ["key"] under for_each.
func (o *AWSObject) Address() string { return address(o.Kind, o.Label, o.EachKey) }

// At gives where an argument stands, or the block without it.
func (o *AWSObject) At(name string) *diag.Range {
	if r, ok := o.Ranges[name]; ok {
		return &r
	}
	return &o.Range
}

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`)
	tagText    = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
)

func (l *loader) readAWS() {
	l.aws = l.declareAll("aws", func(in *instance) cty.Value {
		a := &AWS{
			Runner:   l.project.runner,
			Name:     in.block.Labels[0],
			EachKey:  in.key,
			Account:  in.str("account"),
			Region:   in.str("region"),
			Profile:  in.str("profile"),
			Endpoint: in.str("endpoint"),
			Tags:     in.tags(),
			Range:    rangeOf(in.block.DefRange()),
			Ranges:   in.ranges(),
		}
		if a.Account != "" && !accountID.MatchString(a.Account) {
			l.errorf(in.at("account"), "This is not the ID of an account",
				"An account of AWS has 12 digits, in quotes: \"111111111111\".")
		}
		if a.Region != "" && !regionName.MatchString(a.Region) {
			l.errorf(in.at("region"), "This is not a region", "%q is not the name of a region, such as eu-west-1.",
				a.Region)
		}
		switch u, err := url.Parse(a.Endpoint); {
		case a.Endpoint == "":
		case err == nil && u.User != nil: // the line is not shown: it may hold a password
			l.diags.Errorf(&a.Range, "A user in a URL",
				"The endpoint of %s holds a user. Credentials come from where AWS's own tools find them; take it out.",
				a.Address())
			a.Endpoint = ""
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			l.errorf(in.at("endpoint"), "This is not the URL of a stand-in", "Write http://127.0.0.1:5000.")
		}
		for i, n := range in.nested("assume_role") {
			if i > 0 {
				l.errorf(n.block.TypeRange, "Role assumed twice",
					"One role is enough; AWS lets a role be assumed from another, but shoji works as one.")
				continue
			}
			a.AssumeRole = l.assumeRole(n)
		}
		l.project.AWS = append(l.project.AWS, a)
		return cty.CapsuleVal(awsType, a)
	})
}

func (l *loader) assumeRole(in *instance) *AssumeRole {
	r := &AssumeRole{ARN: in.str("arn"), SessionName: "shoji", Duration: time.Hour}
	if r.ARN != "" && !roleARN.MatchString(r.ARN) {
		l.errorf(in.at("arn"), "This is not the ARN of a role", "Write arn:aws:iam::111111111111:role/NAME.")
	}
	if v, ok := in.value("external_id", false); ok && v.Type() == secretType && !v.IsNull() {
		r.ExternalIDSecret = v.EncapsulatedValue().(*Secret)
	} else {
		r.ExternalID = in.str("external_id")
	}
	if in.has("session_name") {
		r.SessionName = in.str("session_name")
	}
	if n := in.integer("duration", 900, 43200); n != nil {
		r.Duration = time.Duration(*n) * time.Second
	}
	return r
}

// tags reads the tags of a block. Those of shoji say whose an object is.
func (in *instance) tags() map[string]string {
	tags := in.texts("tags")
	for _, k := range names(tags) {
		switch {
		case len(k) > 5 && k[:6] == "shoji:", len(k) > 3 && k[:4] == "aws:":
			in.l.errorf(in.at("tags"), "A reserved tag",
				"Tags that begin with shoji: say whose an object is, those with aws: belong "+
					"to AWS. Name %q differently.", k)
		case k == "" || len(k) > 128 || len(tags[k]) > 256 || !tagText.MatchString(k) || !tagText.MatchString(tags[k]):
			in.l.errorf(in.at("tags"), "A tag that AWS does not take",
				"%q: a name has 1 to 128 characters and a value up to 256, of letters, digits, "+
					"spaces and _ . : / = + - @.", k)
		}
	}
	return tags
}

// object reads what all things in an account have in common.
func (l *loader) object(in *instance) AWSObject {
	o := AWSObject{
		Kind:     in.block.Type,
		Label:    in.block.Labels[0],
		EachKey:  in.key,
		OnRemove: "keep",
		Range:    rangeOf(in.block.DefRange()),
		Ranges:   in.ranges(),
	}
	o.In = reference[AWS](in, "in", awsType, "an account, such as aws.prod")
	if o.In == nil && !in.has("in") {
		switch len(l.project.AWS) {
		case 1:
			o.In = l.project.AWS[0]
		case 0:
			l.errorf(in.block.DefRange(), "In which account?",
				"There is no aws block. Write one, such as aws \"prod\" { … }.")
		default:
			l.errorf(in.block.DefRange(), "In which account?", "There are several aws blocks. Write in = aws.NAME.")
		}
	}
	if o.Kind == "cluster" {
		return o
	}
	if v := in.boolean("adopt"); v != nil {
		o.Adopt = *v
	}
	o.OnRemove, o.Tags = in.choice("on_remove", "keep", "delete"), in.tags()
	return o
}

// named reads an argument that is the label unless it is written, and holds it against what AWS takes.
func (in *instance) named(argument, prefix string, pattern *regexp.Regexp, rule string) string {
	name := in.str(argument)
	if !in.has(argument) {
		name = prefix + in.block.Labels[0]
		if in.key != "" {
			in.l.errorf(in.block.DefRange(), "Instances need names of their own",
				"Under for_each write %s = \"…${each.key}\".", argument)
			return ""
		}
	}
	if name != "" && !pattern.MatchString(name) {
		in.l.errorf(in.at(argument), "A name that AWS does not take", "%q: %s", name, rule)
	}
	return name
}

// sameAccount reports a reference to something in another account, or in another region where that matters too.
func (l *loader) sameAccount(at hcl.Range, from, to *AWSObject, regionToo bool) {
	if from.In == nil || to.In == nil {
		return
	}
	switch {
	case from.In.Account != to.In.Account:
		l.errorf(at, "Another account", "%s is in account %s and %s in %s; AWS wants both in one.", from.Address(),
			from.In.Account, to.Address(), to.In.Account)
	case regionToo && from.In.Region != to.In.Region:
		l.errorf(at, "Another region", "%s is in %s and %s in %s; AWS wants both in one.", from.Address(),
			from.In.Region, to.Address(), to.In.Region)
	}
}
