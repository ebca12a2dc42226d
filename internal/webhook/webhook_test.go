package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/secret"
)

// server answers with each status in turn, then with 200, and keeps what it was sent.
type server struct {
	*httptest.Server
	got []string
}

func serve(t *testing.T, answers ...func(http.ResponseWriter)) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.got = append(s.got, string(body))
		if n := len(s.got) - 1; n < len(answers) {
			answers[n](w)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "planted-answer")
	}
}

// send posts to a URL, and returns how long it waited between attempts.
func send(t *testing.T, to string) ([]time.Duration, error) {
	t.Helper()
	var waits []time.Duration
	s := &Sender{Timeout: 200 * time.Millisecond, Wait: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}}
	target, err := s.Check(secret.New(to))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Post(t.Context(), target, []byte(`{"a":1}`))
	if err != nil {
		host, _, _ := strings.Cut(strings.TrimPrefix(to, "http://"), "/")
		for _, hidden := range []string{"planted", host} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("the error has %q: %v", hidden, err)
			}
		}
	}
	return waits, err
}

func TestPostTriesAgain(t *testing.T) {
	later := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	muchLater := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	s := serve(t, later, status(500), muchLater)
	waits, err := send(t, s.URL+"/planted-path")
	if err != nil || len(s.got) != 4 || s.got[3] != `{"a":1}` {
		t.Fatalf("got %q, %v", s.got, err)
	}
	want := []time.Duration{7 * time.Second, 2 * time.Second, 30 * time.Second}
	for i := range want {
		if waits[i] != want[i] {
			t.Errorf("waited %v, want %v", waits, want)
		}
	}
}

func TestPostGivesUp(t *testing.T) {
	away := func(w http.ResponseWriter) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	for _, c := range []struct {
		name    string
		answers []func(http.ResponseWriter)
		calls   int
		want    string
	}{
		{"refused", []func(http.ResponseWriter){status(403)}, 1, "the server answered 403"},
		{"redirected", []func(http.ResponseWriter){away}, 1, "the server answered 307"},
		{"down", []func(http.ResponseWriter){status(500), status(502), status(503), status(504)}, 4,
			"the server answered 504, in 4 attempts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.answers...)
			if _, err := send(t, s.URL+"/planted-path"); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if len(s.got) != c.calls {
				t.Errorf("%d calls, want %d", len(s.got), c.calls)
			}
		})
	}
}

func TestPostSaysWhyItFailed(t *testing.T) {
	closed := serve(t)
	closed.Close()
	if _, err := send(t, closed.URL+"/planted-path"); err == nil ||
		err.Error() != "the connection was refused, in 4 attempts" {
		t.Errorf("of a closed port: %v", err)
	}
	release := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter) { <-release })
	defer close(release)
	s := &Sender{Timeout: 50 * time.Millisecond, Wait: func(context.Context, time.Duration) error {
		return errors.New("stop")
	}}
	target, err := s.Check(secret.New(slow.URL))
	if err != nil {
		t.Fatal(err)
	}
	_, again, err := s.attempt(t.Context(), &http.Client{Timeout: s.Timeout}, target, nil)
	if err == nil || err.Error() != "there was no answer within 50ms" || !again {
		t.Errorf("of a slow server: %v, %v", again, err)
	}
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	tls.Config.ErrorLog = nil
	if target, err = s.Check(secret.New(tls.URL)); err != nil {
		t.Fatal(err)
	}
	if _, _, err = s.attempt(t.Context(), &http.Client{}, target, nil); err == nil ||
		err.Error() != "the certificate of the server is not valid" {
		t.Errorf("of an unknown authority: %v", err)
	}
}

func TestCheck(t *testing.T) {
	s := &Sender{CheckHost: func(host string, port int) error {
		if host == "far.example" || port == 444 {
			return errors.New("planted")
		}
		return nil
	}}
	for text, want := range map[string]string{
		"https://hooks.example/planted":        "",
		"http://127.0.0.1:8080/planted":        "",
		"http://[::1]/planted":                 "",
		"http://localhost/planted":             "",
		"http://hooks.example/planted":         "it is an http:// URL",
		"ftp://hooks.example/planted":          "not an https:// URL",
		"planted":                              "not a URL",
		"https:///planted":                     "not a URL",
		"https://planted\x7f/":                 "not a URL",
		"https://far.example/planted":          "SHOJI_ALLOW_HOSTS",
		"https://hooks.example:444/planted":    "SHOJI_ALLOW_HOSTS",
		"http://127.0.0.1.nip.example/planted": "it is an http:// URL",
	} {
		_, err := s.Check(secret.New(text))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "planted")):
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
