package kms

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// Wanted is a key as the spec wants it.
type Wanted struct {
	Spec   *spec.KMSKey
	Place  policy.Place
	Policy policy.Document
	Needs  []string // the steps that create the principals of the policy
	// Ours reports whether an account is in the spec.
	Ours func(account string) bool
}

// Of returns the key that an alias leads to, or the one that was created for it by a run that ended before it created
// the alias.
func (s *State) Of(k *spec.KMSKey, project string) *Key {
	if found := s.Keys[k.Alias]; found != nil {
		return found
	}
	for _, left := range s.Removed {
		if left.Alias == "" && left.Tags.OwnedBy(project) &&
			left.Tags[object.AddressTag] == object.TagValue(k.Address()) {
			return left
		}
	}
	return nil
}

// Diff plans one declared key.
func Diff(d *object.Draft, s *State, w Wanted) {
	have := s.Of(w.Spec, d.Project)
	c := d.Declared(&w.Spec.AWSObject, w.Spec.Alias, have != nil)
	if policy.LocksOut(w.Place, w.Policy) {
		d.Diags.Errorf(&w.Spec.Range, "The account would be locked out",
			"A statement of %s denies the account's root to change the key's policy again, which nobody could undo. "+
				"Limit it to actions such as kms:Decrypt, or to other principals.", c.Address)
		return
	}
	tags := object.TagsOf(d.Project, &w.Spec.AWSObject)
	tags[object.WindowTag] = strconv.Itoa(w.Spec.DeletionWindow)
	if have == nil {
		create(d, c, w, tags)
		return
	}
	if !usable(d, w, have) || !c.Claim(have.Tags) {
		return
	}
	c.Bypasses(have.bypasses(w.Ours))
	c.Unseen(have.Unseen)
	update(c, w, have, tags)
}

// Show shows what bypasses the policy of a key, and plans nothing.
func Show(d *object.Draft, s *State, w Wanted) {
	if have := s.Keys[w.Spec.Alias]; have != nil {
		c := d.Declared(&w.Spec.AWSObject, w.Spec.Alias, true)
		c.Bypasses(have.bypasses(w.Ours))
		c.Unseen(have.Unseen)
		c.Finish()
	}
}

func create(d *object.Draft, c *object.Change, w Wanted, tags object.Tags) {
	k, in, token := w.Spec, c.In(), awsapi.Token(c.Address)
	for _, x := range []struct {
		name  string
		value any
	}{{"alias", k.Alias}, {"rotation", k.Rotation}, {"deletion_window", k.DeletionWindow}} {
		c.Show(x.name, nil, x.value)
	}
	if k.Description != "" {
		c.Show("description", nil, k.Description)
	}
	c.Unknown = []string{"arn"}
	c.Policy("policy", policy.Document{}, w.Policy)
	c.Tags(nil, tags)
	made := awsapi.New(in, "kms:CreateKey", k.Alias, kms.CreateKeyInput{
		KeySpec:     types.KeySpecSymmetricDefault,
		KeyUsage:    types.KeyUsageTypeEncryptDecrypt,
		Policy:      aws.String(w.Policy.JSON()),
		Description: awsapi.NonEmpty(k.Description),
		Tags:        object.List(tags, tag),
	})
	made.Produces, made.RetryCodes = token, propagationCodes()
	alias := awsapi.New(in, "kms:CreateAlias", k.Alias, kms.CreateAliasInput{AliasName: &k.Alias, TargetKeyId: &token})
	alias.DoneCodes, alias.RetryCodes = []string{"AlreadyExistsException"}, []string{"NotFoundException"}
	c.Call(made, alias)
	if k.Rotation {
		c.Call(awsapi.New(in, "kms:EnableKeyRotation", k.Alias, kms.EnableKeyRotationInput{KeyId: &token}))
	}
	c.Step("create", "create", w.Needs...)
	c.Finish()
}

// propagationCodes are the codes for a policy that names somebody whom KMS does not know yet.
func propagationCodes() []string { return []string{"MalformedPolicyDocumentException"} }

