package cloud_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// rootStatement lets the account's own policies decide.
func rootStatement(account string) string {
	return `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account +
		`:root"},"Action":"kms:*","Resource":"*"}`
}

func keyPolicy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func newKey(t *testing.T, c clients, policy string) string {
	t.Helper()
	in := &kms.CreateKeyInput{}
	if policy != "" {
		in.Policy = &policy
	}
	return *must[*kms.CreateKeyOutput](t)(c.kms.CreateKey(ctx, in)).KeyMetadata.Arn
}

func TestKeys(t *testing.T) {
	clock := cloud.NewClock()
	lab := start(t, cloud.Config{Clock: clock})
	c := admin(t, lab, source)
	made := must[*kms.CreateKeyOutput](t)(c.kms.CreateKey(ctx, &kms.CreateKeyInput{
		Description: aws.String("transfer"),
		Tags:        []types.Tag{{TagKey: aws.String("shoji"), TagValue: aws.String("shop")}},
	}))
	arn := made.KeyMetadata.Arn
	if !strings.HasPrefix(*arn, "arn:aws:kms:"+region+":"+source+":key/") ||
		made.KeyMetadata.KeyState != types.KeyStateEnabled ||
		made.KeyMetadata.KeyManager != types.KeyManagerTypeCustomer {
		t.Errorf("got %+v", made.KeyMetadata)
	}
	state := func() types.KeyState {
		return must[*kms.DescribeKeyOutput](t)(c.kms.DescribeKey(ctx,
			&kms.DescribeKeyInput{KeyId: arn})).KeyMetadata.KeyState
	}
	encrypt := func() error {
		_, err := c.kms.Encrypt(ctx, &kms.EncryptInput{KeyId: arn, Plaintext: []byte("x")})
		return err
	}

	// States.
	must[*kms.DisableKeyOutput](t)(c.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: arn}))
	refused(t, encrypt(), "DisabledException")
	_, err := c.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: arn})
	refused(t, err, "DisabledException")
	must[*kms.EnableKeyOutput](t)(c.kms.EnableKey(ctx, &kms.EnableKeyInput{KeyId: arn}))
	ok(t, encrypt())

	// Rotation.
	must[*kms.EnableKeyRotationOutput](t)(c.kms.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{
		KeyId:                arn,
		RotationPeriodInDays: aws.Int32(180),
	}))
	rotation := must[*kms.GetKeyRotationStatusOutput](t)(c.kms.GetKeyRotationStatus(ctx,
		&kms.GetKeyRotationStatusInput{KeyId: arn}))
	if !rotation.KeyRotationEnabled || *rotation.RotationPeriodInDays != 180 {
		t.Errorf("got %+v", rotation)
	}
	must[*kms.DisableKeyRotationOutput](t)(c.kms.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: arn}))
	if must[*kms.GetKeyRotationStatusOutput](t)(c.kms.GetKeyRotationStatus(ctx,
		&kms.GetKeyRotationStatusInput{KeyId: arn})).KeyRotationEnabled {
		t.Error("rotation is on")
	}

	// Tags.
	must[*kms.TagResourceOutput](t)(c.kms.TagResource(ctx, &kms.TagResourceInput{
		KeyId: arn,
		Tags:  []types.Tag{{TagKey: aws.String("a"), TagValue: aws.String("b")}},
	}))
	must[*kms.UntagResourceOutput](t)(c.kms.UntagResource(ctx, &kms.UntagResourceInput{
		KeyId:   arn,
		TagKeys: []string{"shoji"},
	}))
	if tags := must[*kms.ListResourceTagsOutput](t)(c.kms.ListResourceTags(ctx,
		&kms.ListResourceTagsInput{KeyId: arn})).Tags; len(tags) != 1 || *tags[0].TagKey != "a" {
		t.Errorf("got %+v", tags)
	}

	// Deletion, and back, and for good.
	_, err = c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
		KeyId:               arn,
		PendingWindowInDays: aws.Int32(1),
	})
	refused(t, err, "ValidationException")
	must[*kms.ScheduleKeyDeletionOutput](t)(c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
		KeyId:               arn,
		PendingWindowInDays: aws.Int32(7),
	}))
	refused(t, encrypt(), "KMSInvalidStateException")
	must[*kms.CancelKeyDeletionOutput](t)(c.kms.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: arn}))
	if got := state(); got != types.KeyStateDisabled {
		t.Errorf("the key is %s", got)
	}
	must[*kms.ScheduleKeyDeletionOutput](t)(c.kms.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
		KeyId:               arn,
		PendingWindowInDays: aws.Int32(7),
	}))
	clock.Advance(7*24*time.Hour - time.Minute)
	if got := state(); got != types.KeyStatePendingDeletion {
		t.Errorf("the key is %s", got)
	}
	clock.Advance(time.Hour)
	_, err = c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: arn})
	refused(t, err, "NotFoundException")
}

