package policy

import "strings"

// Text says the statement in one line: "Allow arn:… kms:Decrypt on * where kms:ViaService StringEquals s3.…".
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

// Attributes gives the statements as attributes of a change, so that a plan shows them one by one: "policy.Root" and
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
