package kms

import "github.com/shoji-pg/shoji/internal/lab/cloud/wire"

// ofKey is what inputs name their key with.
type ofKey struct{ KeyId string }

func (in ofKey) key() string  { return in.KeyId }
func (in ofKey) asked() asked { return asked{} }

// onKey makes an operation on a key: find says what the caller must be allowed and in which state the key must be.
func onKey[In interface {
	key() string
	asked() asked
}](find func(*wire.Request, string, asked) (*key, error),
	do func(*wire.Request, *key, In) (any, error)) func(*wire.Request) (any, error) {
	return wire.On((*wire.Request).DecodeJSON,
		func(r *wire.Request, in In) (*key, error) { return find(r, in.key(), in.asked()) }, do)
}

type pageInput struct {
	Limit  int
	Marker string
}

type keyPage struct {
	ofKey
	pageInput
}

// paged gives a part of a list, by the list's name.
func paged[T any](name string, all []T, in pageInput) (any, error) {
	page, next, err := wire.Page(all, in.Marker, in.Limit, 50)
	if err != nil {
		return nil, wire.Errorf("InvalidMarkerException", "The marker is not valid")
	}
	out := map[string]any{name: page, "Truncated": next != ""}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}

type tag struct{ TagKey, TagValue string }

func fromTags(list []tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[t.TagKey] = t.TagValue
	}
	return m
}