func TestAliases(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	one, two := newKey(t, c, ""), newKey(t, c, "")
	name := aws.String("alias/shop-transfer")
	create := func(name *string) error {
		_, err := c.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: name, TargetKeyId: &one})
		return err
	}
	behind := func() string {
		return *must[*kms.DescribeKeyOutput](t)(c.kms.DescribeKey(ctx,
			&kms.DescribeKeyInput{KeyId: name})).KeyMetadata.Arn
	}
	ok(t, create(name))
	refused(t, create(name), "AlreadyExistsException")
	refused(t, create(aws.String("alias/aws/mine")), "InvalidAliasNameException")
	if behind() != one {
		t.Error("the alias is another key's")
	}
	must[*kms.UpdateAliasOutput](t)(c.kms.UpdateAlias(ctx, &kms.UpdateAliasInput{AliasName: name, TargetKeyId: &two}))
	if behind() != two {
		t.Error("the alias did not move")
	}
	list := must[*kms.ListAliasesOutput](t)(c.kms.ListAliases(ctx, &kms.ListAliasesInput{KeyId: &two})).Aliases
	if len(list) != 1 || *list[0].AliasName != *name || !strings.HasSuffix(two, *list[0].TargetKeyId) {
		t.Errorf("got %+v", list)
	}
	must[*kms.DeleteAliasOutput](t)(c.kms.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: name}))
	_, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: name})
	refused(t, err, "NotFoundException")

	// Keys belong to a region.
	_, err = kms.NewFromConfig(c.config, func(o *kms.Options) { o.Region = "eu-west-1" }).
		DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &one})
	refused(t, err, "NotFoundException")

	for i := range 5 {
		ok(t, create(aws.String(fmt.Sprintf("alias/n%d", i))))
	}
	count := 0
	for p := kms.NewListAliasesPaginator(c.kms, &kms.ListAliasesInput{Limit: aws.Int32(2)}); p.HasMorePages(); {
		count += len(must[*kms.ListAliasesOutput](t)(p.NextPage(ctx)).Aliases)
	}
	if count != 5 {
		t.Errorf("%d aliases", count)
	}
}

