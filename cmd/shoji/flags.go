package main

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/spec/lang"
)

// inputs collects -var and -var-file in the order of the command line, which is their precedence. Both flags of a
// command share one value.
type inputs struct{ list []lang.Input }

// inputFlag adds what one flag is given to inputs.
type inputFlag struct {
	into *inputs
	kind lang.InputKind
}

func (f inputFlag) Set(value string) error {
	f.into.list = append(f.into.list, lang.Input{Kind: f.kind, Value: value})
	return nil
}

func (f inputFlag) String() string { return "" }
func (f inputFlag) Get() any       { return f.into }

// projectFlags returns the flags of every command that reads the spec.
func projectFlags(in *inputs) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "env", Usage: "the env block to use"},
		&cli.GenericFlag{
			Name:  "var",
			Usage: "set a variable: `NAME=VALUE` (repeatable)",
			Value: inputFlag{in, lang.InputVar},
		},
		&cli.GenericFlag{
			Name:  "var-file",
			Usage: "read variables from `FILE` (repeatable)",
			Value: inputFlag{in, lang.InputFile},
		},
	}
}

// planningFlags returns the flags that select what is planned. None may be given with a saved plan.
func planningFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "target", Usage: "plan only `ADDRESS` and what it needs (repeatable)"},
		&cli.StringSliceFlag{Name: "exclude", Usage: "plan all but `ADDRESS` and what needs it (repeatable)"},
	}
}

func allowFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "allow", Usage: "allow hazards by `NAME` (comma-separated, or all)"}
}

func halfFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "only", Usage: "only one `HALF` of refreshes through a bucket: export or import"},
		&cli.StringFlag{
			Name: "manifest",
			Usage: "with -only import: the `URL` of the export's manifest, " +
				"s3://BUCKET/PREFIX/RUN/manifest.json",
		},
	}
}

func parallelismFlag() cli.Flag {
	return &cli.IntFlag{
		Name:  "parallelism",
		Usage: "run at most `N` steps at a time (0: the jobs of the refreshes, at least 4)",
	}
}

func lockFlag() cli.Flag {
	return &cli.DurationFlag{
		Name:  "lock-timeout",
		Usage: "wait for another run's lock this long",
		Value: 0 * time.Second,
	}
}

func heartbeatFlag() cli.Flag {
	return &cli.DurationFlag{
		Name:        "heartbeat",
		Usage:       "tell this often how far the run has come, where lines are printed",
		DefaultText: "10s",
	}
}

// refuseWithSavedPlan returns an error for a flag that cannot be given with a saved plan: to ignore it would run
// something else than the user expects.
func refuseWithSavedPlan(c *cli.Command, names ...string) error {
	for _, n := range names {
		if c.IsSet(n) {
			return fmt.Errorf("-%s cannot be used with a saved plan: it was decided when the plan was made", n)
		}
	}
	return nil
}
