package sqltree

import "testing"

// TestCondition: extensions say which rows are not theirs by what pg_dump puts behind the name of the table.
func TestCondition(t *testing.T) {
	for clause, want := range map[string]string{
		"": "",
		"WHERE NOT (\nsrid BETWEEN 2000 AND 2217\nOR srid = 4326\n)": "NOT (srid BETWEEN 2000 AND 2217 OR srid = 4326)",
		" where is_custom":                  "is_custom",
		"WHERE(id >= 1000) -- ours":         "id >= 1000",
		"WHERE a /* WHERE */ = 'x -- y'":    "a = 'x -- y'",
		`WHERE "Odd" IN (SELECT k FROM s)`:  `"Odd" IN (SELECT k FROM s)`,
		"WHERE a OR b) OR (c":               "",
		"WHERE a ORDER BY b":                "",
		"WHERE a LIMIT 3":                   "",
		"WHERE a; DELETE FROM t":            "",
		"/* first */ WHERE a":               "",
		", pg_authid":                       "",
		"WHERE a UNION SELECT 1 FROM other": "",
		"AS t2 WHERE a":                     "",
	} {
		got, err := Condition(clause)
		if got != want || (err == nil) != (want != "" || clause == "") {
			t.Errorf("%q: %q, %v; want %q", clause, got, err, want)
		}
	}
}
