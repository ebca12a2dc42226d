// Package iam plans and makes changes of roles, managed policies and instance profiles.
package iam

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// inline is the name of the inline policy that shoji generates for a role.
const inline = "shoji"

// Role is a role as it was read.
type Role struct {
	Name, ARN, Path, Description string
	Trust                        string
	Inline                       string   // shoji's policy, "" if there is none
	OtherInline                  []string // names
	Attached                     []string // ARNs
	Profiles                     []string // instance profiles that hold it
	Tags                         object.Tags
}

// Policy is a managed policy as it was read.
type Policy struct {
	Name, ARN, Path, Description string
	Document                     string
	Versions                     []string // all but the default one, the oldest first
	Attached                     int
	Tags                         object.Tags
}

// State is what was read of an account.
type State struct {
	Roles           map[string]*Role   // the declared ones that exist, by name
	Policies        map[string]*Policy // by ARN
	RemovedRoles    []*Role            // those of the project that are in no block
	RemovedPolicies []*Policy
}

// Inspect reads roles by name and policies by ARN, and if all is set, the others of the project too.
func Inspect(ctx context.Context, a *awsapi.Account, roles, policies []string, project string,
	all bool) (*State, error) {
	s := &State{Roles: map[string]*Role{}, Policies: map[string]*Policy{}}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, name := range roles {
		g.Go(func() error {
			r, err := readRole(ctx, a, name)
			if r != nil {
				mu.Lock()
				defer mu.Unlock()
				s.Roles[name] = r
			}
			return err
		})
	}
	for _, arn := range policies {
		g.Go(func() error {
			p, err := readPolicy(ctx, a, arn)
			if p != nil {
				mu.Lock()
				defer mu.Unlock()
				s.Policies[arn] = p
			}
			return err
		})
	}
	if all {
		g.Go(func() error { return s.findRemovedRoles(ctx, a, roles, project, &mu) })
		g.Go(func() error { return s.findRemovedPolicies(ctx, a, policies, project, &mu) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	sort.Slice(s.RemovedRoles, func(i, j int) bool { return s.RemovedRoles[i].Name < s.RemovedRoles[j].Name })
	sort.Slice(s.RemovedPolicies, func(i, j int) bool { return s.RemovedPolicies[i].ARN < s.RemovedPolicies[j].ARN })
	return s, nil
}

func readRole(ctx context.Context, a *awsapi.Account, name string) (*Role, error) {
	out, err := a.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if awsapi.Is(err, "NoSuchEntity") {
		return nil, nil
	}
	if err != nil {
		return nil, a.Explain(err, "role "+name)
	}
	r := &Role{
		Name:        aws.ToString(out.Role.RoleName),
		ARN:         aws.ToString(out.Role.Arn),
		Path:        aws.ToString(out.Role.Path),
		Description: aws.ToString(out.Role.Description),
		Tags:        object.FromList(out.Role.Tags, pair),
	}
	if r.Trust, err = policy.Canonical(aws.ToString(out.Role.AssumeRolePolicyDocument)); err != nil {
		return nil, a.Explain(err, r.ARN)
	}
	if err := r.readPermissions(ctx, a); err != nil {
		return nil, a.Explain(err, r.ARN)
	}
	return r, nil
}

func (r *Role) readPermissions(ctx context.Context, a *awsapi.Account) error {
	if err := awsapi.EachPage(ctx,
		iam.NewListRolePoliciesPaginator(a.IAM, &iam.ListRolePoliciesInput{RoleName: &r.Name}),
		func(page *iam.ListRolePoliciesOutput) {
			r.OtherInline = append(r.OtherInline, page.PolicyNames...)
		}); err != nil {
		return err
	}
	if slices.Contains(r.OtherInline, inline) {
		out, err := a.IAM.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &r.Name, PolicyName: aws.String(inline)})
		if err != nil {
			return err
		}
		if r.Inline, err = policy.Canonical(aws.ToString(out.PolicyDocument)); err != nil {
			return err
		}
		r.OtherInline = slices.DeleteFunc(r.OtherInline, func(n string) bool { return n == inline })
	}
	if err := awsapi.EachPage(ctx, iam.NewListAttachedRolePoliciesPaginator(a.IAM,
		&iam.ListAttachedRolePoliciesInput{RoleName: &r.Name}), func(page *iam.ListAttachedRolePoliciesOutput) {
		for _, x := range page.AttachedPolicies {
			r.Attached = append(r.Attached, aws.ToString(x.PolicyArn))
		}
	}); err != nil {
		return err
	}
	if err := awsapi.EachPage(ctx, iam.NewListInstanceProfilesForRolePaginator(a.IAM,
		&iam.ListInstanceProfilesForRoleInput{RoleName: &r.Name}), func(page *iam.ListInstanceProfilesForRoleOutput) {
		for _, x := range page.InstanceProfiles {
			r.Profiles = append(r.Profiles, aws.ToString(x.InstanceProfileName))
		}
	}); err != nil {
		return err
	}
	slices.Sort(r.OtherInline)
	slices.Sort(r.Attached)
	slices.Sort(r.Profiles)
	return nil
}

func readPolicy(ctx context.Context, a *awsapi.Account, arn string) (*Policy, error) {
	out, err := a.IAM.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if awsapi.Is(err, "NoSuchEntity") {
		return nil, nil
	}
	if err != nil {
		return nil, a.Explain(err, arn)
	}
	p := &Policy{
		Name:        aws.ToString(out.Policy.PolicyName),
		ARN:         arn,
		Path:        aws.ToString(out.Policy.Path),
		Description: aws.ToString(out.Policy.Description),
		Attached:    int(aws.ToInt32(out.Policy.AttachmentCount)),
		Tags:        object.FromList(out.Policy.Tags, pair),
	}
	version, err := a.IAM.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: &arn,
		VersionId: out.Policy.DefaultVersionId,
	})
	if err != nil {
		return nil, a.Explain(err, arn)
	}
	if p.Document, err = policy.Canonical(aws.ToString(version.PolicyVersion.Document)); err != nil {
		return nil, a.Explain(err, arn)
	}
	var versions []types.PolicyVersion
	if err := awsapi.EachPage(ctx, iam.NewListPolicyVersionsPaginator(a.IAM,
		&iam.ListPolicyVersionsInput{PolicyArn: &arn}), func(page *iam.ListPolicyVersionsOutput) {
		versions = append(versions, page.Versions...)
	}); err != nil {
		return nil, a.Explain(err, arn)
	}
	// v10 comes after v9: the number has no leading zeros.
	sort.Slice(versions, func(i, j int) bool {
		x, y := aws.ToString(versions[i].VersionId), aws.ToString(versions[j].VersionId)
		return len(x) < len(y) || len(x) == len(y) && x < y
	})
	for _, v := range versions {
		if !v.IsDefaultVersion {
			p.Versions = append(p.Versions, aws.ToString(v.VersionId))
		}
	}
	return p, nil
}

