// Package webhook sends messages to webhooks. The URL of a webhook is a secret: nothing of it is in an error, and no
// answer of the server, which may repeat what it was sent.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/shoji-pg/shoji/internal/secret"
)

// Sender sends messages.
type Sender struct {
	// Timeout is how long an attempt may take.
	Timeout time.Duration
	// CheckHost returns why a host may not be reached; nil where every host may.
	CheckHost func(host string, port int) error
	// Wait waits between two attempts; nil: for that long, unless the context ends.
	Wait func(ctx context.Context, d time.Duration) error
}

const (
	attempts = 4
	// firstWait is how long to wait after the first attempt; it doubles after each.
	firstWait = time.Second
	// longestWait is the longest that a server can have us wait.
	longestWait = 30 * time.Second
)

// Target is a checked URL.
type Target struct{ url *url.URL }

// Check returns the webhook of a URL, or why nothing can be sent there. It connects to nothing.
func (s *Sender) Check(text secret.Value) (*Target, error) {
	u, err := url.Parse(text.Reveal())
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("it is not a URL such as https://HOST/PATH")
	case u.Scheme == "http" && !onThisMachine(u.Hostname()):
		return nil, errors.New("it is an http:// URL: what is sent, and the URL itself, could be read on the way")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it is not an https:// URL")
	}
	port := 443
	if u.Scheme == "http" {
		port = 80
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		port = n
	}
	if s.CheckHost != nil && s.CheckHost(u.Hostname(), port) != nil { // which would name the host
		return nil, errors.New("its host is not among those that may be connected to (SHOJI_ALLOW_HOSTS)")
	}
	return &Target{u}, nil
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Post sends a JSON document. It tries again where the server cannot be reached, is busy or fails, and not where it
// refuses the message.
func (s *Sender) Post(ctx context.Context, to *Target, body []byte) error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport: transport,
		Timeout:   s.Timeout,
		// Elsewhere is not where the spec says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	wait := firstWait
	for n := 1; ; n++ {
		asked, again, err := s.attempt(ctx, client, to, body)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !again:
			return err
		case n == attempts:
			return fmt.Errorf("%w, in %d attempts", err, n)
		}
		if err := s.wait(ctx, max(wait, min(asked, longestWait))); err != nil {
			return err
		}
		wait *= 2
	}
}

// attempt sends once. It returns how long the server asks to wait, and whether another attempt may do better.
func (s *Sender) attempt(
	ctx context.Context, client *http.Client, to *Target, body []byte,
) (wait time.Duration, again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url.String(), bytes.NewReader(body))
	if err != nil {
		return 0, false, errors.New("the request cannot be made")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "shoji")
	response, err := client.Do(request)
	if err != nil {
		return 0, true, s.explain(err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16)) // so that the connection can be used again
	code := response.StatusCode
	if code >= 200 && code < 300 {
		return 0, false, nil
	}
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After")) // a date is not waited for
	again = code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500
	return time.Duration(max(seconds, 0)) * time.Second, again, fmt.Errorf("the server answered %d", code)
}

// explain returns what is behind an error of a request. The texts of such errors hold the URL, or the host.
func (s *Sender) explain(err error) error {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return errors.New("the name of the host cannot be resolved")
	case errors.As(err, &certificate):
		return errors.New("the certificate of the server is not valid")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("the connection was refused")
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("there was no answer within %s", s.Timeout)
	}
	return errors.New("the connection failed")
}

func (s *Sender) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
