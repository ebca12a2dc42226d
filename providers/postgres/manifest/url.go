package manifest

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// URL is where a manifest is.
type URL struct{ Bucket, Key string }

// ParseURL reads s3://bucket/prefix/RUN/manifest.json.
func ParseURL(text string) (URL, error) {
	rest, ok := strings.CutPrefix(text, "s3://")
	bucket, key, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || bucket == "" || !strings.HasSuffix(key, "/"+stage.ManifestName) {
		return URL{},
			fmt.Errorf("%q is not the address of a manifest: write s3://BUCKET/PREFIX/RUN/%s, as "+
				"apply -only export prints it", text, stage.ManifestName)
	}
	return URL{bucket, key}, nil
}

// String returns the URL.
func (u URL) String() string { return "s3://" + u.Bucket + "/" + u.Key }

// run returns the ID of the run, if the URL is at the place of a refresh.
func (u URL) run(at stage.Place) (string, bool) {
	before, after, _ := strings.Cut(at.Prefix+stage.ManifestName, stage.RunKey)
	run, ok := strings.CutPrefix(u.Key, before)
	run, ok2 := strings.CutSuffix(run, after)
	return run, ok && ok2 && run != "" && !strings.Contains(run, "/")
}
