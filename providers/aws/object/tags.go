// Package object is what the objects of all services have in common: the tags that say who owns them, and how a
// difference becomes a change of the plan and its steps. It makes no calls.
package object

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/shoji-pg/shoji/spec"
)

// The tags that say who owns an object. They are the only state outside of the spec.
const (
	ProjectTag  = "shoji:project"
	AddressTag  = "shoji:address"
	OnRemoveTag = "shoji:on_remove"
	// WindowTag is the deletion window of a key, for when its block is gone.
	WindowTag = "shoji:deletion_window"
)

// Tags are the tags of an object.
type Tags map[string]string

// TagsOf returns the tags that an object of the spec must have: the account's, its own, and the marks.
func TagsOf(project string, o *spec.AWSObject) Tags {
	tags := Tags{}
	if o.In != nil {
		maps.Copy(tags, o.In.Tags)
	}
	maps.Copy(tags, o.Tags)
	tags[ProjectTag], tags[AddressTag], tags[OnRemoveTag] = TagValue(project), TagValue(o.Address()), o.OnRemove
	return tags
}

// TagValue returns text as the value of a tag. Tags cannot hold the brackets and quotation marks of addresses.
func TagValue(s string) string {
	out := []rune(s)
	for i, r := range out {
		switch r {
		case '[', ']', '"', '\\', '\'', '{', '}', '(', ')', '*', '?', '!', '#', '$', '%', '&', ',', ';', '<', '>', '^',
			'`', '|', '~':
			out[i] = '/'
		}
	}
	if len(out) > 256 {
		out = out[:256]
	}
	return string(out)
}

// Missing returns the tags of want that t lacks or has with another value.
func (t Tags) Missing(want Tags) Tags {
	out := Tags{}
	for k, v := range want {
		if old, ok := t[k]; !ok || old != v {
			out[k] = v
		}
	}
	return out
}

// Merge returns both; those of more win.
func (t Tags) Merge(more Tags) Tags {
	out := maps.Clone(t)
	if out == nil {
		out = Tags{}
	}
	maps.Copy(out, more)
	return out
}

// Names returns the keys in order.
func (t Tags) Names() []string { return slices.Sorted(maps.Keys(t)) }

// List returns tags as a service's own list, in order.
func List[T any](tags Tags, one func(k, v string) T) []T {
	var out []T
	for _, k := range tags.Names() {
		out = append(out, one(k, tags[k]))
	}
	return out
}

// FromList returns a service's own list as tags.
func FromList[T any](list []T, one func(T) (k, v *string)) Tags {
	tags := Tags{}
	for _, t := range list {
		k, v := one(t)
		tags[aws.ToString(k)] = aws.ToString(v)
	}
	return tags
}

// OwnedBy reports whether the tags carry the mark of a project.
func (t Tags) OwnedBy(project string) bool { return t[ProjectTag] == TagValue(project) }
