package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/aws/permit"
)

func (a *app) iamPolicyCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "iam-policy",
		Usage: "print the least privileges that shoji and the roles of a project need in their accounts",
		Description: "runner plans and applies; refresh is for a runner that refreshes copies and changes no object " +
			"of AWS; export and import are the roles that aws_s3 of a cluster works with; connect is for whoever " +
			"connects as the users that take tokens. One policy is printed as it is, several as an object by their " +
			"names. What cannot be narrowed further is noted on the standard error stream.",
		ArgsUsage: "[runner|refresh|export|import|connect …]",
		Flags: append(projectFlags(in),
			&cli.StringFlag{Name: "account", Usage: "only in the `ACCOUNT` of an aws block, such as aws.prod"},
			&cli.BoolFlag{
				Name:  "look",
				Usage: "ask the accounts for the IDs of keys and clusters, which narrows the policies",
			},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			var known []string
			for _, w := range permit.All() {
				known = append(known, string(w))
			}
			for _, arg := range c.Args().Slice() {
				if !slices.Contains(known, arg) {
					return fmt.Errorf("there is no policy for %q.%s It takes %s", arg, diag.DidYouMean(arg, known),
						strings.Join(known, ", "))
				}
			}
			return a.iamPolicy(ctx, c, in)
		},
	}
}

func (a *app) iamPolicy(ctx context.Context, c *cli.Command, in *inputs) error {
	out := a.output(c)
	project, err := a.loadValid(c.String("env"), in.list, out)
	if err != nil {
		return err
	}
	account := c.String("account")
	if account != "" && !strings.HasPrefix(account, "aws.") {
		account = "aws." + account
	}
	var accounts []string
	for _, x := range project.AWS {
		accounts = append(accounts, x.Address())
	}
	if account != "" && !slices.Contains(accounts, account) {
		return fmt.Errorf("the spec has no %s.%s", account, diag.DidYouMean(account, accounts))
	}
	var known permit.Known
	if c.Bool("look") {
		ctx, cancel := a.untilStop(ctx)
		defer cancel()
		var err error
		if known, err = aws.NewAccounts(project).Known(ctx, account); err != nil {
			return reportError(out, "The accounts cannot be inspected", err)
		}
	}
	wanted := c.Args().Slice()
	policies := slices.DeleteFunc(permit.Policies(project, known), func(p permit.Policy) bool {
		return account != "" && p.In.Address() != account || len(wanted) > 0 && !slices.Contains(wanted, string(p.For))
	})
	if len(policies) == 0 {
		return fmt.Errorf("nobody needs a policy: the spec has %d aws blocks, and nothing "+
			"in them is what was asked for", len(project.AWS))
	}
	documents := make([]view.Document, len(policies))
	for i, p := range policies {
		documents[i] = view.Document{Name: p.Name(), JSON: p.Document.JSON()}
		for _, n := range p.Notes {
			a.note("# " + p.Name() + ": " + n + ".")
		}
	}
	return view.PrintDocuments(a.streams, documents)
}
