// Package kms plans and makes changes of keys, which it finds by their aliases.
package kms

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Key is a key as it was read.
type Key struct {
	ID, ARN, Alias string // Alias is "" if it has none
	State          string // "Enabled", "Disabled", "PendingDeletion", …
	Description    string
	Manager        string
	Spec, Usage    string
	Rotation       bool
	Policy         string
	Tags           object.Tags
	// Grants are those that no service of AWS holds, Replicas the ARNs of the key's copies in other regions, and Unseen
	// the actions that are missing to read them.
	Grants   []Grant  `json:",omitempty"`
	Replicas []string `json:",omitempty"`
	Unseen   []string `json:",omitempty"`
	// serviceGrants are the grants of services that use the key in another account. They come and go with each copy
	// there, so that they are no part of the key's fingerprint.
	serviceGrants []Grant
}

// State is what was read of an account in one region.
type State struct {
	Keys map[string]*Key // those declared that exist, by alias
	// Removed are the project's keys that no declared alias leads to.
	Removed []*Key
}

// Inspect reads the keys of the aliases, and if all is set, the others of the project too. It makes one or two calls a
// key and a few besides.
func Inspect(ctx context.Context, a *awsapi.Account, aliases []string, project string, all bool) (*State, error) {
	list, err := aliasesOf(ctx, a)
	if err != nil {
		return nil, err
	}
	s := &State{Keys: map[string]*Key{}}
	byID := map[string]string{} // aliases by key
	managed := map[string]bool{}
	for _, x := range list {
		id, name := aws.ToString(x.TargetKeyId), aws.ToString(x.AliasName)
		managed[id] = managed[id] || strings.HasPrefix(name, "alias/aws/")
		if byID[id] == "" || slices.Contains(aliases, name) {
			byID[id] = name
		}
	}
	var declared []string
	for id, name := range byID {
		if slices.Contains(aliases, name) {
			declared = append(declared, id)
		}
	}
	var others []string
	if all || len(declared) < len(aliases) { // a key without its alias yet is found by its tags
		ids, err := keysOf(ctx, a)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !managed[id] && !slices.Contains(declared, id) {
				others = append(others, id)
			}
		}
	}
	var mu sync.Mutex
	var closed []error
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, id := range declared {
		g.Go(func() error {
			k, err := read(ctx, a, id, byID[id], nil)
			if err == nil {
				err = k.readGrants(ctx, a)
			}
			mu.Lock()
			defer mu.Unlock()
			s.Keys[byID[id]] = k
			return err
		})
	}
	for _, id := range others {
		g.Go(func() error {
			tags, err := tagsOf(ctx, a, id)
			if awsapi.Is(err, "AccessDeniedException") {
				// A key may keep even its own account out. No key of a project does.
				mu.Lock()
				defer mu.Unlock()
				closed = append(closed, a.Explain(err, id))
				return nil
			}
			if err != nil || !tags.OwnedBy(project) {
				return err
			}
			k, err := read(ctx, a, id, byID[id], tags)
			mu.Lock()
			defer mu.Unlock()
			s.Removed = append(s.Removed, k)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if all && len(closed) > 0 && len(closed) == len(others) { // the caller lacks the right, and not the keys
		return nil, slices.MinFunc(closed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	}
	s.Removed = slices.DeleteFunc(s.Removed, func(k *Key) bool {
		return k.State == string(types.KeyStatePendingDeletion)
	})
	sort.Slice(s.Removed, func(i, j int) bool { return s.Removed[i].ID < s.Removed[j].ID })
	return s, nil
}

func aliasesOf(ctx context.Context, a *awsapi.Account) ([]types.AliasListEntry, error) {
	var out []types.AliasListEntry
	if err := awsapi.EachPage(ctx, kms.NewListAliasesPaginator(a.KMS, &kms.ListAliasesInput{}),
		func(page *kms.ListAliasesOutput) {
			out = append(out, page.Aliases...)
		}); err != nil {
		return nil, a.Explain(err, "")
	}
	return out, nil
}

func keysOf(ctx context.Context, a *awsapi.Account) ([]string, error) {
	var out []string
	if err := awsapi.EachPage(ctx, kms.NewListKeysPaginator(a.KMS, &kms.ListKeysInput{Limit: aws.Int32(1000)}),
		func(page *kms.ListKeysOutput) {
			for _, k := range page.Keys {
				out = append(out, aws.ToString(k.KeyId))
			}
		}); err != nil {
		return nil, a.Explain(err, "")
	}
	return out, nil
}

func tagsOf(ctx context.Context, a *awsapi.Account, id string) (object.Tags, error) {
	var list []types.Tag
	if err := awsapi.EachPage(ctx, kms.NewListResourceTagsPaginator(a.KMS, &kms.ListResourceTagsInput{KeyId: &id}),
		func(page *kms.ListResourceTagsOutput) {
			list = append(list, page.Tags...)
		}); err != nil {
		return nil, err
	}
	return object.FromList(list, pair), nil
}

// read reads one key, and its tags if they are nil.
func read(ctx context.Context, a *awsapi.Account, id, alias string, tags object.Tags) (*Key, error) {
	out, err := a.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return nil, a.Explain(err, id)
	}
	m := out.KeyMetadata
	k := &Key{
		ID:          aws.ToString(m.KeyId),
		ARN:         aws.ToString(m.Arn),
		Alias:       alias,
		State:       string(m.KeyState),
		Description: aws.ToString(m.Description),
		Manager:     string(m.KeyManager),
		Spec:        string(m.KeySpec),
		Usage:       string(m.KeyUsage),
		Tags:        tags,
	}
	if r := m.MultiRegionConfiguration; r != nil {
		for _, x := range r.ReplicaKeys {
			k.Replicas = append(k.Replicas, aws.ToString(x.Arn))
		}
		slices.Sort(k.Replicas)
	}
	p, err := a.KMS.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &id, PolicyName: aws.String("default")})
	if err != nil {
		return nil, a.Explain(err, k.ARN)
	}
	if k.Policy, err = policy.Canonical(aws.ToString(p.Policy)); err != nil {
		return nil, a.Explain(err, k.ARN)
	}
	if k.State != string(types.KeyStatePendingDeletion) && k.Spec == string(types.KeySpecSymmetricDefault) {
		r, err := a.KMS.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
		if err != nil {
			return nil, a.Explain(err, k.ARN)
		}
		k.Rotation = r.KeyRotationEnabled
	}
	if tags == nil {
		if k.Tags, err = tagsOf(ctx, a, id); err != nil {
			return nil, a.Explain(err, k.ARN)
		}
	}
	return k, nil
}
