package pgparse

import (
	"strings"
	"testing"
	"time"
)

// TestDeep: SQL that is nested deeper than any stack is an error, and at once.
func TestDeep(t *testing.T) {
	const many = 100_000
	for name, sql := range map[string]string{
		"brackets":    "SELECT " + strings.Repeat("(", many) + "1" + strings.Repeat(")", many),
		"not closed":  "SELECT " + strings.Repeat("(", many),
		"arrays":      "SELECT " + strings.Repeat("ARRAY[", many),
		"not":         "SELECT " + strings.Repeat("NOT ", many) + "true",
		"sums":        "SELECT 1" + strings.Repeat("+1", many),
		"cases":       "SELECT " + strings.Repeat("CASE WHEN ", many),
		"a text's":    "SELECT '" + strings.Repeat(")", many) + "', " + strings.Repeat("(", many),
		"subqueries":  strings.Repeat("SELECT (", many),
		"expressions": "SELECT " + strings.Repeat("- ", many) + "1",
	} {
		for how, parse := range map[string]func(string) error{
			"Parse":     func(sql string) error { _, err := Parse(sql); return err },
			"ParseOnce": func(sql string) error { _, err := ParseOnce(sql); return err },
		} {
			begun := time.Now()
			if err := parse(sql); err == nil {
				t.Errorf("%s: %s gives no error", name, how)
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("%s: %s took %s", name, how, took)
			} else {
				t.Logf("%s: %s took %s", name, how, took)
			}
		}
	}
	if _, err := Parse("SELECT " + strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100)); err != nil {
		t.Errorf("after all of them: %v", err)
	}
}
