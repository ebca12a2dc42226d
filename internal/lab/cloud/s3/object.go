package s3

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type object struct {
	body      []byte
	etag      string // with its quotes
	modified  time.Time
	header    http.Header // what the client gave to keep: type, encoding, metadata
	sse       encryption
	checksums map[string]string // by algorithm in lower case
	composite bool              // the checksum is one of the parts' checksums
	version   string            // "null" where the bucket kept none
	marker    bool              // it says that the object was removed
	until     time.Time         // a lock keeps it
}

// kept are the headers that an object keeps, beside metadata.
var kept = []string{
	"Content-Type", "Content-Encoding", "Content-Disposition", "Content-Language", "Cache-Control", "Expires",
	"X-Amz-Storage-Class",
}

func keep(from http.Header) http.Header {
	h := http.Header{}
	for _, k := range kept {
		if v := from.Get(k); v != "" {
			h.Set(k, v)
		}
	}
	if encoding := strings.Trim(strings.ReplaceAll(h.Get("Content-Encoding"), "aws-chunked", ""),
		", "); encoding == "" {
		h.Del("Content-Encoding")
	} else {
		h.Set("Content-Encoding", encoding)
	}
	for k, v := range from {
		if strings.HasPrefix(k, "X-Amz-Meta-") {
			h[k] = v
		}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "binary/octet-stream")
	}
	return h
}

// etag is the MD5 of a body in the clear; what KMS encrypts has one that says nothing.
func etag(body []byte, sse encryption) string {
	if sse.key != "" {
		return `"` + wire.RandomHex(16) + `"`
	}
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (s *Service) putObject(r *wire.Request) (any, error) {
	_, key := place(r)
	b, err := s.reach(r, "PutObject", sseContext(r.HTTP.Header))
	if err != nil {
		return nil, err
	}
	if err := writable(b, key, r.HTTP.Header); err != nil {
		return nil, err
	}
	if err := intact(r); err != nil {
		return nil, err
	}
	sums, err := checksums(r.HTTP.Header, r.Body)
	if err != nil {
		return nil, err
	}
	sse, err := s.encryptionFor(r, b, key)
	if err != nil {
		return nil, err
	}
	o := &object{
		body:      r.Body,
		etag:      etag(r.Body, sse),
		modified:  s.clock.Now(),
		header:    keep(r.HTTP.Header),
		sse:       sse,
		checksums: sums,
	}
	b.store(key, o)
	response := empty(http.StatusOK)
	o.describe(response.Header, true)
	return response, nil
}

// intact checks a body against Content-MD5.
func intact(r *wire.Request) error {
	want := r.HTTP.Header.Get("Content-Md5")
	if want == "" {
		return nil
	}
	if sum := md5.Sum(r.Body); base64.StdEncoding.EncodeToString(sum[:]) != want {
		return wire.Errorf("BadDigest", "The Content-MD5 you specified did not match what we received.")
	}
	return nil
}

// writable checks the conditions of a write.
func writable(b *bucket, key string, h http.Header) error {
	have, match := b.objects[key], h.Get("If-Match")
	switch {
	case h.Get("If-None-Match") == "*" && have != nil, match != "" && have != nil && !same(match, have.etag):
		return &wire.Error{
			Code:    "PreconditionFailed",
			Message: "At least one of the pre-conditions you specified did not hold",
			Status:  http.StatusPreconditionFailed,
		}
	case match != "" && have == nil:
		return noSuchKey()
	}
	return nil
}

func same(a, b string) bool { return a == "*" || strings.Trim(a, `"`) == strings.Trim(b, `"`) }

func noSuchKey() error { return wire.NotFoundf("NoSuchKey", "The specified key does not exist.") }

// describe writes an object's own headers.
func (o *object) describe(h http.Header, withChecksum bool) {
	h.Set("Etag", o.etag)
	o.sse.describe(h)
	if !withChecksum {
		return
	}
	for name, value := range o.checksums {
		h.Set("X-Amz-Checksum-"+name, value)
		h.Set("X-Amz-Checksum-Type", map[bool]string{false: "FULL_OBJECT", true: "COMPOSITE"}[o.composite])
	}
}

// getObject is HeadObject too.
func (s *Service) getObject(r *wire.Request) (any, error) {
	_, key := place(r)
	b, err := s.reach(r, "GetObject", nil)
	if err != nil {
		return nil, err
	}
	o := b.objects[key]
	if o == nil {
		// Whoever may not list does not learn what is missing.
		if err := s.may(r.Caller, b, "", "ListBucket", map[string]string{"s3:prefix": key}); err != nil {
			return nil, err
		}
		return nil, noSuchKey()
	}
	h := r.HTTP.Header
	if match := h.Get("If-Match"); match != "" && !same(match, o.etag) {
		return nil, &wire.Error{
			Code:    "PreconditionFailed",
			Message: "At least one of the pre-conditions you specified did not hold",
			Status:  http.StatusPreconditionFailed,
		}
	}
	if match := h.Get("If-None-Match"); match != "" && same(match, o.etag) {
		return empty(http.StatusNotModified), nil
	}
	if err := s.readable(r, b, key, o); err != nil {
		return nil, err
	}
	return o.answer(r)
}

func (s *Service) deleteObject(r *wire.Request) (any, error) {
	_, key := place(r)
	b, err := s.reach(r, "DeleteObject", nil)
	if err != nil {
		return nil, err
	}
	if match := r.HTTP.Header.Get("If-Match"); match != "" {
		if err := writable(b, key, r.HTTP.Header); err != nil {
			return nil, err
		}
	}
	response := empty(http.StatusNoContent)
	if m := b.remove(key, s.clock.Now()); m != nil {
		response.Header.Set("X-Amz-Delete-Marker", "true")
		response.Header.Set("X-Amz-Version-Id", m.version)
	}
	return response, nil
}

type deleted struct {
	Key                   string
	VersionId             string `xml:",omitempty"`
	DeleteMarker          bool   `xml:",omitempty"`
	DeleteMarkerVersionId string `xml:",omitempty"`
}

type deleteError struct{ Key, Code, Message string }

func (s *Service) deleteObjects(r *wire.Request) (any, error) {
	name, _ := place(r)
	var in struct {
		Quiet  bool
		Object []struct{ Key, VersionId string }
	}
	if err := xml.Unmarshal(r.Body, &in); err != nil || len(in.Object) == 0 || len(in.Object) > 1000 {
		return nil, wire.Errorf("MalformedXML",
			"The XML you provided was not well-formed or did not validate against our published schema")
	}
	if err := intact(r); err != nil {
		return nil, err
	}
	b := s.buckets[name]
	if b == nil {
		return nil, wire.NotFoundf("NoSuchBucket", "The specified bucket does not exist")
	}
	if err := b.here(r.Region); err != nil {
		return nil, err
	}
	out := struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Deleted []deleted
		Error   []deleteError
	}{}
	for _, o := range in.Object {
		done, err := s.deleteOne(r, b, o.Key, o.VersionId)
		switch {
		case err != nil:
			out.Error = append(out.Error, deleteError{o.Key, wire.AccessDenied, err.Error()})
		case !in.Quiet:
			out.Deleted = append(out.Deleted, done)
		}
	}
	return document(out), nil
}

