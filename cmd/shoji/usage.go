package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
)

// refuseMisuse has a command and those below it return an error for a wrong flag or an unknown command, where the
// library would print the help in the place of a result.
func refuseMisuse(c *cli.Command, args []string) {
	c.OnUsageError = func(_ context.Context, c *cli.Command, err error, _ bool) error {
		return fmt.Errorf("%w.%s Run: %s -help", err, diag.DidYouMean(unknownFlag(c, args)), c.FullName())
	}
	if len(c.Commands) > 0 && c.Action == nil {
		c.Action = func(_ context.Context, c *cli.Command) error {
			if !c.Args().Present() {
				return cli.ShowSubcommandHelp(c)
			}
			var names []string
			for _, sub := range c.VisibleCommands() {
				names = append(names, sub.Name)
			}
			name := c.Args().First()
			return fmt.Errorf("there is no command %q.%s Run: %s -help", name, diag.DidYouMean(name, names),
				c.FullName())
		}
	}
	for _, sub := range c.Commands {
		refuseMisuse(sub, args)
	}
}

// unknownFlag returns the first argument that looks like a flag and is none of the command's, and the flags there are.
func unknownFlag(c *cli.Command, args []string) (unknown string, known []string) {
	for _, f := range slices.Concat(c.Flags, c.Root().Flags) {
		known = append(known, f.Names()[0])
	}
	for _, arg := range args {
		if name, ok := flagName(arg); ok && name != "" && !slices.Contains(known, name) {
			return name, known
		}
	}
	return "", nil
}

// flagName returns the name of a flag as an argument gives it.
func flagName(arg string) (name string, ok bool) {
	name, ok = strings.CutPrefix(arg, "-")
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
	return name, ok
}

// asksForJSON reports whether the arguments, which may be wrong otherwise, ask for JSON.
func asksForJSON(args []string) bool {
	for _, arg := range args {
		if arg == "--" {
			return false
		}
		if name, ok := flagName(arg); ok && name == "json" && !strings.HasSuffix(arg, "=false") {
			return true
		}
	}
	return false
}
