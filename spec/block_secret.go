package spec

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
)

// MinKeyBytes is the shortest key that keyed masks take.
const MinKeyBytes = 16

// Address is secret.NAME, with ["key"] under for_each.
func (s *Secret) Address() string { return address("secret", s.Name, s.EachKey) }

func (l *loader) readSecrets() {
	l.secrets = l.declareAll("secret", func(in *instance) cty.Value {
		s := &Secret{
			Name:    in.block.Labels[0],
			EachKey: in.key,
			Env:     in.str("env"),
			File:    in.str("file"),
			Range:   rangeOf(in.block.DefRange()),
		}
		if in.has("env") == in.has("file") {
			l.errorf(in.block.DefRange(), "A secret has one source",
				"Give %s either env = \"NAME\" or file = \"PATH\".", s.Address())
		}
		l.project.Secrets = append(l.project.Secrets, s)
		return cty.CapsuleVal(secretType, s)
	})
}

// ReadSecret reads a secret now. The error is a Diagnostic at the secret's block; it never holds the value.
// Safe for concurrent use.
func (p *Project) ReadSecret(s *Secret) (secret.Value, error) {
	if s.Env != "" {
		if err := p.runner.CheckVariable(s.Env); err != nil {
			return secret.Value{}, p.outOfReach(s, err)
		}
		v, ok := p.lookupEnv(s.Env)
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
	if err := p.runner.CheckFile(s.File); err != nil {
		return secret.Value{}, p.outOfReach(s, err)
	}
	raw, err := p.runner.ReadFile(s.File)
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
		return p.runner.CheckFile(s.File) == nil
	}
	return p.runner.CheckVariable(s.Env) == nil
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
