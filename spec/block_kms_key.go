package spec

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// KMSKey is a symmetric key, known by its alias.
type KMSKey struct {
	AWSObject
	Alias            string // "alias/shop-transfer"
	Description      string
	Rotation         bool
	DeletionWindow   int // days
	Encrypt, Decrypt []Grantee
	Statements       []PolicyStatement
}

var aliasName = regexp.MustCompile(`^alias/[A-Za-z0-9/_-]{1,250}$`)

func (l *loader) declareKMSKeys() {
	l.kmsKeys = l.declareAll("kms_key", func(in *instance) cty.Value {
		k := &KMSKey{AWSObject: l.object(in), Description: in.str("description"), Rotation: true, DeletionWindow: 30}
		k.Alias = in.named("alias", "alias/", aliasName, "write alias/ and letters, digits and / _ -.")
		if strings.HasPrefix(k.Alias, "alias/aws/") {
			l.errorf(in.at("alias"), "A key of AWS",
				"Aliases below alias/aws/ are keys that AWS manages; other accounts cannot use them.")
		}
		if v := in.boolean("rotation"); v != nil {
			k.Rotation = *v
		}
		if n := in.integer("deletion_window", 7, 30); n != nil {
			k.DeletionWindow = *n
		}
		l.later(func() {
			k.Encrypt, k.Decrypt, k.Statements = in.grantees("encrypt", true), in.grantees("decrypt", true),
				l.statements(in)
		})
		l.project.KMSKeys = append(l.project.KMSKeys, k)
		return cty.CapsuleVal(kmsKeyType, k)
	})
}
