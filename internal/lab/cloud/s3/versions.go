package s3

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// versioning is "Enabled", "Suspended", or "" where it was never on.
func (b *bucket) versioning() string {
	var in struct{ Status string }
	_ = xml.Unmarshal(b.settings["versioning"], &in)
	if in.Status == "" && b.locks() {
		return "Enabled"
	}
	return in.Status
}

// retention is how long the lock of a bucket keeps each version.
func (b *bucket) retention() time.Duration {
	var in struct {
		Rule struct{ DefaultRetention struct{ Days, Years int } }
	}
	_ = xml.Unmarshal(b.settings["object-lock"], &in)
	return time.Duration(in.Rule.DefaultRetention.Days+365*in.Rule.DefaultRetention.Years) * 24 * time.Hour
}

func (b *bucket) locks() bool { return b.settings["object-lock"] != nil }

// store makes an object the current one of its key.
func (b *bucket) store(key string, o *object) {
	if b.retention() > 0 {
		o.until = o.modified.Add(b.retention())
	}
	b.keep(key, o)
	b.objects[key] = o
}

// keep puts a version before those that a key has, where versions are kept.
func (b *bucket) keep(key string, o *object) {
	o.version = "null"
	if b.versioning() == "" {
		return
	}
	if current := b.objects[key]; current != nil && len(b.history[key]) == 0 { // it is older than the versioning
		b.history[key] = []*object{current}
	}
	if b.versioning() == "Enabled" {
		o.version = wire.RandomHex(16)
	} else {
		b.history[key] = slices.DeleteFunc(b.history[key], func(x *object) bool { return x.version == "null" })
	}
	b.history[key] = append([]*object{o}, b.history[key]...)
}

// remove takes the current object of a key away. Where versions are kept, it stays behind a marker, which is given.
func (b *bucket) remove(key string, now time.Time) (marker *object) {
	if b.versioning() != "" {
		marker = &object{marker: true, modified: now}
		b.keep(key, marker)
	}
	delete(b.objects, key)
	return marker
}

// removeVersion takes one version away for good.
func (b *bucket) removeVersion(key, id string, now time.Time) (*object, error) {
	list := b.history[key]
	if len(list) == 0 && b.objects[key] != nil {
		list = []*object{b.objects[key]}
	}
	i := slices.IndexFunc(list, func(o *object) bool { return o.version == id })
	if i < 0 {
		return nil, nil
	}
	gone := list[i]
	if now.Before(gone.until) {
		return nil, &wire.Error{
			Code:    wire.AccessDenied,
			Status:  403,
			Message: "Access Denied because object protected by object lock.",
		}
	}
	list = slices.Delete(list, i, i+1)
	delete(b.objects, key)
	delete(b.history, key)
	if len(list) > 0 {
		b.history[key] = list
		if !list[0].marker {
			b.objects[key] = list[0]
		}
	}
	return gone, nil
}

// kept lists the versions of a key, the newest first.
func (b *bucket) kept(key string) []*object {
	if list := b.history[key]; len(list) > 0 {
		return list
	}
	return []*object{b.objects[key]}
}

// keys are those of all versions, sorted.
func (b *bucket) keys() []string {
	keys := append(wire.SortedKeys(b.objects), wire.SortedKeys(b.history)...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

type versionShape struct {
	XMLName                      xml.Name
	Key, VersionId, LastModified string
	IsLatest                     bool
	ETag                         string `xml:",omitempty"`
	Size                         int    `xml:",omitempty"`
}

// listVersions lists every version of every object: without versioning each has one, named null.
func (s *Service) listVersions(r *wire.Request) (any, error) {
	q := r.HTTP.URL.Query()
	b, err := s.reach(r, "ListBucketVersions", map[string]string{"s3:prefix": q.Get("prefix")})
	if err != nil {
		return nil, err
	}
	size := 1000
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n > 0 {
		size = min(n, size)
	}
	out := struct {
		XMLName                           xml.Name `xml:"ListVersionsResult"`
		Name, Prefix, NextKeyMarker       string
		NextVersionIdMarker, EncodingType string `xml:",omitempty"`
		MaxKeys                           int
		IsTruncated                       bool
		All                               []versionShape
	}{Name: b.name, Prefix: q.Get("prefix"), MaxKeys: size}
	after, version := q.Get("key-marker"), q.Get("version-id-marker")
	for _, key := range b.keys() {
		if key < after || key == after && version == "" || !strings.HasPrefix(key, q.Get("prefix")) {
			continue
		}
		skip := key == after
		for i, o := range b.kept(key) {
			if skip {
				skip = o.version != version
				continue
			}
			if len(out.All) == size {
				last := out.All[size-1]
				out.IsTruncated, out.NextKeyMarker, out.NextVersionIdMarker = true, last.Key, last.VersionId
				return document(out), nil
			}
			one := versionShape{
				xml.Name{Local: "Version"},
				key,
				o.version,
				o.modified.UTC().Format(time.RFC3339),
				i == 0,
				o.etag,
				len(o.body),
			}
			if o.marker {
				one.XMLName.Local = "DeleteMarker"
			}
			out.All = append(out.All, one)
		}
	}
	return document(out), nil
}