// isServicePath reports whether roles with a path are created by AWS itself.
func isServicePath(path string) bool {
	return strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/") ||
		strings.HasPrefix(path, "/service-role/")
}

// findRemovedRoles finds the project's roles that are in no block. IAM lists roles without their tags, so that each
// role takes a call.
func (s *State) findRemovedRoles(ctx context.Context, a *awsapi.Account, declared []string, project string,
	mu *sync.Mutex) error {
	var names []string
	if err := awsapi.EachPage(ctx, iam.NewListRolesPaginator(a.IAM, &iam.ListRolesInput{MaxItems: aws.Int32(1000)}),
		func(page *iam.ListRolesOutput) {
			for _, r := range page.Roles {
				if name := aws.ToString(r.RoleName); !isServicePath(aws.ToString(r.Path)) &&
					!slices.Contains(declared, name) {
					names = append(names, name)
				}
			}
		}); err != nil {
		return a.Explain(err, "")
	}
	return each(ctx, names, func(ctx context.Context, name string) error {
		out, err := a.IAM.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: &name, MaxItems: aws.Int32(100)})
		if awsapi.Is(err, "NoSuchEntity") {
			return nil
		}
		if err != nil {
			return a.Explain(err, "role "+name)
		}
		if !object.FromList(out.Tags, pair).OwnedBy(project) {
			return nil
		}
		r, err := readRole(ctx, a, name)
		if r != nil {
			mu.Lock()
			defer mu.Unlock()
			s.RemovedRoles = append(s.RemovedRoles, r)
		}
		return err
	})
}

func (s *State) findRemovedPolicies(ctx context.Context, a *awsapi.Account, declared []string, project string,
	mu *sync.Mutex) error {
	var arns []string
	if err := awsapi.EachPage(ctx, iam.NewListPoliciesPaginator(a.IAM, &iam.ListPoliciesInput{
		Scope:    types.PolicyScopeTypeLocal,
		MaxItems: aws.Int32(1000),
	}), func(page *iam.ListPoliciesOutput) {
		for _, x := range page.Policies {
			if arn := aws.ToString(x.Arn); !slices.Contains(declared, arn) {
				arns = append(arns, arn)
			}
		}
	}); err != nil {
		return a.Explain(err, "")
	}
	return each(ctx, arns, func(ctx context.Context, arn string) error {
		out, err := a.IAM.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: &arn, MaxItems: aws.Int32(100)})
		if awsapi.Is(err, "NoSuchEntity") {
			return nil
		}
		if err != nil {
			return a.Explain(err, arn)
		}
		if !object.FromList(out.Tags, pair).OwnedBy(project) {
			return nil
		}
		p, err := readPolicy(ctx, a, arn)
		if p != nil {
			mu.Lock()
			defer mu.Unlock()
			s.RemovedPolicies = append(s.RemovedPolicies, p)
		}
		return err
	})
}

// each makes a few calls at a time: AWS throttles more than that.
func each(ctx context.Context, names []string, ask func(ctx context.Context, name string) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, n := range names {
		g.Go(func() error { return ask(ctx, n) })
	}
	return g.Wait()
}
