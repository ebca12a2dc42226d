package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// unchunk takes a body out of aws-chunked: lines of "hex size;chunk-signature=…", data, and after the last
// (empty) chunk trailers, which are added to the headers. The signatures of single chunks are not checked.
func unchunk(body []byte, header http.Header) ([]byte, error) {
	malformed := Errorf("IncompleteBody", "The request body terminated unexpectedly")
	var out []byte
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		if !ok {
			return nil, malformed
		}
		hexSize, _, _ := strings.Cut(string(line), ";")
		size, err := strconv.ParseInt(hexSize, 16, 64)
		if err != nil || size < 0 || int64(len(rest)) < size {
			return nil, malformed
		}
		if size == 0 {
			for trailer := range strings.SplitSeq(string(rest), "\r\n") {
				if name, value, ok := strings.Cut(trailer, ":"); ok {
					header.Set(name, strings.TrimSpace(value))
				}
			}
			return out, nil
		}
		out = append(out, rest[:size]...)
		body = bytes.TrimPrefix(rest[size:], []byte("\r\n"))
	}
}