func TestKeyPolicies(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	arn := newKey(t, c, "")
	put := func(policy string) error {
		_, err := c.kms.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: &arn, Policy: &policy})
		return err
	}
	get := func() string {
		return *must[*kms.GetKeyPolicyOutput](t)(c.kms.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &arn})).Policy
	}
	decryptBy := func(principal string) string {
		return `{"Sid":"D","Effect":"Allow","Principal":{"AWS":"` + principal +
			`"},"Action":"kms:Decrypt","Resource":"*"}`
	}
	if !strings.Contains(get(), "Enable IAM User Permissions") {
		t.Errorf("the default policy is %s", get())
	}
	refused(t, put(`{"Statement":`), "MalformedPolicyDocumentException")
	says(t, put(keyPolicy(rootStatement(source), decryptBy("arn:aws:iam::"+target+":role/missing"))),
		"MalformedPolicyDocumentException", "Invalid principal")
	says(t, put(keyPolicy(decryptBy("arn:aws:iam::"+source+":root"))), "MalformedPolicyDocumentException",
		"will not allow you to update the key policy")

	importer := role(t, admin(t, lab, target), "import", trustService("rds.amazonaws.com"))
	good := keyPolicy(rootStatement(source), decryptBy(importer))
	ok(t, put(good))
	if get() != good {
		t.Errorf("the policy is %s", get())
	}
	// The role is deleted and made again: the policy shows that it meant the old one.
	to := admin(t, lab, target)
	must[*iam.DeleteRoleOutput](t)(to.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("import")}))
	role(t, to, "import", trustService("rds.amazonaws.com"))
	if !strings.Contains(get(), `"AROA`) {
		t.Errorf("the policy is %s", get())
	}
}

func TestRightsOnKeys(t *testing.T) {
	lab := start(t, cloud.Config{})
	owner, other := admin(t, lab, source), admin(t, lab, target)
	use := func(c clients, arn string) error {
		_, err := c.kms.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &arn, KeySpec: types.DataKeySpecAes256})
		return err
	}
	for name, c := range map[string]struct {
		statement string // beside root's
		own       string // the user's policy
		account   string
		allowed   bool
	}{
		"root's statement delegates to the user's policies": {"", allow("kms:*", "*"), source, true},
		"root's statement alone is not enough":              {"", allow("s3:*", "*"), source, false},
		"a statement that names the user needs no policy": {
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + source +
				`:user/u"},"Action":"kms:GenerateDataKey","Resource":"*"}`, allow("s3:*", "*"), source, true,
		},
		"another account needs the key's policy": {"", allow("kms:*", "*"), target, false},
		"another account needs its own policy too": {
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + target +
				`:user/u"},"Action":"kms:GenerateDataKey","Resource":"*"}`, allow("s3:*", "*"), target, false,
		},
		"another account with both": {
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + target +
				`:root"},"Action":"kms:GenerateDataKey","Resource":"*"}`, allow("kms:*", "*"), target, true,
		},
		"a condition on the service is not met by a direct call": {
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + target +
				`:root"},"Action":"kms:GenerateDataKey","Resource":"*",` +
				`"Condition":{"StringEquals":{"kms:ViaService":"s3.ap-northeast-1.amazonaws.com"}}}`,
			allow("kms:*", "*"), target, false,
		},
		"a condition on the caller's account": {
			`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:GenerateDataKey","Resource":"*",` +
				`"Condition":{"StringEquals":{"kms:CallerAccount":"` + target + `"}}}`, allow("kms:*", "*"), target,
			true,
		},
		"a deny in the key's policy wins": {
			`{"Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey","Resource":"*"}`, allow("kms:*", "*"),
			source, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := user(t, lab, c.account, "u", c.own)
			user(t, lab, source, "u", allow("s3:*", "*")) // policies may name it
			user(t, lab, c.account, "u", c.own)
			statements := []string{rootStatement(source)}
			if c.statement != "" {
				statements = append(statements, c.statement)
			}
			err := use(u, newKey(t, owner, keyPolicy(statements...)))
			if c.allowed {
				ok(t, err)
			} else {
				refused(t, err, "AccessDeniedException")
			}
		})
	}
	t.Run("a policy cannot be read from another account", func(t *testing.T) {
		arn := newKey(t, owner, keyPolicy(rootStatement(source),
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+target+`:root"},"Action":"kms:*","Resource":"*"}`))
		must[*kms.DescribeKeyOutput](t)(other.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &arn}))
		_, err := other.kms.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &arn})
		refused(t, err, "AccessDeniedException")
	})
}

