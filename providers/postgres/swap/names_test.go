package swap

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	n, err := NewNames(strings.Repeat("x", 57))
	if err != nil || len(n.Next) != 63 || len(n.Previous) != 63 || len(n.Old) != 63 {
		t.Errorf("57 bytes: %+v, %v", n, err)
	}
	if _, err := NewNames(strings.Repeat("é", 29)); err == nil || !strings.Contains(err.Error(), "58 bytes") {
		t.Errorf("58 bytes: got %v", err)
	}
}

func TestMarkSurvivesTheComment(t *testing.T) {
	for _, user := range []string{"", "ours", "two\nlines", "shoji: is great", "it's 100% = fun"} {
		want := Mark{
			Refresh: `refresh.nightly["a b=c"]`,
			Run:     "2026-01-02-abc",
			At:      time.Unix(1700000000, 0).UTC(),
			State:   Previous,
			Foreign: true,
			Done:    map[string]int{"schema": 500, "objects": 3},
		}
		gotUser, got, ok := ParseComment(Comment(user, want))
		if !ok || gotUser != user {
			t.Errorf("%q: got %q, %v", user, gotUser, ok)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if u, _, ok := ParseComment(user); ok || u != user {
			t.Errorf("%q is no mark", user)
		}
	}
}
