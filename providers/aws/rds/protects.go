package rds

import (
	"slices"
	"strings"
)

// protection is a parameter that protects data, or keeps it from showing in a log.
type protection struct {
	// values are in the order of how much they protect, the least first; alike are values of one rank.
	values []alike
	// unset is the rank of a parameter that is left to its family: as the manual says, in tenths above a rank where
	// that depends on the version.
	unset float64
	// any is the rank of every other value, -1 where nothing is known of it.
	any       float64
	lessMeans string
	moreMeans string
}

type alike []string

func switched(unset float64, less, more string) protection {
	return protection{
		values:    []alike{{"0", "off", "false", "no"}, {"1", "on", "true", "yes"}},
		unset:     unset,
		any:       -1,
		lessMeans: less,
		moreMeans: more,
	}
}

// statements is of a parameter in milliseconds above which statements are logged; -1 logs none.
func statements(what string) protection {
	return protection{
		values:    []alike{{}, {"-1"}},
		unset:     1,
		any:       0,
		lessMeans: what + " are written to the server's log, with the values in them",
		moreMeans: what + " are no longer written to the server's log",
	}
}

// protections are the parameters of PostgreSQL and RDS of which one value protects more than another.
func protections() map[string]protection {
	return map[string]protection{
		"rds.force_ssl": switched(0.5,
			"connections without TLS are accepted: rows and passwords can be read on the way",
			"connections without TLS are refused"),
		"ssl": switched(1,
			"the server offers no TLS: rows and passwords can be read on the way", "the server offers TLS"),
		"rds.restrict_password_commands": switched(0, "more roles may set passwords", "fewer roles may set passwords"),
		"log_connections": switched(0, "the log no longer says who connected",
			"the log says who connected"),
		"log_statement": {
			values:    []alike{{"all"}, {"mod"}, {"ddl"}, {"none"}},
			unset:     3,
			any:       -1,
			lessMeans: "more statements are written to the server's log, with the values in them",
			moreMeans: "fewer statements are written to the server's log",
		},
		"log_min_duration_statement":    statements("slow statements"),
		"log_min_duration_sample":       statements("samples of slow statements"),
		"auto_explain.log_min_duration": statements("plans of slow statements"),
		"password_encryption": {
			values:    []alike{{"md5"}, {"scram-sha-256"}},
			unset:     1,
			any:       -1,
			lessMeans: "passwords are kept in a form that is easier to guess from",
			moreMeans: "passwords are kept in a form that is harder to guess from",
		},
		"ssl_min_protocol_version": {
			values:    []alike{{"tlsv1"}, {"tlsv1.1"}, {"tlsv1.2"}, {"tlsv1.3"}},
			unset:     2,
			any:       -1,
			lessMeans: "older versions of TLS are accepted, which can be read on the way",
			moreMeans: "older versions of TLS are refused",
		},
	}
}

// rank returns how much a value protects; known is false for one of which nothing is known.
func (p protection) rank(value string) (r float64, known bool) {
	if value == "" {
		return p.unset, true
	}
	i := slices.IndexFunc(p.values, func(a alike) bool { return slices.Contains(a, strings.ToLower(value)) })
	if i < 0 {
		return p.any, p.any >= 0
	}
	return float64(i), true
}

// Protects compares two values of a parameter, "" for one that is left to the family: order is negative where the later
// one protects data less, and meaning says what that means. ok is false for parameters that do not protect data, and
// for values that cannot be compared.
func Protects(name, was, is string) (order int, meaning string, ok bool) {
	p, known := protections()[name]
	if !known {
		return 0, "", false
	}
	before, ok := p.rank(was)
	after, also := p.rank(is)
	switch {
	case !ok || !also || before == after:
		return 0, "", false
	case after < before:
		return -1, p.lessMeans, true
	}
	return 1, p.moreMeans, true
}
