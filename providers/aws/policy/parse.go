package policy

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// Parse parses a policy as AWS returns it: IAM's are URL-encoded, lists of one may be scalars, and a single statement
// may stand without a list. An unknown element is an error, because it could be the one that matters.
func Parse(text string) (Document, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Document{}, nil
	}
	if strings.HasPrefix(text, "%7B") || strings.HasPrefix(text, "%7b") {
		decoded, err := url.QueryUnescape(strings.ReplaceAll(text, "+", "%2B"))
		if err != nil {
			return Document{}, fmt.Errorf("decoding a policy: %w", err)
		}
		text = decoded
	}
	var raw struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := decodeStrict(text, &raw); err != nil {
		return Document{}, fmt.Errorf("reading a policy: %w", err)
	}
	var list []json.RawMessage
	if len(raw.Statement) > 0 && raw.Statement[0] == '{' {
		list = []json.RawMessage{raw.Statement}
	} else if len(raw.Statement) > 0 {
		if err := json.Unmarshal(raw.Statement, &list); err != nil {
			return Document{}, fmt.Errorf("reading the statements of a policy: %w", err)
		}
	}
	d := Document{Version: raw.Version, ID: raw.ID}
	for i, one := range list {
		s, err := parseStatement(one)
		if err != nil {
			return Document{}, fmt.Errorf("reading statement %d of a policy: %w", i+1, err)
		}
		d.Statements = append(d.Statements, s)
	}
	return d.Canonical(), nil
}

// Canonical returns the canonical text of a policy: it is the same for policies that mean the same.
func Canonical(text string) (string, error) {
	d, err := Parse(text)
	if err != nil {
		return "", err
	}
	return d.JSON(), nil
}

// ParseCanonical parses a policy that Canonical returned.
func ParseCanonical(text string) Document {
	d, err := Parse(text)
	if err != nil {
		return Document{}
	}
	return d
}

func decodeStrict(text string, into any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

func parseStatement(raw json.RawMessage) (Statement, error) {
	var in struct {
		Sid, Effect                              string
		Principal, NotPrincipal                  json.RawMessage
		Action, NotAction, Resource, NotResource stringList
		Condition                                map[string]map[string]stringList
	}
	if err := decodeStrict(string(raw), &in); err != nil {
		return Statement{}, err
	}
	if in.Effect != "Allow" && in.Effect != "Deny" {
		return Statement{}, fmt.Errorf("the effect is %q, neither Allow nor Deny", in.Effect)
	}
	s := Statement{
		Sid:          in.Sid,
		Effect:       in.Effect,
		Actions:      in.Action,
		NotActions:   in.NotAction,
		Resources:    in.Resource,
		NotResources: in.NotResource,
	}
	var err error
	if s.Principals, err = parsePrincipals(in.Principal); err != nil {
		return Statement{}, err
	}
	if s.NotPrincipals, err = parsePrincipals(in.NotPrincipal); err != nil {
		return Statement{}, err
	}
	for operator, keys := range in.Condition {
		for key, values := range keys {
			s.Conditions = append(s.Conditions, Condition{operator, key, values})
		}
	}
	sort.Slice(s.Conditions, func(i, j int) bool {
		a, b := s.Conditions[i], s.Conditions[j]
		return a.Operator < b.Operator || a.Operator == b.Operator && a.Key < b.Key
	})
	return s, nil
}

// parsePrincipals parses "*" or { "AWS": …, "Service": … }.
func parsePrincipals(raw json.RawMessage) ([]Principal, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] == '"' {
		if string(raw) != `"*"` {
			return nil, fmt.Errorf("the principal %s is neither \"*\" nor an object", raw)
		}
		return []Principal{{"AWS", "*"}}, nil
	}
	var byType map[string]stringList
	if err := json.Unmarshal(raw, &byType); err != nil {
		return nil, fmt.Errorf("reading the principal: %w", err)
	}
	var out []Principal
	for kind, ids := range byType {
		for _, id := range ids {
			out = append(out, Principal{kind, id})
		}
	}
	return canonicalPrincipals(out), nil
}

// stringList is a string, a number, a bool, or a list of them.
type stringList []string

func (t *stringList) UnmarshalJSON(raw []byte) error {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	*t = nil
	for _, e := range list {
		switch x := e.(type) {
		case string:
			*t = append(*t, x)
		case json.Number:
			*t = append(*t, x.String())
		case bool:
			*t = append(*t, strconv.FormatBool(x))
		default:
			return fmt.Errorf("%s is no text and no list of texts", raw)
		}
	}
	return nil
}
