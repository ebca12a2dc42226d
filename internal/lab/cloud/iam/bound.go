package iam

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Bound is a policy of a resource or role. The users and roles that it names were looked up when it was
// put: one that is deleted and made again is somebody else, and the text then shows the old one's id.
type Bound struct {
	text     string
	document *policy.Document
	ids      map[string]string // by ARN
}

// Bind reads a policy and finds its principals. A principal that does not exist, or is not known
// yet, is an error.
func (s *Service) Bind(text string, kind policy.Kind) (*Bound, error) {
	d, err := policy.Parse(text, kind)
	if err != nil {
		return nil, err
	}
	b := &Bound{text: text, document: d, ids: map[string]string{}}
	for _, name := range d.AWS() {
		account, isRoot := strings.CutPrefix(strings.TrimSuffix(name, ":root"), "arn:aws:iam::")
		switch {
		case name == "*", s.accounts[name] != nil, isRoot && s.accounts[account] != nil:
			continue
		case strings.HasPrefix(name, "arn:aws:sts::"):
			if s.Role(sessionRole(name)) == nil && !s.pathless(name) {
				return nil, invalidPrincipal(name)
			}
			continue
		}
		i, known := s.principal(name)
		if i == nil || !known {
			return nil, invalidPrincipal(name)
		}
		b.ids[name] = i.id
	}
	return b, nil
}

func invalidPrincipal(name string) error {
	return policy.Malformed(`Invalid principal in policy: "AWS":"` + name + `"`)
}

// sessionRole gives the role of arn:aws:sts::A:assumed-role/R/S, where the role has no path.
func sessionRole(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	path := strings.Split(parts[len(parts)-1], "/")
	if len(parts) != 6 || len(path) != 3 {
		return ""
	}
	return "arn:aws:iam::" + parts[4] + ":role/" + path[1]
}

// pathless says whether a session's role exists with a path, which a session's ARN leaves out.
func (s *Service) pathless(arn string) bool {
	role := sessionRole(arn)
	if role == "" {
		return false
	}
	a := s.accounts[strings.Split(role, ":")[4]]
	return a != nil && a.roles[role[strings.LastIndexByte(role, '/')+1:]] != nil
}

// Text gives the policy as it reads now.
func (s *Service) Text(b *Bound) string {
	text := b.text
	for _, arn := range wire.SortedKeys(b.ids) {
		if i, _ := s.principal(arn); i == nil || i.id != b.ids[arn] {
			text = strings.ReplaceAll(text, `"`+arn+`"`, `"`+b.ids[arn]+`"`)
		}
	}
	return text
}

// who describes a caller to a policy.
func (s *Service) who(c wire.Caller, b *Bound) policy.Who {
	w := policy.Who{Account: c.Account, Root: c.Root}
	if c.Service != "" && c.Role == "" {
		return policy.Who{Service: c.Service}
	}
	w.Is = func(arn string) bool {
		switch arn {
		case c.Role:
			return c.Role != "" && b.ids[arn] == c.RoleID
		case c.ARN:
			return b.ids[arn] == "" || b.ids[arn] == c.ID
		}
		return false
	}
	return w
}

// Known says whether other services take an ARN or account for a principal.
func (s *Service) Known(arn string) bool {
	account, isRoot := strings.CutPrefix(strings.TrimSuffix(arn, ":root"), "arn:aws:iam::")
	if isRoot && s.accounts[account] != nil || strings.HasPrefix(arn, "arn:aws:sts::") && s.pathless(arn) {
		return true
	}
	_, known := s.principal(arn)
	return known
}
