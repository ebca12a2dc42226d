package iam

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

func on[In, Found any](find func(*wire.Request, In) (Found, error),
	do func(*wire.Request, Found, In) (any, error)) func(*wire.Request) (any, error) {
	return wire.On((*wire.Request).Decode, find, do)
}

func onRole[In interface {
	role() string
	context() map[string]string
}](s *Service, do func(*wire.Request, *role, In) (any, error)) func(*wire.Request) (any, error) {
	return on(func(r *wire.Request, in In) (*role, error) { return s.roleFor(r, in.role(), in.context()) }, do)
}

func onPolicy[In interface{ policy() string }](s *Service,
	do func(*wire.Request, *managed, In) (any, error)) func(*wire.Request) (any, error) {
	return on(func(r *wire.Request, in In) (*managed, error) { return s.policyFor(r, in.policy()) }, do)
}

// roleName and policyARN are what inputs name their role or policy with.
type (
	roleName  struct{ RoleName string }
	policyARN struct{ PolicyArn string }
)

func (in roleName) role() string               { return in.RoleName }
func (in roleName) context() map[string]string { return nil }
func (in policyARN) policy() string            { return in.PolicyArn }

type pageInput struct {
	Marker   string
	MaxItems int
}

// page is a part of a list on the wire, below the list's own name.
type page[T any] struct {
	Items struct {
		XMLName xml.Name
		Members []T `xml:"member"`
	}
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

func paged[T any](name string, all []T, in pageInput) (any, error) {
	part, next, err := wire.Page(all, in.Marker, in.MaxItems, 100)
	if err != nil {
		return nil, wire.Errorf("ValidationError", "Invalid Marker.")
	}
	out := page[T]{IsTruncated: next != "", Marker: next}
	out.Items.XMLName.Local, out.Items.Members = name, part
	return out, nil
}

func addTags(have map[string]string, add []wire.Tag) (any, error) {
	for _, t := range add {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, wire.Errorf("InvalidInput", "Tag keys cannot start with aws:")
		}
		have[t.Key] = t.Value
	}
	if len(have) > 50 {
		return nil, &wire.Error{
			Code:    "LimitExceeded",
			Message: "The number of tags has reached the maximum limit.",
			Status:  409,
		}
	}
	return nil, nil
}

func removeTags(have map[string]string, keys []string) (any, error) {
	maps.DeleteFunc(have, func(k, _ string) bool { return slices.Contains(keys, k) })
	return nil, nil
}
