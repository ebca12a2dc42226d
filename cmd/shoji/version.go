package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
)

// version is that of this build. A release sets it with -ldflags "-X main.version=…".
var version = "0.1.0"

func (a *app) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: func(_ context.Context, c *cli.Command) error {
			if !c.Bool("json") {
				_, err := fmt.Fprintf(a.streams.Out, "shoji %s\n", version)
				return err
			}
			revision := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = s.Value
					}
				}
			}
			return json.NewEncoder(a.streams.Out).Encode(map[string]string{
				"version":             version,
				"platform":            runtime.GOOS + "_" + runtime.GOARCH,
				"go":                  runtime.Version(),
				"revision":            revision,
				"plan_format_version": engine.FormatVersion,
			})
		},
	}
}
