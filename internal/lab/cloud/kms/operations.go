package kms

import "github.com/shoji-pg/shoji/internal/lab/cloud/wire"

// Operations gives the operations of KMS.
func (s *Service) Operations() wire.Operations {
	return wire.Operations{
		"CreateKey":                       s.createKey,
		"DescribeKey":                     onKey(s.keyFor, describeKey),
		"ListKeys":                        s.listKeys,
		"EnableKey":                       onKey(s.alter, setState(enabled)),
		"DisableKey":                      onKey(s.alter, setState(disabled)),
		"ScheduleKeyDeletion":             onKey(s.alter, s.scheduleKeyDeletion),
		"CancelKeyDeletion":               onKey(s.change, cancelKeyDeletion),
		"UpdateKeyDescription":            onKey(s.change, updateKeyDescription),
		"GetKeyPolicy":                    onKey(s.keyFor, s.getKeyPolicy),
		"PutKeyPolicy":                    onKey(s.alter, s.putKeyPolicy),
		"EnableKeyRotation":               onKey(s.change, setRotation(true)),
		"DisableKeyRotation":              onKey(s.change, setRotation(false)),
		"GetKeyRotationStatus":            onKey(s.keyFor, getKeyRotationStatus),
		"CreateAlias":                     s.putAlias(true),
		"UpdateAlias":                     s.putAlias(false),
		"DeleteAlias":                     s.deleteAlias,
		"ListAliases":                     s.listAliases,
		"TagResource":                     onKey(s.alter, tagResource),
		"UntagResource":                   onKey(s.change, untagResource),
		"ListResourceTags":                onKey(s.keyFor, listResourceTags),
		"CreateGrant":                     onKey(s.keyFor, s.createGrant),
		"ListGrants":                      onKey(s.keyFor, listGrants),
		"RevokeGrant":                     onKey(s.keyFor, revokeGrant),
		"RetireGrant":                     s.retireGrant,
		"ReplicateKey":                    onKey(s.keyFor, s.replicateKey),
		"Encrypt":                         s.encrypt,
		"Decrypt":                         s.decrypt,
		"GenerateDataKey":                 s.generateDataKey(true),
		"GenerateDataKeyWithoutPlaintext": s.generateDataKey(false),
		"ReEncrypt":                       s.reEncrypt,
	}
}
