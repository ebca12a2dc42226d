package lang

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`)
	tagText    = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)
)

func awsBlock(b *body, a *spec.AWS) {
	at := &a.At
	b.required("account", text(&a.Account), &at.Account,
		"The account's ID. Other credentials are refused before anything is read.")
	b.required("region", text(&a.Region), &at.Region, "Such as `\"eu-west-1\"`.")
	b.optional("profile", text(&a.Profile), nil, "A profile of the AWS configuration.")
	b.optional("endpoint", text(&a.Endpoint), &at.Endpoint, "The URL of a stand-in for every service.")
	b.optional("tags", tags(&a.Tags), nil, "For every object that is created here.")
	b.nested("assume_role", "A role to work as.", func(n *body) { assumeRoleBlock(n, a) })
	b.check(func() {
		if a.Account != "" && !accountID.MatchString(a.Account) {
			b.errorf(at.Account.Range, "Invalid account ID",
				"An account of AWS has 12 digits, in quotes: \"111111111111\".")
		}
		if a.Region != "" && !regionName.MatchString(a.Region) {
			b.errorf(at.Region.Range, "Invalid region", "%q is not the name of a region, such as eu-west-1.",
				a.Region)
		}
		switch u, err := url.Parse(a.Endpoint); {
		case a.Endpoint == "":
		case err == nil && u.User != nil: // the line is not shown: it may hold a password
			b.errorf(a.Range, "User in a URL",
				"The endpoint of %s holds a user. Credentials come from where AWS's own "+
					"tools find them; remove it.", a.Address())
			a.Endpoint = ""
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			b.errorf(at.Endpoint.Range, "Invalid endpoint URL", "Write http://127.0.0.1:5000.")
		}
	})
}

func assumeRoleBlock(b *body, a *spec.AWS) {
	r := &spec.AssumeRole{SessionName: "shoji", Duration: time.Hour}
	var arn spec.Argument
	b.required("arn", text(&r.ARN), &arn, "Its ARN.")
	b.optional("external_id", custom("string or secret.x", func(v value) {
		if s, ok := secrets.of(v.Value); ok {
			r.ExternalIDSecret = s
		} else {
			r.ExternalID, _ = v.text()
		}
	}), nil, "The external ID that its trust policy requires.")
	b.optional("session_name", text(&r.SessionName), nil, "Defaults to `shoji`.")
	b.optional("duration", seconds(&r.Duration, 900, 43200), nil,
		"Seconds, 900 to 43200, 3600 by default. The session is renewed.")
	b.check(func() {
		if a.AssumeRole != nil {
			b.errorf(b.place, "Role assumed twice",
				"One role is enough; AWS lets a role be assumed from another, but shoji works as one.")
			return
		}
		a.AssumeRole = r
		if r.ARN != "" && !roleARN.MatchString(r.ARN) {
			b.errorf(arn.Range, "Invalid role ARN", "Write arn:aws:iam::111111111111:role/NAME.")
		}
	})
}

// tags reads the tags of a block. Those of shoji say which project an object belongs to.
func tags(into *map[string]string) parser {
	return custom("map of strings", func(v value) {
		textMap(into).parse(v)
		for _, k := range sortedKeys(*into) {
			value := (*into)[k]
			switch {
			case strings.HasPrefix(k, "shoji:") && k != "shoji:", strings.HasPrefix(k, "aws:") && k != "aws:":
				v.errorf("Reserved tag",
					"Tags that begin with shoji: say which project an object belongs to, those with "+
						"aws: belong to AWS. Name %q differently.", k)
			case k == "" || len(k) > 128 || len(value) > 256 || !tagText.MatchString(k) || !tagText.MatchString(value):
				v.errorf("Invalid tag",
					"%q: a name has 1 to 128 characters and a value up to 256, of "+
						"letters, digits, spaces and _ . : / = + - @.", k)
			}
		}
	})
}

// newObject returns what all objects in an account have in common, for an instance.
func newObject(in instance) spec.AWSObject {
	return spec.AWSObject{Kind: in.Type, Label: in.Labels[0], EachKey: in.key, OnRemove: "keep", Range: in.place()}
}

// accountArgument declares the account of an object.
func accountArgument(b *body, o *spec.AWSObject) {
	b.optional("in", accounts.ref(&o.In), &o.InAt,
		"The account and region; optional if there is only one `aws` block.")
	b.derive(func() {
		if o.In != nil || o.InAt.Written {
			return
		}
		switch len(b.project.AWS) {
		case 1:
			o.In = b.project.AWS[0]
		case 0:
			b.errorf(o.Range, "Missing account", "There is no aws block. Write one, such as aws \"prod\" { … }.")
		default:
			b.errorf(o.Range, "Missing account", "There are several aws blocks. Write in = aws.NAME.")
		}
	})
}

// ownedArguments declares what is common to objects that shoji makes.
func ownedArguments(b *body, o *spec.AWSObject) {
	b.optional("adopt", boolean(&o.Adopt), nil,
		"`true`: take over an existing object of the name that carries no project's tag.")
	b.optional("on_remove", choice(&o.OnRemove, "keep", "delete"), nil,
		"When the block is removed: `\"keep\"` (default) or `\"delete\"`.")
	b.optional("tags", tags(&o.Tags), nil, "Further tags. Tags that others set stay.")
}

// nameRule is what AWS accepts as a name of a kind of object.
type nameRule struct {
	prefix  string // before the label of the block, which is the name unless another is written
	pattern *regexp.Regexp
	words   string // that say what the pattern matches
}

// apply sets the name from the label if the argument is not written, and reports one that AWS does not accept.
func (n nameRule) apply(b *body, o *spec.AWSObject, argument string, name *string, at spec.Argument) {
	if !at.Written {
		*name = n.prefix + o.Label
		if o.EachKey != "" {
			b.errorf(o.Range, "Instances need distinct names", "Under for_each write %s = \"…${each.key}\".",
				argument)
			*name = ""
		}
	}
	if *name != "" && !n.pattern.MatchString(*name) {
		b.errorf(at.Range, "Invalid name", "%q: %s", *name, n.words)
	}
}

// checkSameAccount reports a reference to something in another account, or in another region if regionToo.
func (b *body) checkSameAccount(at diag.Range, from, to *spec.AWSObject, regionToo bool) {
	if from.In == nil || to.In == nil {
		return
	}
	switch {
	case from.In.Account != to.In.Account:
		b.errorf(at, "Another account", "%s is in account %s and %s in %s; AWS requires both in one.", from.Address(),
			from.In.Account, to.Address(), to.In.Account)
	case regionToo && from.In.Region != to.In.Region:
		b.errorf(at, "Another region", "%s is in %s and %s in %s; AWS requires both in one.", from.Address(),
			from.In.Region, to.Address(), to.In.Region)
	}
}
