package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// operators compare one value of a request with one of a policy. Of a negated operator no value may match.
var operators = map[string]struct {
	match   func(have, want string) bool
	negated bool
}{
	"StringEquals":              {func(have, want string) bool { return have == want }, false},
	"StringNotEquals":           {func(have, want string) bool { return have == want }, true},
	"StringEqualsIgnoreCase":    {strings.EqualFold, false},
	"StringNotEqualsIgnoreCase": {strings.EqualFold, true},
	"StringLike":                {func(have, want string) bool { return Glob(want, have) }, false},
	"StringNotLike":             {func(have, want string) bool { return Glob(want, have) }, true},
	"ArnEquals":                 {func(have, want string) bool { return globARN(want, have) }, false},
	"ArnNotEquals":              {func(have, want string) bool { return globARN(want, have) }, true},
	"ArnLike":                   {func(have, want string) bool { return globARN(want, have) }, false},
	"ArnNotLike":                {func(have, want string) bool { return globARN(want, have) }, true},
	"Bool":                      {strings.EqualFold, false},
	"NumericEquals":             {numbers(func(c int) bool { return c == 0 }), false},
	"NumericNotEquals":          {numbers(func(c int) bool { return c == 0 }), true},
	"NumericLessThan":           {numbers(func(c int) bool { return c < 0 }), false},
	"NumericLessThanEquals":     {numbers(func(c int) bool { return c <= 0 }), false},
	"NumericGreaterThan":        {numbers(func(c int) bool { return c > 0 }), false},
	"NumericGreaterThanEquals":  {numbers(func(c int) bool { return c >= 0 }), false},
	"DateEquals":                {dates(func(c int) bool { return c == 0 }), false},
	"DateNotEquals":             {dates(func(c int) bool { return c == 0 }), true},
	"DateLessThan":              {dates(func(c int) bool { return c < 0 }), false},
	"DateLessThanEquals":        {dates(func(c int) bool { return c <= 0 }), false},
	"DateGreaterThan":           {dates(func(c int) bool { return c > 0 }), false},
	"DateGreaterThanEquals":     {dates(func(c int) bool { return c >= 0 }), false},
}

func numbers(ok func(int) bool) func(have, want string) bool {
	return func(have, want string) bool {
		h, err1 := strconv.ParseFloat(have, 64)
		w, err2 := strconv.ParseFloat(want, 64)
		switch {
		case err1 != nil || err2 != nil:
			return false
		case h < w:
			return ok(-1)
		case h > w:
			return ok(1)
		}
		return ok(0)
	}
}

func dates(ok func(int) bool) func(have, want string) bool {
	return func(have, want string) bool {
		h, err1 := time.Parse(time.RFC3339, have)
		w, err2 := time.Parse(time.RFC3339, want)
		return err1 == nil && err2 == nil && ok(h.Compare(w))
	}
}

// conditions reads a statement's, in the order of their names.
func conditions(written map[string]map[string]list) ([]Condition, error) {
	var all []Condition
	for operator, keys := range written {
		if _, known := operators[operatorName(operator)]; !known && operator != "Null" {
			return nil, Malformed("Invalid Condition type : " + operator)
		}
		for key, values := range keys {
			all = append(all, Condition{Operator: operator, Key: key, Values: values})
		}
	}
	slices.SortFunc(all, func(a, b Condition) int {
		return strings.Compare(a.Operator+" "+a.Key, b.Operator+" "+b.Key)
	})
	return all, nil
}

func operatorName(operator string) string {
	operator = strings.TrimPrefix(strings.TrimPrefix(operator, "ForAllValues:"), "ForAnyValue:")
	return strings.TrimSuffix(operator, "IfExists")
}

// holds says whether the request meets the condition.
func (c Condition) holds(r Request) bool {
	have := r.values(c.Key)
	if c.Operator == "Null" {
		return len(c.Values) > 0 && strings.EqualFold(c.Values[0], "true") == (len(have) == 0)
	}
	operator := operators[operatorName(c.Operator)]
	every := strings.HasPrefix(c.Operator, "ForAllValues:")
	if len(have) == 0 {
		// A key that the request lacks meets what is negated, IfExists and ForAllValues only.
		return strings.HasSuffix(c.Operator, "IfExists") || every || operator.negated
	}
	matches := func(value string) bool {
		return slices.ContainsFunc(c.Values, func(want string) bool {
			return operator.match(value, r.fill(want))
		}) != operator.negated
	}
	if every || operator.negated && !strings.HasPrefix(c.Operator, "ForAnyValue:") {
		return !slices.ContainsFunc(have, func(v string) bool { return !matches(v) })
	}
	return slices.ContainsFunc(have, matches)
}
