package draft_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// TestChinook drafts a spec for a real database, made by others: the file that CHINOOK_SQL names, or
// .cache/chinook.sql. It is not part of this repository.
func TestChinook(t *testing.T) {
	script := os.Getenv("CHINOOK_SQL")
	if script == "" {
		script = "../../../.cache/chinook.sql"
	}
	content, err := os.ReadFile(script)
	if err != nil {
		t.Skip("neither CHINOOK_SQL nor .cache/chinook.sql is there")
	}
	_, rows, _ := strings.Cut(string(content), `\c chinook;`)
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, rows)
	in := input(read(t, url))
	in.Name = "chinook"
	for _, sampled := range []bool{false, true} {
		if sampled {
			if in.Samples, _, err = draft.ReadSamples(context.Background(), pgtest.Connect(t, url), in.Catalog, nil,
				draft.SampleOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		files, summary, err := draft.Files(in)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, dir, files)
		left := open(t, load(t, dir), in.Catalog)
		// The name of an artist is the only column of which even a person would have to ask.
		if d := cmp.Diff([]string{
			"public.artist.name (character varying(120))", "public.track.composer (character varying(220))",
		}, left); d != "" {
			t.Errorf("what is undecided (sampled: %t): %s", sampled, d)
		}
		t.Logf("sampled %t: %d of %d columns undecided, %d masked", sampled, len(summary.Undecided),
			len(summary.Columns),
			summary.Masked)
	}
}