// usable reports whether a key can do what shoji needs it for, and if not, why.
func usable(d *object.Draft, w Wanted, have *Key) bool {
	switch {
	case have.Manager != string(types.KeyManagerTypeCustomer):
		d.Diags.Errorf(&w.Spec.At.Alias.Range, "Key managed by AWS",
			"%s is managed by AWS, so that no other account can be given access. Choose another alias.", w.Spec.Alias)
	case have.Spec != string(types.KeySpecSymmetricDefault) || have.Usage != string(types.KeyUsageTypeEncryptDecrypt):
		d.Diags.Errorf(&w.Spec.At.Alias.Range, "Unsuitable key",
			"%s leads to a key %s for %s; S3 requires a symmetric encryption key. Choose another alias.", w.Spec.Alias,
			have.Spec, have.Usage)
	case have.State == string(types.KeyStatePendingImport) || have.State == string(types.KeyStateUnavailable):
		d.Diags.Errorf(&w.Spec.At.Alias.Range, "Unusable key",
			"The key of %s is in the state %s. Finish that first, or choose another alias.", w.Spec.Alias, have.State)
	default:
		return true
	}
	return false
}

func update(c *object.Change, w Wanted, have *Key, tags object.Tags) {
	k, in := w.Spec, c.In()
	add := func(operation string, input any) { c.Call(awsapi.New(in, operation, k.Alias, input)) }
	c.Show("state", have.State, string(types.KeyStateEnabled))
	if have.State == string(types.KeyStatePendingDeletion) {
		add("kms:CancelKeyDeletion", kms.CancelKeyDeletionInput{KeyId: &have.ARN})
		c.Note("its pending deletion is canceled")
	}
	if have.State != string(types.KeyStateEnabled) {
		add("kms:EnableKey", kms.EnableKeyInput{KeyId: &have.ARN})
	}
	var alias any
	if have.Alias != "" {
		alias = have.Alias
	}
	c.Show("alias", alias, k.Alias)
	if have.Alias == "" {
		c.Call(awsapi.New(in, "kms:CreateAlias", k.Alias, kms.CreateAliasInput{
			AliasName:   &k.Alias,
			TargetKeyId: &have.ARN,
		}))
		c.Note("an interrupted run created the key %s without its alias", have.ID)
	}
	if k.Description != "" {
		if c.Show("description", have.Description, k.Description); have.Description != k.Description {
			add("kms:UpdateKeyDescription", kms.UpdateKeyDescriptionInput{
				KeyId:       &have.ARN,
				Description: &k.Description,
			})
		}
	}
	if c.Policy("policy", policy.ParseCanonical(have.Policy), w.Policy) {
		put := awsapi.New(in, "kms:PutKeyPolicy", k.Alias, kms.PutKeyPolicyInput{
			KeyId:      &have.ARN,
			PolicyName: aws.String("default"),
			Policy:     aws.String(w.Policy.JSON()),
		})
		put.RetryCodes = propagationCodes()
		c.Call(put)
	}
	if c.Show("rotation", have.Rotation, k.Rotation); have.Rotation != k.Rotation {
		if k.Rotation {
			add("kms:EnableKeyRotation", kms.EnableKeyRotationInput{KeyId: &have.ARN})
		} else {
			add("kms:DisableKeyRotation", kms.DisableKeyRotationInput{KeyId: &have.ARN})
		}
	}
	if missing := c.Tags(have.Tags, tags); len(missing) > 0 {
		add("kms:TagResource", kms.TagResourceInput{KeyId: &have.ARN, Tags: object.List(missing, tag)})
	}
	c.Step("update", "update", w.Needs...)
	c.Finish()
}

// Remove plans the removal of a key that was removed from the spec.
func Remove(d *object.Draft, in string, have *Key) {
	name := have.Alias
	if name == "" {
		name = have.ID
	}
	c := d.Removal(in, "kms_key", name, have.Tags)
	if c == nil {
		return
	}
	days, err := strconv.Atoi(have.Tags[object.WindowTag])
	if err != nil || days < 7 || days > 30 {
		days = 30
	}
	c.Before["arn"] = have.ARN
	c.Hazard(engine.KeyUnrecoverable,
		"the key %s will be deleted after %d days, and nothing that it encrypts can be read again. Until then, "+
			"declaring it again keeps it", have.ID, days)
	// The alias stays while the deletion can be cancelled: the key is found by it.
	c.Call(awsapi.New(in, "kms:ScheduleKeyDeletion", name, kms.ScheduleKeyDeletionInput{
		KeyId:               &have.ARN,
		PendingWindowInDays: aws.Int32(int32(days)),
	}))
	c.Step("delete", "delete")
	c.Finish()
}

func tag(k, v string) types.Tag { return types.Tag{TagKey: &k, TagValue: &v} }

func pair(t types.Tag) (k, v *string) { return t.TagKey, t.TagValue }
