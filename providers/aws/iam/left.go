package iam

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// findRemovedRoles finds the project's roles that are in no block. IAM lists roles without their tags, so each is
// asked, however many there are.
func (s *State) findRemovedRoles(ctx context.Context, a *awsapi.Account, declared []string, project string,
	mu *sync.Mutex) error {
	var names []string
	for p := iam.NewListRolesPaginator(a.IAM, &iam.ListRolesInput{MaxItems: aws.Int32(1000)}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return a.Explain(err, "")
		}
		for _, r := range page.Roles {
			if name := aws.ToString(r.RoleName); !isServicePath(aws.ToString(r.Path)) &&
				!slices.Contains(declared, name) {
				names = append(names, name)
			}
		}
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
	for p := iam.NewListPoliciesPaginator(a.IAM, &iam.ListPoliciesInput{
		Scope:    types.PolicyScopeTypeLocal,
		MaxItems: aws.Int32(1000),
	}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return a.Explain(err, "")
		}
		for _, x := range page.Policies {
			if arn := aws.ToString(x.Arn); !slices.Contains(declared, arn) {
				arns = append(arns, arn)
			}
		}
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

// each asks a few at a time: what AWS throttles is asked again, and slower.
func each(ctx context.Context, names []string, ask func(ctx context.Context, name string) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, n := range names {
		g.Go(func() error { return ask(ctx, n) })
	}
	return g.Wait()
}
