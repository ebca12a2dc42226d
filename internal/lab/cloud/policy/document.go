// Package policy reads IAM's policy documents and says what they allow. It knows no accounts and no
// services: who asks and about what is given to it.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kind is where a document is used, which decides what its statements must and must not have.
type Kind int

const (
	// Identity documents belong to a user or role: they name no principal.
	Identity Kind = iota
	// Resource documents belong to a key or bucket.
	Resource
	// Trust documents say who may assume a role: they name no resource.
	Trust
)

// Document is a policy.
type Document struct {
	Statements []Statement
}

// Statement allows or denies.
type Statement struct {
	Sid                     string
	Deny                    bool
	Principal, NotPrincipal Principals
	Action, NotAction       []string
	Resource, NotResource   []string
	Conditions              []Condition
}

// Principals are those that a statement names, by kind: AWS, Service, Federated.
type Principals map[string][]string

// Condition is one line of a statement's conditions: all must hold.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// wireStatement is a statement as it is written.
type wireStatement struct {
	Sid          string
	Effect       string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       list
	NotAction    list
	Resource     list
	NotResource  list
	Condition    map[string]map[string]list
}

// list is a text or several.
type list []string

func (l *list) UnmarshalJSON(text []byte) error {
	var many []any
	if err := json.Unmarshal(text, &many); err != nil {
		var one any
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		many = []any{one}
	}
	for _, v := range many {
		switch v := v.(type) {
		case string:
			*l = append(*l, v)
		case bool, float64:
			*l = append(*l, fmt.Sprint(v))
		default:
			return errors.New("a text was expected")
		}
	}
	return nil
}

// Malformed is what IAM says about a document that it refuses, in its words.
type Malformed string

func (m Malformed) Error() string { return string(m) }

const errSyntax = Malformed("Syntax errors in policy.")

// Parse reads a document and refuses what IAM would, in its words.
func Parse(text string, kind Kind) (*Document, error) {
	var written struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := strict([]byte(text), &written); err != nil || len(written.Statement) == 0 {
		return nil, errSyntax
	}
	if !slices.Contains([]string{"", "2012-10-17", "2008-10-17"}, written.Version) {
		return nil, errSyntax
	}
	var statements []wireStatement
	if err := strict(written.Statement, &statements); err != nil {
		statements = make([]wireStatement, 1)
		if err := strict(written.Statement, &statements[0]); err != nil {
			return nil, errSyntax
		}
	}
	d := &Document{}
	sids := map[string]bool{}
	for _, w := range statements {
		s, err := w.statement(kind)
		if err != nil {
			return nil, err
		}
		if s.Sid != "" && sids[s.Sid] {
			return nil, Malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[s.Sid] = true
		d.Statements = append(d.Statements, s)
	}
	return d, nil
}

func strict(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

var actionText = regexp.MustCompile(`^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+)$`)

func (w wireStatement) statement(kind Kind) (Statement, error) {
	s := Statement{
		Sid:         w.Sid,
		Deny:        w.Effect == "Deny",
		Action:      w.Action,
		NotAction:   w.NotAction,
		Resource:    w.Resource,
		NotResource: w.NotResource,
	}
	if w.Effect != "Allow" && w.Effect != "Deny" {
		return s, errSyntax
	}
	if (len(w.Action) == 0) == (len(w.NotAction) == 0) {
		return s, Malformed("Policy statement must contain actions.")
	}
	for _, a := range slices.Concat(w.Action, w.NotAction) {
		if !actionText.MatchString(a) {
			return s, Malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
		}
	}
	var err error
	if s.Principal, err = principals(w.Principal); err != nil {
		return s, err
	}
	if s.NotPrincipal, err = principals(w.NotPrincipal); err != nil {
		return s, err
	}
	named := s.Principal != nil || s.NotPrincipal != nil
	resources := len(w.Resource)+len(w.NotResource) > 0
	switch {
	case kind == Identity && named:
		return s, Malformed("Policy document should not specify a principal.")
	case kind != Identity && !named:
		return s, Malformed("Missing required field Principal")
	case kind == Trust && resources:
		return s, Malformed("Has prohibited field Resource")
	case kind != Trust && !resources:
		return s, Malformed("Policy statement must contain resources.")
	}
	for _, r := range slices.Concat(w.Resource, w.NotResource) {
		if r != "*" && !strings.HasPrefix(r, "arn:") && !strings.Contains(r, "${") {
			return s, Malformed(fmt.Sprintf("Resource %s must be in ARN format or \"*\".", r))
		}
	}
	s.Conditions, err = conditions(w.Condition)
	return s, err
}

// principals reads "*" or an object.
func principals(text json.RawMessage) (Principals, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var all string
	if json.Unmarshal(text, &all) == nil {
		if all != "*" {
			return nil, errSyntax
		}
		return Principals{"AWS": {"*"}}, nil
	}
	var kinds map[string]list
	if err := json.Unmarshal(text, &kinds); err != nil {
		return nil, errSyntax
	}
	p := Principals{}
	for kind, names := range kinds {
		if !slices.Contains([]string{"AWS", "Service", "Federated", "CanonicalUser"}, kind) {
			return nil, errSyntax
		}
		p[kind] = names
	}
	return p, nil
}

// AWS gives every AWS principal that the document names, sorted.
func (d *Document) AWS() []string {
	var names []string
	for _, s := range d.Statements {
		names = append(names, s.Principal["AWS"]...)
		names = append(names, s.NotPrincipal["AWS"]...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
