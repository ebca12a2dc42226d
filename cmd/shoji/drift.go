package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/internal/webhook"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) driftCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "drift",
		Usage: "show where databases and accounts are no longer as the spec says",
		Description: "Compares roles, privileges, keys, policies and the other objects of the spec, and the sources " +
			"with the schema lock, with what there is. It changes nothing and needs no key of masks. It exits with 2 " +
			"where something has drifted, and with 1 where something could not be compared or a message not be sent.",
		Flags: append(projectFlags(in),
			&cli.StringFlag{
				Name: "only",
				Usage: "look only at what one `HALF` of refreshes through a bucket can reach: export (the sources) " +
					"or import (the targets)",
			},
			&cli.StringSliceFlag{
				Name: "notify",
				Usage: "if something has drifted or could not be compared, send a message to the notify block `NAME` " +
					"(repeatable)",
			},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
			&cli.BoolFlag{Name: "markdown", Usage: "print Markdown for an issue"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.drift(ctx, c, in)
		},
	}
}

func (a *app) drift(ctx context.Context, c *cli.Command, in *inputs) error {
	format, err := documentFormat(c)
	if err != nil {
		return err
	}
	sc := scope{env: c.String("env"), inputs: in.list, only: engine.Half(c.String("only"))}
	if err := checkHalf(sc.only); err != nil {
		return err
	}
	out := a.outputAs(format)
	defer out.Close()
	s, err := a.openWithoutJournal(c, sc, out)
	if err != nil {
		return err
	}
	defer s.Close()
	// A webhook that cannot be used is no news to learn after a night.
	messengers, ds := s.messengers(c.StringSlice("notify"))
	if ds.HasErrors() {
		out.Diagnostics(s.project.WithSnippets(ds))
		return exitCode(exitError)
	}
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	d := s.findDrift(ctx)
	out.Diagnostics(d.Diagnostics)
	if d.Complete() || format != view.JSONDocument { // the lines of errors take the place of the document
		if err := view.Drift(a.streams, format, d); err != nil {
			return fmt.Errorf("printing the drift: %w", err)
		}
	}
	if len(d.Drifted) == 0 && d.Complete() {
		return nil
	}
	for _, m := range messengers {
		ds.AppendErr("A message could not be sent", m.send(ctx, d))
	}
	out.Diagnostics(s.project.WithSnippets(ds))
	if !d.Complete() || ds.HasErrors() {
		return exitCode(exitError)
	}
	return exitCode(exitChanges)
}

// findDrift compares what there is with the spec.
func (s *session) findDrift(ctx context.Context) *engine.Drift {
	p := s.project
	var refreshes []string
	for _, r := range p.Refreshes {
		refreshes = append(refreshes, r.Address())
	}
	d := engine.FindDrift(ctx, s.providers,
		engine.BuildOptions{ShojiVersion: version, Project: p.Name, Env: p.Env}, refreshes)
	d.Diagnostics = p.WithSnippets(d.Diagnostics)
	return d
}

// messenger sends reports to the webhook of a notify block.
type messenger struct {
	block  *spec.Notify
	sender *webhook.Sender
	target *webhook.Target
}

// messengers returns those of notify blocks by name, all instances of one under for_each. It reads their secrets.
func (s *session) messengers(names []string) ([]messenger, diag.Diagnostics) {
	var out []messenger
	var ds diag.Diagnostics
	var known []string
	for _, n := range s.project.Notifies {
		known = append(known, n.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			ds.Errorf(nil, "Unknown webhook", "The spec has no notify %q.%s", name, diag.DidYouMean(name, known))
		}
	}
	for _, n := range s.project.Notifies {
		if !slices.Contains(names, n.Name) {
			continue
		}
		text, err := s.project.ReadSecret(n.URL)
		if err != nil {
			ds.AppendErr("A secret cannot be read", err)
			continue
		}
		m := messenger{block: n, sender: &webhook.Sender{
			Timeout:   n.Timeout,
			CheckHost: s.project.Runner.CheckHost,
		}}
		if m.target, err = m.sender.Check(text); err != nil {
			ds.Errorf(&n.Range, "No message can be sent there", "The value of %s, the url of %s, cannot be used: %s.",
				n.URL.Address(), n.Address(), err)
			continue
		}
		out = append(out, m)
	}
	return out, ds
}

// send sends a report in the form that the block asks for.
func (m messenger) send(ctx context.Context, d *engine.Drift) error {
	write := view.DriftJSON
	if m.block.Form == spec.NotifySlack {
		write = view.DriftSlack
	}
	body, err := write(d)
	if err != nil {
		return fmt.Errorf("writing the message: %w", err)
	}
	if err := m.sender.Post(ctx, m.target, body); err != nil {
		at := m.block.Range
		return diag.Diagnostic{Severity: diag.Error, Summary: "A message could not be sent",
			Address: m.block.Address(), Range: &at, Detail: fmt.Sprintf("Nothing was sent to %s: %s.",
				m.block.Address(), err)}
	}
	return nil
}
