package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Change is how one statement changes.
type Change struct {
	Name          string // its Sid, or "statement 2"
	Before, After *Statement
	// Lines are what differs in a statement that stays: "+ kms:Encrypt".
	Lines []string
}

// Diff compares two documents statement by statement. Statements are paired by their Sid, then by what they have in
// common.
func Diff(before, after Document) []Change {
	before, after = before.Canonical(), after.Canonical()
	left := slices.Clone(before.Statements)
	take := func(match func(Statement) bool) *Statement {
		for i, s := range left {
			if match(s) {
				left = slices.Delete(left, i, i+1)
				return &s
			}
		}
		return nil
	}
	partners := make([]*Statement, len(after.Statements))
	for _, match := range []func(a, b Statement) bool{
		func(a, b Statement) bool { return a.key() == b.key() },
		func(a, b Statement) bool { return a.Sid != "" && a.Sid == b.Sid && a.Effect == b.Effect },
		func(a, b Statement) bool {
			return (a.Sid == "" || b.Sid == "") && a.Effect == b.Effect &&
				encode(a.Principals) == encode(b.Principals) && encode(a.Resources) == encode(b.Resources)
		},
	} {
		for i, s := range after.Statements {
			if partners[i] == nil {
				partners[i] = take(func(b Statement) bool { return match(s, b) })
			}
		}
	}
	var out []Change
	for i := range after.Statements {
		s, was := &after.Statements[i], partners[i]
		name := s.Sid
		if name == "" {
			name = fmt.Sprintf("statement %d", i+1)
		}
		switch {
		case was == nil:
			out = append(out, Change{Name: name, After: s})
		case was.key() != s.key():
			out = append(out, Change{Name: name, Before: was, After: s, Lines: diffLines(*was, *s)})
		}
	}
	for i := range left {
		name := left[i].Sid
		if name == "" {
			name = "a statement without a name"
		}
		out = append(out, Change{Name: name, Before: &left[i]})
	}
	return out
}

// Text returns the change as lines of a plan.
func (c Change) Text() []string {
	switch {
	case c.Before == nil:
		return []string{"+ " + c.Name + ": " + c.After.Text()}
	case c.After == nil:
		return []string{"- " + c.Name + ": " + c.Before.Text()}
	}
	out := []string{"~ " + c.Name + ":"}
	for _, l := range c.Lines {
		out = append(out, "    "+l)
	}
	return out
}

// diffLines returns what is added and removed, for each kind of values the additions first.
func diffLines(a, b Statement) []string {
	var out []string
	compare := func(before, after []string) {
		fold := func(list []string, s string) bool {
			return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
		}
		for _, s := range after {
			if !fold(before, s) {
				out = append(out, "+ "+s)
			}
		}
		for _, s := range before {
			if !fold(after, s) {
				out = append(out, "- "+s)
			}
		}
	}
	if a.Sid != b.Sid {
		compare([]string{"Sid " + a.Sid}, []string{"Sid " + b.Sid})
	}
	compare(principalTexts(a.Principals, ""), principalTexts(b.Principals, ""))
	compare(principalTexts(a.NotPrincipals, "not "), principalTexts(b.NotPrincipals, "not "))
	compare(a.Actions, b.Actions)
	compare(withPrefix("not ", a.NotActions), withPrefix("not ", b.NotActions))
	compare(withPrefix("on ", a.Resources), withPrefix("on ", b.Resources))
	compare(withPrefix("not on ", a.NotResources), withPrefix("not on ", b.NotResources))
	compare(conditionTexts(a.Conditions), conditionTexts(b.Conditions))
	if len(out) == 0 { // spellings that differ where case matters
		return []string{"- " + a.Text(), "+ " + b.Text()}
	}
	return out
}

func withPrefix(prefix string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = prefix + s
	}
	return out
}
