package spec

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
)

// MinKeyBytes is the length of the shortest key that keyed masks accept.
const MinKeyBytes = 16

// Secret names where a secret value is read from at run time. Exactly one source is set.
type Secret struct {
	Name    string
	EachKey string
	Env     string // name of an environment variable
	File    string // path, relative to the project; one final newline is cut off
	Range   diag.Range
	At      struct{ Env, File Argument }
}

// Address returns secret.NAME, with ["key"] under for_each.
func (s *Secret) Address() string { return Address("secret", s.Name, s.EachKey) }

// ReadSecret reads a secret now. The error is a Diagnostic at the secret's block; it never holds the value.
// Safe for concurrent use.
func (p *Project) ReadSecret(s *Secret) (secret.Value, error) {
	if s.Env != "" {
		if err := p.Runner.CheckVariable(s.Env); err != nil {
			return secret.Value{}, p.outOfReach(s, err)
		}
		v, ok := p.LookupEnv(s.Env)
		if !ok || strings.TrimSpace(v) == "" {
			state := "not set"
			if ok {
				state = "empty"
			}
			return secret.Value{}, p.secretError(s,
				fmt.Sprintf("%s is read from the environment variable %s, which is %s.", s.Address(), s.Env, state))
		}
		return secret.New(v), nil
	}
	if err := p.Runner.CheckFile(s.File); err != nil {
		return secret.Value{}, p.outOfReach(s, err)
	}
	raw, err := p.Runner.ReadFile(s.File)
	if err != nil {
		return secret.Value{}, p.secretError(s,
			fmt.Sprintf("%s is read from the file %s: %s.", s.Address(), s.File, err))
	}
	v := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	if strings.TrimSpace(v) == "" {
		return secret.Value{}, p.secretError(s, fmt.Sprintf("%s is read from %s, which is empty.", s.Address(), s.File))
	}
	return secret.New(v), nil
}

// Reaches reports whether the spec may read a secret at all.
func (p *Project) Reaches(s *Secret) bool {
	if s.File != "" {
		return p.Runner.CheckFile(s.File) == nil
	}
	return p.Runner.CheckVariable(s.Env) == nil
}

// ReadKey reads the key of a refresh's keyed masks and refuses one that is too short to be a key. The zero
// Value without an error means that the refresh has none.
func (p *Project) ReadKey(r *Refresh) (secret.Value, error) {
	if r.Key == nil {
		return secret.Value{}, nil
	}
	v, err := p.ReadSecret(r.Key)
	if err != nil {
		return secret.Value{}, err
	}
	if v.Len() < MinKeyBytes {
		return secret.Value{}, p.secretErrorf(r.Key, "The key is too short",
			"%s is the key of %s and has %d bytes. Use at least %d, from a random generator: openssl rand -hex 32.",
			r.Key.Address(), r.Address(), v.Len(), MinKeyBytes)
	}
	return v, nil
}

func (p *Project) secretError(s *Secret, detail string) error {
	return p.secretErrorf(s, "A secret has no value", "%s", detail)
}

func (p *Project) secretErrorf(s *Secret, summary, format string, args ...any) error {
	at := s.Range
	return diag.Diagnostic{
		Severity: diag.Error,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Address:  s.Address(),
		Range:    &at,
		Snippet:  p.Snippet(&at),
	}
}
