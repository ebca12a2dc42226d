package policy

import (
	"slices"
	"strings"
)

// Request is what is asked for.
type Request struct {
	Action   string
	Resource string
	// Context holds condition keys in lower case.
	Context map[string][]string
}

func (r Request) values(key string) []string { return r.Context[strings.ToLower(key)] }

// fill replaces policy variables such as ${aws:username}. One that the request lacks stays, and so
// matches nothing.
func (r Request) fill(pattern string) string {
	for {
		start := strings.Index(pattern, "${")
		if start < 0 {
			return pattern
		}
		end := strings.IndexByte(pattern[start:], '}')
		if end < 0 {
			return pattern
		}
		values := r.values(pattern[start+2 : start+end])
		if len(values) != 1 {
			return pattern
		}
		pattern = pattern[:start] + values[0] + pattern[start+end+1:]
	}
}

// Effect is what documents say about a request.
type Effect int

const (
	// Silent is neither allowed nor denied.
	Silent Effect = iota
	// Delegated is allowed to the caller's account, whose own policies must allow the caller as well.
	Delegated
	// Allowed is allowed to the caller by name, or to everybody.
	Allowed
	// Denied is denied, whatever else allows it.
	Denied
)

// Who asks, for documents that name principals.
type Who struct {
	Account string
	// Service asks for itself: rds.amazonaws.com.
	Service string
	// Root is the account's own user, whom nothing but an explicit deny limits.
	Root bool
	// Is says whether a principal's ARN names the caller.
	Is func(arn string) bool
}

// Identity says what an identity's document says.
func (d *Document) Identity(r Request) Effect {
	effect := Silent
	for _, s := range d.Statements {
		if !s.concerns(r) {
			continue
		}
		if s.Deny {
			return Denied
		}
		effect = Allowed
	}
	return effect
}

// For says what the document of a resource or role says about a caller.
func (d *Document) For(r Request, who Who) Effect {
	effect := Silent
	for _, s := range d.Statements {
		named := s.named(who)
		if named == Silent || !s.concerns(r) {
			continue
		}
		if s.Deny {
			return Denied
		}
		effect = max(effect, named)
	}
	return effect
}

// named says how the statement names the caller: by name, or through its account.
func (s Statement) named(who Who) Effect {
	if s.NotPrincipal != nil {
		if s.NotPrincipal.name(who) != Silent {
			return Silent
		}
		return Allowed
	}
	return s.Principal.name(who)
}

func (p Principals) name(who Who) Effect {
	effect := Silent
	for _, arn := range p["AWS"] {
		switch {
		case arn == "*", who.Is != nil && who.Is(arn):
			return Allowed
		case who.Account != "" && (arn == who.Account || arn == "arn:aws:iam::"+who.Account+":root"):
			if who.Root {
				return Allowed
			}
			effect = Delegated
		}
	}
	if who.Service != "" && slices.Contains(p["Service"], who.Service) {
		return Allowed
	}
	return effect
}

// concerns says whether a statement's actions, resources and conditions fit.
func (s Statement) concerns(r Request) bool {
	action := func(pattern string) bool { return Glob(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	resource := func(pattern string) bool { return Glob(r.fill(pattern), r.Resource) }
	switch {
	case s.Action != nil && !slices.ContainsFunc(s.Action, action),
		s.NotAction != nil && slices.ContainsFunc(s.NotAction, action),
		s.Resource != nil && !slices.ContainsFunc(s.Resource, resource),
		s.NotResource != nil && slices.ContainsFunc(s.NotResource, resource):
		return false
	}
	return !slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !c.holds(r) })
}

// Missing gives the condition keys of statements about the action and resource that the request does
// not carry, sorted.
func (d *Document) Missing(r Request) []string {
	var keys []string
	for _, s := range d.Statements {
		conditions := s.Conditions
		s.Conditions = nil
		if !s.concerns(r) {
			continue
		}
		for _, c := range conditions {
			if len(r.values(c.Key)) == 0 {
				keys = append(keys, c.Key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Glob matches * and ? over the whole text.
func Glob(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// globARN matches part by part, so that a * does not reach over a colon of the first five parts.
func globARN(pattern, arn string) bool {
	if pattern == "*" {
		return true
	}
	patterns, parts := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(patterns) != 6 || len(parts) != 6 {
		return false
	}
	for i, p := range patterns {
		if !Glob(p, parts[i]) {
			return false
		}
	}
	return true
}
