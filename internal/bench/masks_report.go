package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// The part of the manual between these marks is what was measured last.
const (
	manual    = "docs/masks.md"
	beginMark = "<!-- begin measured: go run ./internal/bench -masks -write -->\n"
	endMark   = "<!-- end measured -->"
)

// masks measures the cost of masks, prints it, and writes it into the manual if that is asked for.
func masks(ctx context.Context, out io.Writer, rows, rounds int, write bool) error {
	costs, version, err := measureMasks(ctx, rows, rounds)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out,
		"PostgreSQL %s, %d rows, medians of %d runs; ns a row besides a plain copy of the column, and the whole "+
			"against that copy\n\n", version, rows, rounds)
	for _, c := range costs {
		_, _ = fmt.Fprintf(out, "%-52s %-18s %8.0f %8.1fx\n", c.mask, c.typ, c.nanoseconds, c.ratio)
	}
	if !write {
		return nil
	}
	page, err := os.ReadFile(manual)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(page), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no part between the marks %q and %q", manual, beginMark, endMark)
	}
	return os.WriteFile(manual, []byte(before+beginMark+"\n"+table(costs, version, rows, rounds)+"\n"+endMark+after),
		0o644)
}

// table is the part of the manual, the cheapest first.
func table(costs []cost, version string, rows, rounds int) string {
	costs = slices.Clone(costs)
	slices.SortStableFunc(costs, func(a, b cost) int { return int(a.nanoseconds) - int(b.nanoseconds) })
	var b strings.Builder
	fmt.Fprintf(&b,
		"PostgreSQL %s on one core of %s/%s, %d rows, medians of %d runs.\n\n| mask | of | ns a row | whole copy |\n"+
			"|---|---|---:|---:|\n", version, runtime.GOOS, runtime.GOARCH, rows, rounds)
	for _, c := range costs {
		ns := "below 20"
		if c.nanoseconds >= 20 {
			ns = fmt.Sprintf("%.0f", c.nanoseconds)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %.1f × |\n", strings.ReplaceAll(c.mask, "|", `\|`), c.typ, ns, c.ratio)
	}
	return b.String()
}

// typesOf returns the columns of the benchmark's table as a plan sees them.
func typesOf(ctx context.Context, conn *pgx.Conn) (map[string]mask.Column, error) {
	c, err := catalog.Read(ctx, conn)
	if err != nil {
		return nil, err
	}
	out := map[string]mask.Column{}
	for _, t := range c.Tables {
		var siblings []string
		for _, col := range t.Columns {
			siblings = append(siblings, col.Name)
		}
		for _, col := range t.Columns {
			out[col.Name] = mask.Column{
				Schema:   t.Schema,
				Table:    t.Name,
				Name:     col.Name,
				Type:     col.Type,
				NotNull:  col.NotNull,
				Default:  col.Default,
				Siblings: siblings,
			}
		}
	}
	return out, nil
}
