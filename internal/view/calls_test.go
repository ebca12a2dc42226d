package view

import (
	"bytes"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
)

// TestCallsOfARefresh: a plan for a person names what a refresh calls in accounts and what servers do by themselves,
// and not each statement.
func TestCallsOfARefresh(t *testing.T) {
	p := &engine.Plan{
		Accounts:  []engine.Account{{Address: "aws.prod"}},
		Refreshes: []engine.Refresh{{Address: "refresh.nightly"}},
		Steps: []engine.Step{
			{
				Address:    "refresh.nightly",
				Statements: []engine.Statement{{On: "aws.prod", Text: "rds:CreateDBInstance shoji-1 {}"}},
			},
			{
				Address: "refresh.nightly",
				Statements: []engine.Statement{
					{On: "database.prod", Text: `SELECT "aws_s3"."query_export_to_s3"('SELECT 1')`},
					{On: "database.staging", Text: "ANALYZE"},
				},
			},
			{
				Address:    "bucket.transfer",
				Statements: []engine.Statement{{On: "aws.prod", Text: "s3:CreateBucket b {}"}},
			},
		},
	}
	var b bytes.Buffer
	Plan(&b, Style{}, p)
	for part, want := range map[string]bool{
		"on aws.prod:\n      rds:CreateDBInstance shoji-1 {}\n": true,
		"query_export_to_s3": true,
		"ANALYZE":            false,
		"s3:CreateBucket":    false,
	} {
		if strings.Contains(b.String(), part) != want {
			t.Errorf("%q: wanted %v in:\n%s", part, want, b.String())
		}
	}
}
