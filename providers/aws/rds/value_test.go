package rds

import "testing"

func TestAllows(t *testing.T) {
	for name, c := range map[string]struct {
		parameter Parameter
		value     string
		want      bool
	}{
		"a boolean":                      {Parameter{DataType: "boolean", Allowed: "0,1"}, "1", true},
		"a boolean in words":             {Parameter{DataType: "boolean", Allowed: "0,1"}, "on", false},
		"an integer in its interval":     {Parameter{DataType: "integer", Allowed: "1-600"}, "600", true},
		"an integer beside its interval": {Parameter{DataType: "integer", Allowed: "1-600"}, "601", false},
		"an interval from below zero":    {Parameter{DataType: "integer", Allowed: "-1-2147483647"}, "-1", true},
		"one of two intervals":           {Parameter{DataType: "integer", Allowed: "0,10-20"}, "0", true},
		"between two intervals":          {Parameter{DataType: "integer", Allowed: "0,10-20"}, "5", false},
		"an interval with an exponent":   {Parameter{DataType: "float", Allowed: "0-1.79769e+308"}, "1.1", true},
		"text for a number":              {Parameter{DataType: "integer", Allowed: "1-600"}, "5s", false},
		"a formula is left to RDS": {
			Parameter{DataType: "integer", Allowed: "16-1073741823"}, "{DBInstanceClassMemory/32768}", true,
		},
		"a word of a list of words": {
			Parameter{DataType: "string", Allowed: "on,off,partition"}, "partition", true,
		},
		"a word beside it": {
			Parameter{DataType: "string", Allowed: "on,off,partition"}, "some", false,
		},
		"words that are for people": {
			Parameter{DataType: "string", Allowed: "serializable,repeatable read"}, "read committed", true,
		},
		"a pattern is left to RDS": {Parameter{DataType: "string", Allowed: "[0-9]+"}, "x", true},
		"some of a list": {
			Parameter{DataType: "list", Allowed: "auto_explain,pg_cron,pgaudit"}, "pg_cron, pgaudit", true,
		},
		"one of a list that is not allowed": {
			Parameter{DataType: "list", Allowed: "auto_explain,pg_cron,pgaudit"}, "pg_cron,other", false,
		},
		"nothing is said of what is allowed": {Parameter{DataType: "string"}, "anything", true},
	} {
		if got := c.parameter.allows(c.value); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
