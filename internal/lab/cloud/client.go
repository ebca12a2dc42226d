package cloud

import (
	"io"
	"net/http"
)

// HTTPClient is for clients of aws-sdk-go-v2 that talk to a server as near as this one. The SDK (smithy-go 1.28) closes a request's body when the
// answer begins, and a closed body of its kind ends io.WriterTo with io.EOF, which net/http takes for a failed write: it drops the connection
// below a long answer. That needs an answer faster than net/http's last look at the body, which only a server on the same machine gives.
func HTTPClient() *http.Client {
	return &http.Client{
		Transport:     plainBodies{http.DefaultTransport.(*http.Transport).Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// plainBodies hides that a body can write itself, which leaves Read: that one says io.EOF as it should.
type plainBodies struct{ http.RoundTripper }

func (p plainBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.RoundTripper.RoundTrip(r)
}
