// Package policy is about IAM's policy language. It parses documents into one canonical value, compares them statement
// by statement, reports which of two allows more, and generates those that shoji puts. It is pure: it makes no calls
// and imports nothing of this module.
package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Version is that of every generated document; an older one has no policy variables.
const Version = "2012-10-17"

// Document is a policy in its canonical form: lists are sorted without duplicates, and what can be written in two ways
// is written in one. Parse and New return it.
type Document struct {
	Version    string
	ID         string
	Statements []Statement
}

// Statement is one statement of a policy. Of each pair (Actions, NotActions) at most one is set.
type Statement struct {
	Sid           string
	Effect        string // "Allow" or "Deny"
	Principals    []Principal
	NotPrincipals []Principal
	Actions       []string
	NotActions    []string
	Resources     []string
	NotResources  []string
	Conditions    []Condition
}

// Principal is who a statement is about: "AWS" and an ARN, "Service" and "rds.amazonaws.com", "AWS" and "*".
type Principal struct{ Type, ID string }

// Condition is one key of a condition block; any of its values is enough.
type Condition struct {
	Operator, Key string
	Values        []string
}

// New returns a document of statements, in their order.
func New(statements ...Statement) Document {
	return Document{Version: Version, Statements: statements}.Canonical()
}

// Canonical returns the document as Parse would.
func (d Document) Canonical() Document {
	if d.Version == "" {
		d.Version = "2008-10-17" // what IAM assumes for a document without one
	}
	statements := make([]Statement, len(d.Statements))
	for i, s := range d.Statements {
		statements[i] = s.canonical()
	}
	d.Statements = statements
	return d
}

func (s Statement) canonical() Statement {
	s.Principals, s.NotPrincipals = canonicalPrincipals(s.Principals), canonicalPrincipals(s.NotPrincipals)
	s.Actions, s.NotActions = sortedSet(s.Actions), sortedSet(s.NotActions)
	s.Resources, s.NotResources = sortedSet(s.Resources), sortedSet(s.NotResources)
	conditions := make([]Condition, len(s.Conditions))
	for i, c := range s.Conditions {
		conditions[i] = Condition{c.Operator, c.Key, sortedSet(c.Values)}
	}
	sort.SliceStable(conditions, func(i, j int) bool {
		a, b := conditions[i], conditions[j]
		return a.Operator < b.Operator || a.Operator == b.Operator && a.Key < b.Key
	})
	s.Conditions = conditions
	if len(conditions) == 0 {
		s.Conditions = nil
	}
	return s
}

// canonicalPrincipals writes an account as its root, as AWS stores it, and everybody as one principal.
func canonicalPrincipals(list []Principal) []Principal {
	var out []Principal
	for _, p := range list {
		if p.Type == "AWS" && isAccount(p.ID) {
			p.ID = "arn:aws:iam::" + p.ID + ":root"
		}
		if p.Type == "*" {
			p.Type = "AWS"
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Type < out[j].Type || out[i].Type == out[j].Type && out[i].ID < out[j].ID
	})
	return out
}

