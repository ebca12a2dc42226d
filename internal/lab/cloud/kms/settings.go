package kms

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type policyInput struct {
	ofKey
	PolicyName string
}

func (s *Service) getKeyPolicy(_ *wire.Request, k *key, in policyInput) (any, error) {
	if in.PolicyName != "" && in.PolicyName != "default" {
		return nil, wire.Errorf("NotFoundException", "No such policy exists")
	}
	return struct{ Policy, PolicyName string }{s.iam.Text(k.policy), "default"}, nil
}

type putPolicyInput struct {
	ofKey
	PolicyName, Policy             string
	BypassPolicyLockoutSafetyCheck bool
}

func (s *Service) putKeyPolicy(r *wire.Request, k *key, in putPolicyInput) (any, error) {
	return nil, s.putPolicy(r.Caller, k, in.Policy, in.BypassPolicyLockoutSafetyCheck)
}

type rotationInput struct {
	ofKey
	RotationPeriodInDays int
}

// setRotation is EnableKeyRotation and DisableKeyRotation.
func setRotation(on bool) func(*wire.Request, *key, rotationInput) (any, error) {
	return func(_ *wire.Request, k *key, in rotationInput) (any, error) {
		if err := k.usable(); err != nil {
			return nil, err
		}
		if days := in.RotationPeriodInDays; days != 0 {
			if days < 90 || days > 2560 {
				return nil, wire.Errorf("ValidationException",
					"1 validation error detected: Value '%d' at 'rotationPeriodInDays' failed to satisfy constraint: "+
						"Member must have value between 90 and 2560", days)
			}
			k.rotationDays = days
		}
		k.rotation = on
		return nil, nil
	}
}

func getKeyRotationStatus(_ *wire.Request, k *key, _ ofKey) (any, error) {
	out := struct {
		KeyId                string
		KeyRotationEnabled   bool
		RotationPeriodInDays int `json:",omitempty"`
	}{KeyId: k.arn(), KeyRotationEnabled: k.rotation && k.state != pendingDeletion}
	if out.KeyRotationEnabled {
		out.RotationPeriodInDays = k.rotationDays
	}
	return out, nil
}

type descriptionInput struct {
	ofKey
	Description string
}

func updateKeyDescription(_ *wire.Request, k *key, in descriptionInput) (any, error) {
	k.description = in.Description
	return nil, nil
}

type tagInput struct {
	ofKey
	Tags []tag
}

func (in tagInput) asked() asked { return asked{context: iam.TagContext(nil, fromTags(in.Tags))} }

func tagResource(_ *wire.Request, k *key, in tagInput) (any, error) {
	for _, t := range in.Tags {
		if strings.HasPrefix(strings.ToLower(t.TagKey), "aws:") {
			return nil, wire.Errorf("TagException", "Tag keys cannot start with aws:")
		}
		k.tags[t.TagKey] = t.TagValue
	}
	if len(k.tags) > 50 {
		return nil, wire.Errorf("LimitExceededException", "Too many tags")
	}
	return nil, nil
}

type untagInput struct {
	ofKey
	TagKeys []string
}

func untagResource(_ *wire.Request, k *key, in untagInput) (any, error) {
	maps.DeleteFunc(k.tags, func(name, _ string) bool { return slices.Contains(in.TagKeys, name) })
	return nil, nil
}

func listResourceTags(_ *wire.Request, k *key, in keyPage) (any, error) {
	all := []tag{}
	for _, name := range wire.SortedKeys(k.tags) {
		all = append(all, tag{name, k.tags[name]})
	}
	return paged("Tags", all, in.pageInput)
}

var aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)

// putAlias is CreateAlias and UpdateAlias: both need the right on the alias and on the key.
func (s *Service) putAlias(create bool) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in struct{ AliasName, TargetKeyId string }
		if err := r.DecodeJSON(&in); err != nil {
			return nil, err
		}
		arn := aliasARN(r.Caller.Account, r.Region, in.AliasName)
		have := s.aliases[arn]
		switch {
		case !aliasName.MatchString(in.AliasName), strings.HasPrefix(in.AliasName, "alias/aws/"):
			return nil, wire.Errorf("InvalidAliasNameException", "The alias name %s is not valid", in.AliasName)
		case create && have != nil:
			return nil, wire.Errorf("AlreadyExistsException", "An alias with the name %s already exists", arn)
		case !create && have == nil:
			return nil, wire.Errorf("NotFoundException", "Alias %s is not found.", arn)
		}
		k, err := s.change(r, in.TargetKeyId, asked{})
		if err != nil {
			return nil, err
		}
		if err := s.iam.Authorize(r.Caller, iam.Access{Action: "kms:" + r.Operation, Resource: arn}); err != nil {
			return nil, err
		}
		if k.state == pendingDeletion {
			return nil, k.usable()
		}
		if have == nil {
			have = &alias{name: in.AliasName, arn: arn, created: s.clock.Now()}
			s.aliases[arn] = have
		}
		have.key, have.updated = k.arn(), s.clock.Now()
		return nil, nil
	}
}

func (s *Service) deleteAlias(r *wire.Request) (any, error) {
	var in struct{ AliasName string }
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	arn := aliasARN(r.Caller.Account, r.Region, in.AliasName)
	a := s.aliases[arn]
	if a == nil {
		return nil, wire.Errorf("NotFoundException", "Alias %s is not found.", arn)
	}
	if _, err := s.change(r, a.key, asked{}); err != nil {
		return nil, err
	}
	if err := s.iam.Authorize(r.Caller, iam.Access{Action: "kms:DeleteAlias", Resource: arn}); err != nil {
		return nil, err
	}
	delete(s.aliases, arn)
	return nil, nil
}

func (s *Service) listAliases(r *wire.Request) (any, error) {
	var in keyPage
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	if err := s.iam.Authorize(r.Caller, iam.Access{Action: "kms:ListAliases", Resource: "*"}); err != nil {
		return nil, err
	}
	only := ""
	if in.KeyId != "" {
		k, err := s.find(r.Caller.Account, r.Region, in.KeyId)
		if err != nil {
			return nil, err
		}
		only = k.arn()
	}
	type entry struct {
		AliasName, AliasArn, TargetKeyId string
		CreationDate, LastUpdatedDate    wire.Epoch
	}
	all := []entry{}
	for _, arn := range wire.SortedKeys(s.aliases) {
		a := s.aliases[arn]
		if strings.HasPrefix(arn, aliasARN(r.Caller.Account, r.Region, "")) && (only == "" || a.key == only) {
			all = append(all, entry{
				a.name, a.arn, a.key[strings.LastIndexByte(a.key, '/')+1:], wire.Epoch(a.created),
				wire.Epoch(a.updated),
			})
		}
	}
	return paged("Aliases", all, in.pageInput)
}