func TestCrypto(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	one, two := newKey(t, c, ""), newKey(t, c, "")
	context := map[string]string{"run": "1"}
	sealed := must[*kms.EncryptOutput](t)(c.kms.Encrypt(ctx, &kms.EncryptInput{
		KeyId:             &one,
		Plaintext:         []byte("secret"),
		EncryptionContext: context,
	})).CiphertextBlob
	open := func(blob []byte, key *string, context map[string]string) (string, error) {
		out, err := c.kms.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob, KeyId: key, EncryptionContext: context})
		if err != nil {
			return "", err
		}
		return string(out.Plaintext), nil
	}
	if got := must[string](t)(open(sealed, nil, context)); got != "secret" {
		t.Errorf("got %q", got)
	}
	_, err := open(sealed, &two, context)
	refused(t, err, "IncorrectKeyException")
	_, err = open(sealed, nil, nil)
	refused(t, err, "InvalidCiphertextException")
	_, err = open([]byte("junk"), nil, nil)
	refused(t, err, "InvalidCiphertextException")

	moved := must[*kms.ReEncryptOutput](t)(c.kms.ReEncrypt(ctx, &kms.ReEncryptInput{
		CiphertextBlob:          sealed,
		SourceEncryptionContext: context,
		DestinationKeyId:        &two,
	}))
	if got := must[string](t)(open(moved.CiphertextBlob, &two, nil)); got != "secret" || *moved.SourceKeyId != one {
		t.Errorf("got %q", got)
	}
	data := must[*kms.GenerateDataKeyOutput](t)(c.kms.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId:   &one,
		KeySpec: types.DataKeySpecAes256,
	}))
	if got := must[string](t)(open(data.CiphertextBlob, nil, nil)); got != string(data.Plaintext) ||
		len(data.Plaintext) != 32 {
		t.Error("the data key is another")
	}
	for _, call := range lab.Calls() {
		for k, v := range call.Parameters {
			if strings.Contains(k, "Plaintext") || strings.Contains(v, "c2VjcmV0") {
				t.Errorf("the log holds a secret: %s", k)
			}
		}
	}
}

func TestDryRuns(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	arn := newKey(t, c, "")
	grantee := role(t, c, "export", trustService("rds.amazonaws.com"))
	dry := func(c clients) map[string]error {
		errs := map[string]error{}
		_, errs["GenerateDataKey"] = c.kms.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
			KeyId:   &arn,
			KeySpec: types.DataKeySpecAes256,
			DryRun:  aws.Bool(true),
		})
		_, errs["Encrypt"] = c.kms.Encrypt(ctx, &kms.EncryptInput{
			KeyId:     &arn,
			Plaintext: []byte("x"),
			DryRun:    aws.Bool(true),
		})
		_, errs["Decrypt"] = c.kms.Decrypt(ctx, &kms.DecryptInput{
			KeyId:           &arn,
			DryRun:          aws.Bool(true),
			DryRunModifiers: []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext},
		})
		_, errs["ReEncrypt"] = c.kms.ReEncrypt(ctx, &kms.ReEncryptInput{
			SourceKeyId:      &arn,
			DestinationKeyId: &arn,
			DryRun:           aws.Bool(true),
			DryRunModifiers:  []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext},
		})
		_, errs["CreateGrant"] = c.kms.CreateGrant(ctx, &kms.CreateGrantInput{
			KeyId:            &arn,
			GranteePrincipal: &grantee,
			Operations:       []types.GrantOperation{types.GrantOperationDecrypt},
			DryRun:           aws.Bool(true),
		})
		return errs
	}
	for _, err := range dry(c) {
		refused(t, err, "DryRunOperationException")
		var typed *types.DryRunOperationException
		if !errors.As(err, &typed) {
			t.Errorf("%T is not typed", err)
		}
	}
	if grants := must[*kms.ListGrantsOutput](t)(c.kms.ListGrants(ctx,
		&kms.ListGrantsInput{KeyId: &arn})).Grants; len(grants) != 0 {
		t.Error("a dry run made a grant")
	}
	for _, err := range dry(user(t, lab, source, "poor", allow("s3:*", "*"))) {
		refused(t, err, "AccessDeniedException")
	}
	must[*kms.DisableKeyOutput](t)(c.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &arn}))
	for _, err := range dry(c) {
		refused(t, err, "DisabledException")
	}
}

