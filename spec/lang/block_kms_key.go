package lang

import (
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/spec"
)

var keyAliases = nameRule{
	prefix:  "alias/",
	pattern: regexp.MustCompile(`^alias/[A-Za-z0-9/_-]{1,250}$`),
	words:   "write alias/ and letters, digits and / _ -.",
}

func kmsKeyBlock(b *body, k *spec.KMSKey) {
	at := &k.At
	k.Rotation, k.DeletionWindow = true, 30
	accountArgument(b, &k.AWSObject)
	b.optional("alias", text(&k.Alias), &at.Alias, "`alias/…`; `alias/LABEL` by default.")
	b.optional("description", text(&k.Description), nil, "")
	b.optional("rotation", boolean(&k.Rotation), nil, "Rotate it every year; true by default.")
	b.optional("deletion_window", integer(&k.DeletionWindow, 7, 30), nil,
		"Days between scheduling and deletion, 7 to 30, 30 by default.")
	b.optional("encrypt", grantees(&k.Encrypt, onlyRoles), nil,
		"Who may encrypt and decrypt with it, through S3 "+
			"only. Who writes a bucket with this key need not be named.")
	b.optional("decrypt", grantees(&k.Decrypt, onlyRoles), nil,
		"Who may decrypt with it, through S3 only. Who "+
			"reads a bucket with this key need not be named.")
	ownedArguments(b, &k.AWSObject)
	b.nested("statement", statementDoc, func(n *body) { statementBlock(n, &k.Statements, ofKey) })
	b.derive(func() { keyAliases.apply(b, &k.AWSObject, "alias", &k.Alias, at.Alias) })
	b.check(func() {
		if strings.HasPrefix(k.Alias, "alias/aws/") {
			b.errorf(at.Alias.Range, "Reserved key alias",
				"Aliases below alias/aws/ are keys that AWS manages; other accounts cannot use them.")
		}
	})
}
