package labelled

import "testing"

// TestFloors holds what recognition has reached: for the schemas that rules were made with, and for those held back,
// which say what to expect of others.
func TestFloors(t *testing.T) {
	schemas, err := Read("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var tuned, held []Result
	for _, s := range schemas {
		r, err := Measure(s)
		if err != nil {
			t.Fatal(err)
		}
		if s.HeldBack {
			held = append(held, r)
		} else {
			tuned = append(tuned, r)
		}
	}
	if len(tuned) < 5 || len(held) < 2 {
		t.Fatalf("only %d schemas, and %d held back", len(tuned), len(held))
	}
	for _, c := range []struct {
		results                                            []Result
		direct, personal, free, precision, needless, asked float64
	}{
		{tuned, 1, 0.995, 0.98, 0.99, 0.02, 0.30},
		{held, 1, 0.98, 0.94, 0.97, 0.06, 0.47},
	} {
		sum := Total("", c.results)
		for _, m := range []struct {
			name      string
			got, want float64
		}{
			{"direct identifiers safe", sum.DirectSafe(), c.direct},
			{"direct and quasi-identifiers safe", sum.PersonalSafe(), c.personal},
			{"free text safe", sum.FreeSafe(), c.free},
			{"masks right", sum.Precision(), c.precision},
			{"plain columns not asked about", 1 - sum.NeedlessShare(), 1 - c.needless},
			{"tables without a decision of their own", 1 - share(sum.Decisions, sum.Tables), 1 - c.asked},
		} {
			if m.got < m.want {
				t.Errorf("%s: %.3f, once %.3f", m.name, m.got, m.want)
			}
		}
		if t.Failed() {
			for _, r := range c.results {
				for _, wrong := range r.Wrong {
					t.Logf("%s: %s", r.Name, wrong)
				}
			}
		}
	}
}