func TestGrants(t *testing.T) {
	lab := start(t, cloud.Config{Times: cloud.Times{Grant: cloud.Settle{Polls: 1}}})
	c := admin(t, lab, source)
	arn := newKey(t, c, "")
	_, err := c.kms.CreateGrant(ctx, &kms.CreateGrantInput{
		KeyId:            &arn,
		GranteePrincipal: aws.String("arn:aws:iam::" + target + ":role/missing"),
		Operations:       []types.GrantOperation{types.GrantOperationDecrypt},
	})
	refused(t, err, "InvalidArnException")

	// A grant lets a principal of another account in, without any policy.
	grantee := user(t, lab, target, "grantee")
	grant := must[*kms.CreateGrantOutput](t)(c.kms.CreateGrant(ctx, &kms.CreateGrantInput{
		KeyId:             &arn,
		GranteePrincipal:  aws.String("arn:aws:iam::" + target + ":user/grantee"),
		Operations:        []types.GrantOperation{types.GrantOperationEncrypt},
		RetiringPrincipal: aws.String("arn:aws:iam::" + target + ":user/grantee"),
		Constraints:       &types.GrantConstraints{EncryptionContextSubset: map[string]string{"run": "1"}},
	}))
	encrypt := func(run string, tokens ...string) error {
		_, err := grantee.kms.Encrypt(ctx, &kms.EncryptInput{
			KeyId:             &arn,
			Plaintext:         []byte("x"),
			EncryptionContext: map[string]string{"run": run, "more": "y"},
			GrantTokens:       tokens,
		})
		return err
	}
	refused(t, encrypt("2", *grant.GrantToken), "AccessDeniedException") // the constraint
	ok(t, encrypt("1", *grant.GrantToken))                               // at once, with the token
	refused(t, encrypt("1"), "AccessDeniedException")                    // not yet without it
	ok(t, encrypt("1"))
	_, err = grantee.kms.Decrypt(ctx, &kms.DecryptInput{
		KeyId:           &arn,
		DryRun:          aws.Bool(true),
		DryRunModifiers: []types.DryRunModifierType{types.DryRunModifierTypeIgnoreCiphertext},
	})
	refused(t, err, "AccessDeniedException") // not that operation

	list := must[*kms.ListGrantsOutput](t)(c.kms.ListGrants(ctx, &kms.ListGrantsInput{KeyId: &arn})).Grants
	if len(list) != 1 || *list[0].GrantId != *grant.GrantId || list[0].Operations[0] != types.GrantOperationEncrypt {
		t.Errorf("got %+v", list)
	}
	must[*kms.RevokeGrantOutput](t)(c.kms.RevokeGrant(ctx, &kms.RevokeGrantInput{KeyId: &arn, GrantId: grant.GrantId}))
	refused(t, encrypt("1"), "AccessDeniedException")
	_, err = c.kms.RevokeGrant(ctx, &kms.RevokeGrantInput{KeyId: &arn, GrantId: grant.GrantId})
	refused(t, err, "NotFoundException")

	again := must[*kms.CreateGrantOutput](t)(c.kms.CreateGrant(ctx, &kms.CreateGrantInput{
		KeyId:             &arn,
		GranteePrincipal:  aws.String("arn:aws:iam::" + target + ":user/grantee"),
		RetiringPrincipal: aws.String("arn:aws:iam::" + target + ":user/grantee"),
		Operations:        []types.GrantOperation{types.GrantOperationEncrypt},
	}))
	must[*kms.RetireGrantOutput](t)(grantee.kms.RetireGrant(ctx, &kms.RetireGrantInput{
		KeyId:   &arn,
		GrantId: again.GrantId,
	}))
}
