package draft_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// TestQuestionsSettleALargeDatabase: all that 200 tables leave undecided is in one file, a rule for each question, and
// answers to them, one line each, leave nothing undecided. A second draft has nothing to add.
func TestQuestionsSettleALargeDatabase(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, large(t))
	in := input(read(t, url))
	in.Questions, in.Accept = "undecided.shoji.hcl", draft.AcceptHigh
	files, summary, err := draft.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	asked := string(files[in.Questions])
	rules := strings.Count(asked, "\nrule ")
	if rules != len(summary.Questions) || rules < 10 || 2*rules > len(summary.Undecided) {
		t.Errorf("%d rules ask %d questions about %d columns", rules, len(summary.Questions), len(summary.Undecided))
	}
	dir := t.TempDir()
	write(t, dir, files)
	if left := open(t, load(t, dir), in.Catalog); len(left) != len(summary.Undecided) {
		t.Errorf("%d undecided, and %d said to be", len(left), len(summary.Undecided))
	}
	if strings.Contains(string(files[in.File]), "undecided") {
		t.Errorf("%s asks, too", in.File)
	}

	var answered strings.Builder
	waiting := false
	for line := range strings.Lines(asked) {
		switch {
		case strings.HasPrefix(line, "rule "):
			waiting = true
		case waiting && strings.HasPrefix(line, "  # mask = "):
			line, waiting = strings.Replace(line, "# ", "", 1), false
		}
		answered.WriteString(line)
	}
	write(t, dir, map[string][]byte{in.Questions: []byte(answered.String())})
	p := load(t, dir)
	if left := open(t, p, in.Catalog); len(left) > 0 {
		t.Errorf("all is answered, and still undecided: %v", left)
	}
	again := in
	again.Project, again.Database = p, p.Databases[0]
	if changed, summary, err := draft.Files(again); err != nil || len(changed) > 0 || len(summary.Undecided) > 0 {
		t.Errorf("a second draft changes %d files, leaves %v: %v", len(changed), summary.Undecided, err)
	}
}
