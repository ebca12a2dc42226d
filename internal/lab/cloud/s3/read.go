package s3

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// answer gives an object, whole or a range.
func (o *object) answer(r *wire.Request) (*wire.Response, error) {
	response := empty(http.StatusOK)
	for k, v := range o.header {
		response.Header[k] = v
	}
	o.describe(response.Header,
		r.HTTP.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" && r.HTTP.Header.Get("Range") == "")
	response.Header.Set("Last-Modified", o.modified.UTC().Format(http.TimeFormat))
	response.Header.Set("Accept-Ranges", "bytes")
	body := o.body
	if text := r.HTTP.Header.Get("Range"); text != "" {
		from, to, err := span(text, len(body))
		if err != nil {
			return nil, err
		}
		response.Status = http.StatusPartialContent
		response.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(body)))
		body = body[from:to]
	}
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	response.Body = body
	return response, nil
}

// span reads bytes=a-b, bytes=a- and bytes=-n. Nothing of an object without bytes can be asked for.
func span(text string, size int) (from, to int, err error) {
	invalid := &wire.Error{
		Code:    "InvalidRange",
		Message: "The requested range is not satisfiable",
		Status:  http.StatusRequestedRangeNotSatisfiable,
	}
	first, last, ok := strings.Cut(strings.TrimPrefix(text, "bytes="), "-")
	if !ok {
		return 0, 0, invalid
	}
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(last)
	switch {
	case first == "" && errB == nil:
		from, to = max(0, size-b), size
	case errA == nil && last == "":
		from, to = a, size
	case errA == nil && errB == nil:
		from, to = a, min(b+1, size)
	default:
		return 0, 0, invalid
	}
	if from >= size || from >= to {
		return 0, 0, invalid
	}
	return from, to, nil
}

type listed struct {
	Key, LastModified, ETag string
	Size                    int
	StorageClass            string
}

type prefixed struct{ Prefix string }

func (s *Service) listObjects(r *wire.Request) (any, error) {
	q := r.HTTP.URL.Query()
	b, err := s.reach(r, "ListBucket", map[string]string{
		"s3:prefix":    q.Get("prefix"),
		"s3:delimiter": q.Get("delimiter"),
		"s3:max-keys":  q.Get("max-keys"),
	})
	if err != nil {
		return nil, err
	}
	size := 1000
	if text := q.Get("max-keys"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 0 {
			return nil, wire.Errorf("InvalidArgument", "Provided max-keys not an integer or within integer range")
		}
		size = min(size, 1000)
	}
	name := func(text string) string {
		if q.Get("encoding-type") == "url" {
			return url.QueryEscape(text)
		}
		return text
	}
	out := struct {
		XMLName                       xml.Name `xml:"ListBucketResult"`
		Name, Prefix, Delimiter       string
		MaxKeys, KeyCount             int
		IsTruncated                   bool
		EncodingType                  string `xml:",omitempty"`
		NextContinuationToken         string `xml:",omitempty"`
		ContinuationToken, StartAfter string `xml:",omitempty"`
		Contents                      []listed
		CommonPrefixes                []prefixed
	}{
		Name:              b.name,
		Prefix:            name(q.Get("prefix")),
		Delimiter:         name(q.Get("delimiter")),
		MaxKeys:           size,
		EncodingType:      q.Get("encoding-type"),
		ContinuationToken: q.Get("continuation-token"),
		StartAfter:        name(q.Get("start-after")),
	}
	after, group := max(q.Get("start-after"), q.Get("continuation-token")), ""
	for _, key := range wire.SortedKeys(b.objects) {
		rest, ok := strings.CutPrefix(key, q.Get("prefix"))
		if !ok || key <= after || group != "" && strings.HasPrefix(key, group) {
			continue
		}
		if d := q.Get("delimiter"); d != "" && strings.HasSuffix(after, d) && strings.HasPrefix(key, after) {
			continue // the page before ended with this common prefix
		}
		if out.KeyCount == size {
			out.IsTruncated = size > 0
			break
		}
		out.KeyCount++
		if i := strings.Index(rest, q.Get("delimiter")); q.Get("delimiter") != "" && i >= 0 {
			group = q.Get("prefix") + rest[:i+len(q.Get("delimiter"))]
			out.CommonPrefixes, out.NextContinuationToken = append(out.CommonPrefixes, prefixed{name(group)}), group
			continue
		}
		o := b.objects[key]
		out.Contents = append(out.Contents, listed{
			name(key), o.modified.UTC().Format(time.RFC3339), o.etag, len(o.body), "STANDARD",
		})
		out.NextContinuationToken = key
	}
	if !out.IsTruncated {
		out.NextContinuationToken = ""
	}
	return document(out), nil
}
