package session

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// Key returns the subkey that the source of a refresh is told: derived from the secret and the project's name, so that
// the secret itself never leaves this process and one key gives other values in another project. A directory can be
// renamed, and values must not change with it: where a project has no name, the source stands in for it.
func (s *Sessions) Key(ctx context.Context, r *spec.Refresh) (secret.Value, error) {
	v, err := s.project.ReadKey(r)
	if err != nil || r.Key == nil {
		return secret.Value{}, err
	}
	if s.project.Named {
		return v.Derive("shoji mask key v1 " + s.project.Name), nil
	}
	source, err := s.Connector(r.From).Identity(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	return v.Derive("shoji mask key v2 " + source), nil
}

// RecordKey returns what the records of a refresh are sealed with: the key of the masks. The half that imports may have
// none.
func (s *Sessions) RecordKey(r *spec.Refresh) (secret.Value, error) {
	key, err := s.project.ReadKey(r)
	if err != nil && s.options.Only == engine.OnlyImport {
		return secret.Value{}, nil
	}
	return key, err
}
