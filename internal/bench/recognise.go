package main

import (
	"fmt"
	"io"

	"github.com/shoji-pg/shoji/internal/bench/labelled"
)

// labelledSchemas is the directory of the labelled schemas, from that of the module.
const labelledSchemas = "internal/bench/labelled/testdata"

// recognise prints how well columns are recognised in the labelled schemas of a directory; with verbose, also each
// column that came out otherwise than labelled.
func recognise(w io.Writer, dir string, verbose bool) error {
	schemas, err := labelled.Read(dir)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "%-22s %6s %7s %8s %10s %9s %9s %8s %9s\n", "share in per cent", "tables", "columns",
		"direct", "with quasi", "free text", "of masks", "needless", "decisions")
	_, _ = fmt.Fprintf(w, "%-22s %6s %7s %8s %10s %9s %9s %8s %9s\n", "", "", "", "safe", "safe", "safe", "right",
		"asked", "asked")
	var tuned, kept []labelled.Result
	for _, s := range schemas {
		r, err := labelled.Measure(s)
		if err != nil {
			return err
		}
		if s.HeldBack {
			kept = append(kept, r)
			continue
		}
		tuned = append(tuned, r)
	}
	for _, group := range []struct {
		name    string
		results []labelled.Result
	}{{"all that rules know", tuned}, {"all held back", kept}} {
		for _, r := range group.results {
			printResult(w, r)
		}
		printResult(w, labelled.Total(group.name, group.results))
		_, _ = fmt.Fprintln(w)
	}
	if verbose {
		for _, r := range append(tuned, kept...) {
			for _, wrong := range r.Wrong {
				_, _ = fmt.Fprintf(w, "%s: %s\n", r.Name, wrong)
			}
		}
	}
	return nil
}

func printResult(w io.Writer, r labelled.Result) {
	columns := 0
	for _, n := range r.Columns {
		columns += n
	}
	_, _ = fmt.Fprintf(w, "%-22s %6d %7d %8.1f %10.1f %9.1f %9.1f %8.1f %9d\n", r.Name, r.Tables, columns,
		100*r.DirectSafe(), 100*r.PersonalSafe(), 100*r.FreeSafe(), 100*r.Precision(), 100*r.NeedlessShare(),
		r.Decisions)
}
