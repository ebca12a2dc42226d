package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/source"
)

func (a *app) fmtCommand() *cli.Command {
	return &cli.Command{
		Name:      "fmt",
		Usage:     "rewrite the spec's files in canonical form",
		ArgsUsage: "[FILE or DIR ...|-]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "check", Usage: "write nothing; exit 3 if a file is not formatted"},
			&cli.BoolFlag{Name: "diff", Usage: "print the differences"},
			&cli.BoolFlag{Name: "recursive", Usage: "also in directories below"},
			&cli.BoolFlag{Name: "write", Value: true, Usage: "write the files (-write=false: only list them)"},
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().First() == "-" {
				return a.formatStdin(c)
			}
			return a.formatFiles(c)
		},
	}
}

func (a *app) formatStdin(c *cli.Command) error {
	src, err := io.ReadAll(io.LimitReader(a.streams.In, source.MaxBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading the standard input: %w", err)
	case len(src) > source.MaxBytes:
		return fmt.Errorf("the standard input is larger than %d MiB, which is more than a file of a spec may have",
			source.MaxBytes>>20)
	}
	out, ds := lang.Format(src, "<stdin>")
	if ds.HasErrors() {
		view.Diagnostics(a.streams.Err, a.streams.ErrStyle(), ds)
		return exitCode(exitError)
	}
	if c.Bool("check") {
		if !bytes.Equal(src, out) {
			return exitCode(exitUnformatted)
		}
		return nil
	}
	_, err = view.Verbatim(a.streams.Out).Write(out)
	return err
}

func (a *app) formatFiles(c *cli.Command) error {
	files, err := hclFiles(c.Args().Slice(), c.Bool("recursive"))
	if err != nil {
		return err
	}
	var all diag.Diagnostics
	changed := 0
	for _, name := range files {
		src, err := projectfile.Read(filepath.Dir(name), filepath.Base(name), source.MaxBytes)
		if err != nil {
			return fmt.Errorf("reading a spec file: %w", err)
		}
		out, ds := lang.Format(src, name)
		all = append(all, ds...)
		if ds.HasErrors() || bytes.Equal(src, out) {
			continue
		}
		changed++
		_, _ = fmt.Fprintln(a.streams.Out, name)
		if c.Bool("diff") {
			_, _ = fmt.Fprint(a.streams.Out, lang.Diff(src, out, name))
		}
		if c.Bool("write") && !c.Bool("check") {
			if err := projectfile.Replace(filepath.Dir(name), filepath.Base(name), out); err != nil {
				return fmt.Errorf("writing a spec file: %w", err)
			}
		}
	}
	view.Diagnostics(a.streams.Err, a.streams.ErrStyle(), all)
	if all.HasErrors() {
		return exitCode(exitError)
	}
	if c.Bool("check") && changed > 0 {
		return exitCode(exitUnformatted)
	}
	return nil
}

// hclFiles returns the *.hcl files of the arguments, sorted; without arguments those of ".".
func hclFiles(args []string, recursive bool) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("finding spec files: %w", err)
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != arg && (!recursive || strings.HasPrefix(d.Name(), ".")):
				return filepath.SkipDir
			case !d.IsDir() && strings.HasSuffix(path, ".hcl"):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("finding spec files: %w", err)
		}
	}
	sort.Strings(files)
	return files, nil
}
