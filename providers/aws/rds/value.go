package rds

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// checkValue returns why a parameter cannot have a value, as far as RDS says it; "" if it can.
func checkValue(name, value string, known map[string]Parameter) string {
	p, ok := known[name]
	switch {
	case !ok:
		var names []string
		for n := range known {
			names = append(names, n)
		}
		slices.Sort(names)
		return fmt.Sprintf("there is no parameter %q in this group.%s", name, diag.DidYouMean(name, names))
	case !p.Modifiable:
		return fmt.Sprintf("%s cannot be changed; RDS sets it itself", name)
	case !p.allows(value):
		return fmt.Sprintf("%s cannot be %q; allowed is %s", name, value, p.Allowed)
	}
	return ""
}

var (
	interval = regexp.MustCompile(`^(-?[0-9.]+(?:e[+-]?[0-9]+)?)-(-?[0-9.]+(?:e[+-]?[0-9]+)?)$`)
	plain    = regexp.MustCompile(`^[A-Za-z0-9_.+:/-]+$`)
)

// allows reports whether a value is allowed. What RDS says about that is meant for people: if it cannot be parsed, the
// value is left to RDS.
func (p Parameter) allows(value string) bool {
	if p.Allowed == "" || strings.ContainsAny(value, "{}()") { // a formula, such as {DBInstanceClassMemory/32768}
		return true
	}
	parts := strings.Split(p.Allowed, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	one := func(v string) bool {
		for _, part := range parts {
			m := interval.FindStringSubmatch(part)
			if part == v {
				return true
			}
			if m == nil {
				continue
			}
			n, err := strconv.ParseFloat(v, 64)
			low, err1 := strconv.ParseFloat(m[1], 64)
			high, err2 := strconv.ParseFloat(m[2], 64)
			if err == nil && err1 == nil && err2 == nil && low <= n && n <= high {
				return true
			}
		}
		return false
	}
	switch p.DataType {
	case "boolean", "integer", "float":
		return one(value)
	}
	if slices.ContainsFunc(parts, func(s string) bool { return !plain.MatchString(s) }) {
		return true // a regular expression, or prose
	}
	if p.DataType == "list" {
		for _, v := range strings.Split(value, ",") {
			if !one(strings.TrimSpace(v)) {
				return false
			}
		}
		return true
	}
	return one(value)
}

// static reports whether the parameter takes effect at a restart only.
func (p Parameter) static() bool { return p.ApplyType == "static" }