func isAccount(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789") == "" }

// Deleted reports whether the principal is the unique ID that AWS shows for a role or user that was deleted: a new one
// of the same name is another principal.
func (p Principal) Deleted() bool {
	return p.Type == "AWS" && !strings.Contains(p.ID, ":") &&
		(strings.HasPrefix(p.ID, "AROA") || strings.HasPrefix(p.ID, "AIDA"))
}

func sortedSet(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// Equal reports whether two documents mean the same, in whatever order and spelling.
func (d Document) Equal(other Document) bool {
	return slices.Equal(d.keys(), other.keys()) &&
		(len(d.Statements) == 0 || d.Canonical().Version == other.Canonical().Version)
}

func (d Document) keys() []string {
	var out []string
	for _, s := range d.Canonical().Statements {
		out = append(out, s.key())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// key returns text that is the same for statements that mean the same: IAM ignores the case of actions, operators and
// condition keys.
func (s Statement) key() string {
	s = s.canonical()
	lower := func(list []string) []string {
		out := make([]string, len(list))
		for i, x := range list {
			out[i] = strings.ToLower(x)
		}
		return sortedSet(out)
	}
	conditions := make([]string, len(s.Conditions))
	for i, c := range s.Conditions {
		conditions[i] = fmt.Sprintf("%s %s %q", strings.ToLower(c.Operator), strings.ToLower(c.Key), c.Values)
	}
	return fmt.Sprintf("%q %s %q %q %q %q %q %q %q", s.Sid, s.Effect, s.Principals, s.NotPrincipals, lower(s.Actions),
		lower(s.NotActions), s.Resources, s.NotResources, sortedSet(conditions))
}

// JSON returns the document as it is sent: one text for one meaning, a statement a line.
func (d Document) JSON() string {
	d = d.Canonical()
	var b strings.Builder
	b.WriteString(`{"Version":` + encode(d.Version))
	if d.ID != "" {
		b.WriteString(`,"Id":` + encode(d.ID))
	}
	b.WriteString(`,"Statement":[`)
	for i, s := range d.Statements {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n" + s.JSON())
	}
	b.WriteString("]}")
	return b.String()
}

// JSON returns the statement as it stands in a document.
func (s Statement) JSON() string {
	s = s.canonical()
	var parts []string
	add := func(name string, value any) { parts = append(parts, encode(name)+":"+encode(value)) }
	if s.Sid != "" {
		add("Sid", s.Sid)
	}
	add("Effect", s.Effect)
	for _, x := range []struct {
		name string
		list []Principal
	}{{"Principal", s.Principals}, {"NotPrincipal", s.NotPrincipals}} {
		if len(x.list) == 0 {
			continue
		}
		byType := map[string][]string{}
		for _, p := range x.list {
			byType[p.Type] = append(byType[p.Type], p.ID)
		}
		add(x.name, byType)
	}
	for _, x := range []struct {
		name string
		list []string
	}{{"Action", s.Actions}, {"NotAction", s.NotActions}, {"Resource", s.Resources}, {"NotResource", s.NotResources}} {
		if len(x.list) > 0 {
			add(x.name, x.list)
		}
	}
	if len(s.Conditions) > 0 {
		conditions := map[string]map[string][]string{}
		for _, c := range s.Conditions {
			if conditions[c.Operator] == nil {
				conditions[c.Operator] = map[string][]string{}
			}
			conditions[c.Operator][c.Key] = c.Values
		}
		add("Condition", conditions)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // strings, and maps and lists of them
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Text returns the statement in one line: "Allow arn:… kms:Decrypt on * where kms:ViaService StringEquals s3.…".
func (s Statement) Text() string {
	s = s.canonical()
	parts := []string{s.Effect}
	if who := append(principalTexts(s.Principals, ""),
		principalTexts(s.NotPrincipals, "everybody but ")...); len(who) > 0 {
		parts = append(parts, strings.Join(who, ", "))
	}
	if len(s.NotActions) > 0 {
		parts = append(parts, "everything but")
	}
	parts = append(parts, strings.Join(append(s.Actions, s.NotActions...), ", "))
	switch {
	case len(s.Resources) > 0:
		parts = append(parts, "on", strings.Join(s.Resources, ", "))
	case len(s.NotResources) > 0:
		parts = append(parts, "on everything but", strings.Join(s.NotResources, ", "))
	}
	if len(s.Conditions) > 0 {
		parts = append(parts, strings.Join(conditionTexts(s.Conditions), " and "))
	}
	return strings.Join(parts, " ")
}

func (p Principal) text() string {
	switch {
	case p.Deleted():
		return p.ID + " (a principal that was deleted)"
	case p == Principal{"AWS", "*"}:
		return "everybody"
	}
	return p.ID
}

func principalTexts(list []Principal, prefix string) []string {
	var out []string
	for _, p := range list {
		out = append(out, prefix+p.text())
	}
	return out
}

func conditionTexts(list []Condition) []string {
	var out []string
	for _, c := range list {
		out = append(out, "where "+c.Key+" "+c.Operator+" "+strings.Join(c.Values, " or "))
	}
	return out
}

// Attributes returns the statements as attributes of a change, so that a plan shows them one by one: "policy.Root" and
// its text.
func (d Document) Attributes(prefix string) map[string]any {
	out := map[string]any{}
	for i, s := range d.Canonical().Statements {
		name := s.Sid
		if name == "" {
			name = "statement " + string(rune('1'+i%9))
		}
		for out[prefix+"."+name] != nil {
			name += "'"
		}
		out[prefix+"."+name] = s.Text()
	}
	return out
}
