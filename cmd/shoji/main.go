// Command shoji makes copies of a production PostgreSQL that are safe to work in.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/view"
)

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(50) // most of what a plan of thousands of tables allocates, it keeps
	}
	os.Exit(run(os.Args, os.LookupEnv))
}

// app is what every command gets instead of globals: streams, time, randomness, the environment, and interrupts.
type app struct {
	streams   view.Streams
	lookupEnv func(string) (string, bool)
	// runner is what the environment lets a spec reach.
	runner allow.Runner
	now    func() time.Time
	random io.Reader
	// stop is closed at the first SIGINT or SIGTERM: no further step begins. The second one cancels the context of a
	// command.
	stop <-chan struct{}
	// interrupt returns a channel that is closed at the next signal from now. While steps are put back, that leaves the
	// rest to recover.
	interrupt func() <-chan struct{}
	// out is the Output of the command, once it has one.
	out view.Output
}

// Exit codes, as docs/plan-and-apply.md lists them.
const (
	exitDone        = 0
	exitError       = 1
	exitChanges     = 2 // plan -detailed-exitcode, inspect -check, diff, drift; findings of lint
	exitUnformatted = 3 // fmt -check
)

// exitCode is the error by which a command that has printed everything chooses the exit code of the process.
type exitCode int

func (c exitCode) Error() string { return "exit" }

// run is main without the process. It returns the exit code.
func run(args []string, lookupEnv func(string) (string, bool)) int {
	ctx, interrupt, done := notifyInterrupts(context.Background())
	defer done()
	a := &app{
		streams:   view.Standard(false, lookupEnv),
		lookupEnv: lookupEnv,
		now:       time.Now,
		random:    rand.Reader,
		stop:      interrupt(),
		interrupt: interrupt,
	}
	var err error
	if a.runner, err = allow.FromEnvironment(lookupEnv); err == nil {
		root := a.root()
		refuseMisuse(root, args[1:])
		err = root.Run(ctx, args)
	}
	var code exitCode
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &code):
		return int(code)
	default:
		if a.out == nil {
			format := view.Text
			if asksForJSON(args[1:]) {
				format = view.JSON
			}
			a.outputAs(format)
		}
		view.Problem(a.out, err)
		return exitError
	}
}

// root returns the command line. Each command has a file of its own.
func (a *app) root() *cli.Command {
	return &cli.Command{
		Name:  "shoji",
		Usage: "copies of your production PostgreSQL that are safe to work in",
		Description: "HCL files say what is masked, who may read it and how it is refreshed.\n" +
			"`shoji plan` prints what a refresh would do; `shoji apply` does exactly that.",
		HideVersion:           true,
		EnableShellCompletion: true,
		ConfigureShellCompletionCommand: func(c *cli.Command) {
			c.Hidden = false
			c.Usage = "print the completion script of a shell: bash, zsh, fish or pwsh"
		},
		Reader:         a.streams.In,
		Writer:         a.streams.Out,
		ErrWriter:      a.streams.Err,
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "chdir", Usage: "work as if started in `DIR`"},
			&cli.BoolFlag{Name: "no-color", Usage: "print without colour (as NO_COLOR does)"},
			&cli.BoolFlag{
				Name: "untrusted",
				Usage: "for a spec that nobody has reviewed: allow no connection, no secret and no file outside of " +
					"its directory (as " + allow.Untrusted + "=1 does)",
			},
		},
		Before: func(ctx context.Context, c *cli.Command) (context.Context, error) {
			if c.Bool("no-color") {
				a.streams = a.streams.WithoutColor()
			}
			if c.Bool("untrusted") {
				a.runner.Untrusted = true
			}
			if dir := c.String("chdir"); dir != "" {
				if err := os.Chdir(dir); err != nil {
					return ctx, err
				}
			}
			return ctx, nil
		},
		Commands: a.commands(),
	}
}

// commands returns the commands. Those that reach anything outside of the directory refuse a spec that is not trusted.
func (a *app) commands() []*cli.Command {
	all := []*cli.Command{
		a.validateCommand(),
		a.lintCommand(),
		a.testCommand(),
		a.inspectCommand(),
		a.importCommand(),
		a.fmtCommand(),
		a.previewCommand(),
		a.diffCommand(),
		a.driftCommand(),
		a.planCommand(),
		a.applyCommand(),
		a.showCommand(),
		a.graphCommand(),
		a.statusCommand(),
		a.connectCommand(),
		a.iamPolicyCommand(),
		a.rollbackCommand(),
		a.recoverCommand(),
		a.unlockCommand(),
		a.labCommand(),
		a.demoCommand(),
		a.versionCommand(),
	}
	// import -database and iam-policy -look are refused where they connect.
	offline := []string{"validate", "lint", "import", "fmt", "diff", "show", "graph", "iam-policy", "version"}
	for _, c := range all {
		if !slices.Contains(offline, c.Name) {
			c.Before = a.requireTrust
		}
	}
	return all
}

// requireTrust refuses a command that reaches anything outside of the directory, if the spec is not trusted.
func (a *app) requireTrust(ctx context.Context, c *cli.Command) (context.Context, error) {
	if !a.runner.Untrusted {
		return ctx, nil
	}
	return ctx,
		fmt.Errorf("%w, and shoji %s connects or reads secrets. With such a spec, only validate, lint, "+
			"fmt, diff, graph, show and import can be run", allow.ErrUntrusted, c.Name)
}
