// Package stage moves rows through a bucket: each table becomes objects there, written by the server (aws_s3) or by the
// client (COPY here, compressed, in parts), and comes out of them again, by the server or by the client. What is staged
// is what the masked SELECT gives: no raw value is ever in the bucket.
package stage

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// Objects is the bucket, as package providers/aws/staging has it. Its methods may be called from several goroutines;
// their errors hold no credentials.
type Objects interface {
	// Put writes one object from r, whole or not at all, and gives what Head will give of it.
	Put(ctx context.Context, key string, r io.Reader, encoding string) (bytes int64, etag string, err error)
	// Get reads an object; with an etag it fails where the object is another one by now.
	Get(ctx context.Context, key, etag string) (io.ReadCloser, error)
	// Head looks at an object; written is when, by the bucket's clock.
	Head(ctx context.Context, key string) (bytes int64, etag string, written time.Time, found bool, err error)
	// List returns the keys below a prefix, no more than limit.
	List(ctx context.Context, prefix string, limit int) ([]string, error)
	// Delete removes objects; one that is not there is no error.
	Delete(ctx context.Context, keys []string) error
	// Abandon ends uploads below a prefix that did not complete.
	Abandon(ctx context.Context, prefix string) error
	// Key is the ARN of the key that objects are encrypted with, "" where the bucket decides; there is false where it
	// is not made yet.
	Key(ctx context.Context) (arn string, there bool, err error)
	// NewKey makes a key under the bucket's for a purpose, with its packed form, and OpenKey makes it of that again; it
	// is not genuine where it was made for another purpose or under another key.
	NewKey(ctx context.Context, purpose map[string]string) (key secret.Value, packed []byte, err error)
	OpenKey(ctx context.Context, purpose map[string]string, packed []byte) (key secret.Value, genuine bool, err error)
}

// Place is where a run stages its objects. It is the same for all runs of a refresh but for RunKey, in whose place
// stands the run's ID.
type Place struct {
	Bucket string `json:"bucket"`
	Region string `json:"region"`
	// Prefix ends in "/RUN/".
	Prefix string `json:"prefix"`
	// Key is the ARN of the key that objects are encrypted with. While KeyPending is set, the plan makes the key, and
	// Key is words that stand for it.
	Key        string `json:"kms_key,omitempty"`
	KeyPending bool   `json:"kms_key_pending,omitempty"`
}

// RunKey stands in the statements of a plan for the ID of the run, which is not known yet.
const RunKey = "(known after apply)"

// PlaceOf returns where a refresh stages, for any run. The key of its objects is left to be filled in.
func PlaceOf(p *spec.Project, r *spec.Refresh) Place {
	return Place{
		Bucket: r.Via.Name,
		Region: r.Via.In.Region,
		Prefix: r.Via.Prefix + Encode(p.Name) + "/" + Encode(strings.TrimPrefix(r.Address(), "refresh.")) + "/" +
			RunKey + "/",
	}
}

// Covers reports whether at, of a plan or a journal, is the place that a refresh with the place p stages in: that of
// the run to come, or, where imported is set, that of any other run.
func (p Place) Covers(at Place, imported bool) bool {
	run, ok := strings.CutPrefix(at.Prefix, strings.TrimSuffix(p.Prefix, RunKey+"/"))
	other := imported && strings.Count(run, "/") == 1 && strings.HasSuffix(run, "/")
	return ok && at.Bucket == p.Bucket && (run == RunKey+"/" || other)
}

// Of returns the place of one run.
func (p Place) Of(run string) Place {
	p.Prefix = strings.ReplaceAll(p.Prefix, RunKey, run)
	return p
}

// URL names an object as AWS's own tools do.
func (p Place) URL(name string) string { return "s3://" + p.Bucket + "/" + p.Prefix + name }

// Encode makes any name a part of a key that needs no escaping anywhere, in SQL and URLs neither, and that has no dot
// or slash: other bytes than letters, digits and _ become - and two hexadecimal digits. Two names never become one.
func Encode(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '_', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "-%02x", c)
		}
	}
	return b.String()
}
