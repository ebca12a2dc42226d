package policy

import (
	"regexp"
	"slices"
	"strings"
)

// Verdict is what a document says about a request.
type Verdict int

const (
	// Silent: no statement applies.
	Silent Verdict = iota
	// Unknown: it depends on what is unknown before the request is made.
	Unknown
	// Delegated: the account's own policies decide.
	Delegated
	Allowed
	Denied
)

// Request is a question to a document: may this principal do that, as far as these condition keys say?
type Request struct {
	// Principal is an ARN of IAM, or a service ("rds.amazonaws.com"). "" asks a policy that hangs on an identity.
	Principal        string
	Action, Resource string
	// Context are the condition keys that are known. Others are unknown, not absent.
	Context map[string]string
}

// Decide evaluates a document. A deny that applies wins, wherever it is. If a deny may apply, the verdict is Unknown,
// never Allowed.
func (d Document) Decide(r Request) Verdict {
	out, doubtful := Silent, false
	for _, s := range d.Statements {
		applies := min(s.appliesTo(r.Principal), s.holds(r.Context), s.matches(r))
		switch {
		case applies == no:
		case s.Effect == "Deny" && applies == yes:
			return Denied
		case s.Effect == "Deny":
			doubtful = true
		case applies == maybe:
			out = max(out, Unknown)
		case s.delegates(r.Principal):
			out = max(out, Delegated)
		default:
			out = Allowed
		}
	}
	if doubtful {
		return Unknown
	}
	return out
}

// truth is yes, no, or maybe if it depends on what is unknown.
type truth int

const (
	no truth = iota
	maybe
	yes
)

func both(a, b truth) truth { return min(a, b) }

// appliesTo reports whether a statement is about a principal.
func (s Statement) appliesTo(principal string) truth {
	if principal == "" {
		return yes
	}
	if len(s.NotPrincipals) > 0 {
		return maybe
	}
	for _, p := range s.Principals {
		switch {
		case p.ID == "*" && p.Type == "AWS", p.ID == principal:
			return yes
		case p.Type == "AWS" && strings.HasSuffix(p.ID, ":root") && AccountOf(p.ID) == AccountOf(principal):
			return yes
		case p.Type == "CanonicalUser", p.sessionOf(principal):
			return maybe
		}
	}
	return no
}

// sessionOf reports whether a principal is a session of a role. Which session will ask is unknown beforehand.
func (p Principal) sessionOf(role string) bool {
	parts := strings.Split(p.ID, "/")
	return len(parts) == 3 && strings.HasSuffix(parts[0], ":assumed-role") && AccountOf(p.ID) == AccountOf(role) &&
		strings.HasSuffix(role, "/"+parts[1]) && strings.Contains(role, ":role/")
}

// delegates reports whether a statement allows a principal only through its account.
func (s Statement) delegates(principal string) bool {
	return principal != "" &&
		!slices.ContainsFunc(s.Principals, func(p Principal) bool { return p.ID == principal || p.ID == "*" })
}

func (s Statement) matches(r Request) truth {
	action := anyOrNot(s.Actions, s.NotActions, strings.ToLower(r.Action), strings.ToLower)
	if r.Resource == "" || len(s.Resources)+len(s.NotResources) == 0 { // a trust policy has none
		return action
	}
	return both(action, anyOrNot(s.Resources, s.NotResources, r.Resource, func(p string) string { return p }))
}

// anyOrNot reports whether one of patterns matches a value or, if there are nots, whether none of them does.
func anyOrNot(patterns, nots []string, value string, fold func(string) string) truth {
	if len(nots) > 0 {
		return yes - anyPattern(nots, value, fold)
	}
	return anyPattern(patterns, value, fold)
}

// variable matches what stands for a part of the request: ${aws:username}.
var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// anyPattern reports whether one of patterns matches a value. The value of a variable is unknown.
func anyPattern(patterns []string, value string, fold func(string) string) truth {
	out := no
	for _, p := range patterns {
		switch p = fold(p); {
		case glob(p, value):
			return yes
		case variable.MatchString(p) && glob(variable.ReplaceAllString(p, "*"), value):
			out = maybe
		}
	}
	return out
}

func (s Statement) holds(context map[string]string) truth {
	out := yes
	for _, c := range s.Conditions {
		out = both(out, c.holds(context))
	}
	return out
}

func (c Condition) holds(context map[string]string) truth {
	value, known := "", false
	for k, v := range context {
		if strings.EqualFold(k, c.Key) {
			value, known = v, true
		}
	}
	if !known || slices.ContainsFunc(c.Values, variable.MatchString) {
		return maybe
	}
	oneOf := func(equal func(want string) bool) truth {
		if slices.ContainsFunc(c.Values, equal) {
			return yes
		}
		return no
	}
	switch strings.TrimSuffix(strings.ToLower(c.Operator), "ifexists") {
	case "stringequals", "arnequals":
		return oneOf(func(w string) bool {
			return w == value || strings.EqualFold(c.Operator, "ArnEquals") && glob(w, value)
		})
	case "stringequalsignorecase", "bool":
		return oneOf(func(w string) bool { return strings.EqualFold(w, value) })
	case "stringlike", "arnlike":
		return oneOf(func(w string) bool { return glob(w, value) })
	case "null": // the key is present
		return oneOf(func(w string) bool { return strings.EqualFold(w, "false") })
	case "stringnotequals":
		return yes - oneOf(func(w string) bool { return w == value })
	case "stringnotlike", "arnnotlike":
		return yes - oneOf(func(w string) bool { return glob(w, value) })
	}
	return maybe
}
