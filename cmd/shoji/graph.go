package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) graphCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "graph",
		Usage:     "draw the dependencies between the blocks of the spec, or between the steps of a saved plan",
		ArgsUsage: "[PLAN]",
		Flags: append(projectFlags(in), &cli.StringFlag{
			Name:  "format",
			Value: "dot",
			Usage: "dot, mermaid or json",
		}),
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Len() > 1 {
				return fmt.Errorf("graph takes one saved plan at most, but was given %d arguments", c.Args().Len())
			}
			if c.Args().Present() {
				p, err := engine.ReadPlan(c.Args().First())
				if err != nil {
					return err
				}
				return a.draw(engine.StepGraph(p.Steps), c.String("format"))
			}
			// With a cycle, or any other mistake, what could be read is drawn all the same.
			p, ds := a.load(c.String("env"), in.list)
			view.Diagnostics(a.streams.Err, a.streams.ErrStyle(), ds)
			if err := a.draw(blockGraph(p), c.String("format")); err != nil {
				return err
			}
			if ds.HasErrors() {
				return exitCode(exitError)
			}
			return nil
		},
	}
}

func (a *app) draw(g engine.Graph, format string) error {
	switch format {
	case "dot":
		return g.WriteDOT(a.streams.Out)
	case "mermaid":
		return g.WriteMermaid(a.streams.Out)
	case "json":
		return g.WriteJSON(a.streams.Out)
	}
	return fmt.Errorf("-format %q is not known: dot, mermaid or json", format)
}

// blockGraph returns the blocks of a spec with their references.
func blockGraph(p *spec.Project) engine.Graph {
	g := engine.Graph{Nodes: []engine.Node{}, Edges: []engine.Edge{}}
	there := map[string]bool{}
	for _, b := range p.Blocks() {
		kind, _, _ := strings.Cut(b, ".")
		kind, _, _ = strings.Cut(kind, "[")
		g.Nodes = append(g.Nodes, engine.Node{ID: b, Kind: kind})
		there[b] = true
	}
	for _, r := range p.References {
		if there[r.To] {
			g.Edges = append(g.Edges, engine.Edge{From: r.From, To: r.To, At: r.Range.String()})
		}
	}
	g.Sort()
	return g
}
