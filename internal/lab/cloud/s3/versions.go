package s3

import (
	"encoding/xml"
	"strconv"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// listVersions lists the objects: without versioning each is its only version, named null.
func (s *Service) listVersions(r *wire.Request) (any, error) {
	b, err := s.reach(r, "ListBucketVersions", nil)
	if err != nil {
		return nil, err
	}
	q := r.HTTP.URL.Query()
	size := 1000
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n > 0 {
		size = min(n, size)
	}
	type version struct {
		Key, VersionId, LastModified, ETag string
		IsLatest                           bool
		Size                               int
	}
	out := struct {
		XMLName                           xml.Name `xml:"ListVersionsResult"`
		Name, NextKeyMarker               string
		NextVersionIdMarker, EncodingType string `xml:",omitempty"`
		MaxKeys                           int
		IsTruncated                       bool
		Version                           []version
	}{Name: b.name, MaxKeys: size}
	for _, key := range wire.SortedKeys(b.objects) {
		if key <= q.Get("key-marker") {
			continue
		}
		if len(out.Version) == size {
			out.IsTruncated, out.NextKeyMarker, out.NextVersionIdMarker = true, out.Version[size-1].Key, "null"
			break
		}
		o := b.objects[key]
		out.Version = append(out.Version, version{key, "null", o.modified.UTC().Format(time.RFC3339), o.etag, true, len(o.body)})
	}
	return document(out), nil
}
