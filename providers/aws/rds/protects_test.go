package rds_test

import (
	"testing"

	"github.com/shoji-pg/shoji/providers/aws/rds"
)

func TestProtects(t *testing.T) {
	for _, c := range []struct {
		name, was, is string
		order         int
		known         bool
	}{
		{"rds.force_ssl", "1", "0", -1, true},
		{"rds.force_ssl", "0", "on", 1, true},
		{"rds.force_ssl", "1", "", -1, true}, // older families do not force it
		{"rds.force_ssl", "", "0", -1, true},
		{"rds.force_ssl", "1", "true", 0, false}, // the same
		{"rds.force_ssl", "1", "{x}", 0, false},
		{"log_statement", "", "all", -1, true},
		{"log_statement", "mod", "DDL", 1, true},
		{"log_min_duration_statement", "-1", "500", -1, true},
		{"log_min_duration_statement", "500", "", 1, true},
		{"log_min_duration_statement", "500", "250", 0, false},
		{"password_encryption", "scram-sha-256", "md5", -1, true},
		{"ssl_min_protocol_version", "TLSv1.2", "TLSv1", -1, true},
		{"work_mem", "1", "2", 0, false},
	} {
		order, meaning, ok := rds.Protects(c.name, c.was, c.is)
		if order != c.order || ok != c.known || (meaning != "") != c.known {
			t.Errorf("%s from %q to %q: %d %v %q", c.name, c.was, c.is, order, ok, meaning)
		}
	}
}
