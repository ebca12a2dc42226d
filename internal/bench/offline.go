package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/internal/bench/large"
)

// What validate and lint, one after the other, may take of a machine with two cores for largeTables tables.
const (
	largeTables   = 1000
	offlineTime   = 2 * time.Second
	offlineMemory = 300_000_000
)

// offline measures the commands that need no database on a large project, each as a process of its own as a pipeline
// runs it. Of the rounds, that in the middle counts.
func offline(ctx context.Context, w io.Writer, rounds int) error {
	dir, err := os.MkdirTemp("", "shoji-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	shoji := filepath.Join(dir, "shoji")
	if err := buildShoji(ctx, shoji); err != nil {
		return err
	}
	spec := filepath.Join(dir, "spec")
	if err := os.Mkdir(spec, 0o755); err != nil {
		return err
	}
	if err := large.Write(spec, largeTables); err != nil {
		return err
	}
	commands := []string{"validate", "lint"}
	runs := map[string][]result{}
	for range rounds {
		together := result{name: "together"}
		for _, command := range commands {
			r, err := once(ctx, shoji, spec, command)
			if err != nil {
				return err
			}
			runs[command] = append(runs[command], r)
			together.took, together.cpu, together.memory = together.took+r.took, together.cpu+r.cpu,
				max(together.memory, r.memory)
		}
		runs[together.name] = append(runs[together.name], together)
	}
	_, _ = fmt.Fprintf(w, "%d tables, %d columns, without a database; the median of %d rounds\n", largeTables,
		largeTables*large.Columns, rounds)
	_, _ = fmt.Fprintf(w, "%-52s %8s %8s %8s\n", "", "seconds", "CPU s", "peak MB")
	for _, name := range append(commands, "together") {
		m := median(runs[name])
		_, _ = fmt.Fprintf(w, "%-52s %8.2f %8.2f %8.0f\n", "shoji "+name, m.took.Seconds(), m.cpu.Seconds(),
			float64(m.memory)/1e6)
	}
	m := median(runs["together"])
	verdict := "kept"
	if m.took > offlineTime || m.memory > offlineMemory {
		verdict = "NOT kept"
	}
	_, _ = fmt.Fprintf(w, "the limit for both, on 2 cores that do nothing else: %.0f s, %d MB a process: %s\n",
		offlineTime.Seconds(), offlineMemory/1_000_000, verdict)
	return nil
}

// median returns the run that took as long as half of the others, and the most memory of all.
func median(runs []result) result {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b result) int { return int(a.took - b.took) })
	m := sorted[len(sorted)/2]
	for _, r := range runs {
		m.memory = max(m.memory, r.memory)
	}
	return m
}

// once runs one command in the directory of a spec. Findings of lint are no failure.
func once(ctx context.Context, shoji, dir, command string) (result, error) {
	cmd := exec.CommandContext(ctx, shoji, command)
	cmd.Dir = dir
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	r := result{name: command, took: time.Since(begun)}
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && command == "lint" && exit.ExitCode() == 2) {
		return r, fmt.Errorf("shoji %s: %w\n%.2000s", command, err, out)
	}
	r.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	r.memory = peak(cmd)
	return r, nil
}