// deleteOne removes the object of a key, or one version of it.
func (s *Service) deleteOne(r *wire.Request, b *bucket, key, version string) (deleted, error) {
	out := deleted{Key: key, VersionId: version}
	if version == "" {
		if err := s.may(r.Caller, b, key, "DeleteObject", nil); err != nil {
			return out, err
		}
		if m := b.remove(key, s.clock.Now()); m != nil {
			out.DeleteMarker, out.DeleteMarkerVersionId = true, m.version
		}
		return out, nil
	}
	if err := s.may(r.Caller, b, key, "DeleteObjectVersion", nil); err != nil {
		return out, err
	}
	gone, err := b.removeVersion(key, version, s.clock.Now())
	if gone != nil && gone.marker {
		out.DeleteMarker, out.DeleteMarkerVersionId = true, version
	}
	return out, err
}

func (s *Service) copyObject(r *wire.Request) (any, error) {
	path, err := url.PathUnescape(r.HTTP.Header.Get("X-Amz-Copy-Source"))
	if err != nil {
		return nil, wire.Errorf("InvalidArgument",
			"Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	}
	fromName, fromKey, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	from, err := s.reachAt(r, fromName, fromKey, "GetObject", nil)
	if err != nil {
		return nil, err
	}
	o := from.objects[fromKey]
	if o == nil {
		return nil, noSuchKey()
	}
	if err := s.readable(r, from, fromKey, o); err != nil {
		return nil, err
	}
	_, key := place(r)
	to, err := s.reach(r, "PutObject", sseContext(r.HTTP.Header))
	if err != nil {
		return nil, err
	}
	if err := writable(to, key, r.HTTP.Header); err != nil {
		return nil, err
	}
	sse, err := s.encryptionFor(r, to, key)
	if err != nil {
		return nil, err
	}
	header := o.header
	if r.HTTP.Header.Get("X-Amz-Metadata-Directive") == "REPLACE" {
		header = keep(r.HTTP.Header)
	}
	made := &object{
		body:      o.body,
		etag:      etag(o.body, sse),
		modified:  s.clock.Now(),
		header:    header,
		sse:       sse,
		checksums: o.checksums,
		composite: o.composite,
	}
	to.store(key, made)
	response := document(struct {
		XMLName      xml.Name `xml:"CopyObjectResult"`
		ETag         string
		LastModified string
	}{ETag: made.etag, LastModified: made.modified.UTC().Format(time.RFC3339)})
	made.sse.describe(response.Header)
	return response, nil
}
