package lang

import (
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/spec"
)

// bucketPrefix matches prefixes of characters that need no escaping anywhere.
var bucketPrefix = regexp.MustCompile(`^([A-Za-z0-9!_.'()-]+/)*$`)

var bucketNames = nameRule{
	pattern: regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`),
	words:   "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens.",
}

func bucketBlock(b *body, k *spec.Bucket) {
	at := &k.At
	k.Prefix, k.ExpireDays = "shoji/", 3
	accountArgument(b, &k.AWSObject)
	b.optional("name", text(&k.Name), &at.Name, "Its name; the label by default.")
	b.optional("prefix", text(&k.Prefix), &at.Prefix, "Everything is stored below it; `\"shoji/\"` by default.")
	b.required("kms_key", kmsKeys.ref(&k.Key), &at.Key, "The key of its objects, in the same account and region.")
	b.optional("expire_days", integer(&k.ExpireDays, 1, 3650), nil,
		"Objects below the prefix, and uploads that "+
			"never completed, are removed after so many days, 3 by default.")
	b.optional("write", grantees(&k.Write, onlyRoles), nil, "Who writes below the prefix.")
	b.optional("read", grantees(&k.Read, onlyRoles), nil, "Who reads below the prefix; of other accounts too.")
	ownedArguments(b, &k.AWSObject)
	b.nested("statement", statementDoc, func(n *body) { statementBlock(n, &k.Statements, ofResource) })
	b.derive(func() { bucketNames.apply(b, &k.AWSObject, "name", &k.Name, at.Name) })
	b.check(func() {
		if strings.Contains(k.Name, "..") {
			b.errorf(at.Name.Range, "Invalid name",
				"Two dots cannot follow each other in a bucket's name.")
		}
		if !bucketPrefix.MatchString(k.Prefix) {
			b.errorf(at.Prefix.Range, "Invalid prefix",
				"Write words of letters, digits and - _ . that each end with a "+
					"slash, and none at the beginning: \"shoji/\".")
		}
		if k.Key != nil {
			b.checkSameAccount(at.Key.Range, &k.AWSObject, &k.Key.AWSObject, true)
		}
	})
}
