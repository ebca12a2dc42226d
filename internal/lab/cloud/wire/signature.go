package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	hashHeader = "X-Amz-Content-Sha256"
	timeFormat = "20060102T150405Z"
)

// Scope is what a signature (version 4) says about itself. It is how one endpoint serves every service
// and region.
type Scope struct {
	AccessKey, Date, Region, Service string
	Token                            string
	signed                           []string
	signature                        string
	time                             string
	// Begins and Expires are when a presigned URL begins and ends; zero for a header's signature.
	Begins, Expires time.Time
}

func scopeOf(r *http.Request) Scope {
	query := r.URL.Query()
	if rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "); ok {
		parts := map[string]string{}
		for part := range strings.SplitSeq(rest, ",") {
			k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
			parts[k] = v
		}
		s := credential(parts["Credential"])
		s.signed, s.signature = strings.Split(parts["SignedHeaders"], ";"), parts["Signature"]
		s.Token, s.time = r.Header.Get("X-Amz-Security-Token"), r.Header.Get("X-Amz-Date")
		return s
	}
	if query.Get("X-Amz-Credential") == "" {
		return Scope{}
	}
	s := credential(query.Get("X-Amz-Credential"))
	s.signed, s.signature = strings.Split(query.Get("X-Amz-SignedHeaders"), ";"), query.Get("X-Amz-Signature")
	s.Token, s.time = query.Get("X-Amz-Security-Token"), query.Get("X-Amz-Date")
	begin, err1 := time.Parse(timeFormat, s.time)
	seconds, err2 := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err1 == nil && err2 == nil {
		s.Begins, s.Expires = begin, begin.Add(time.Duration(seconds)*time.Second)
	}
	return s
}

func credential(text string) Scope {
	parts := strings.Split(text, "/")
	if len(parts) != 5 {
		return Scope{}
	}
	return Scope{AccessKey: parts[0], Date: parts[1], Region: parts[2], Service: parts[3]}
}

// Signed says whether the request's signature was made with secret.
func (r *Request) Signed(secret string) bool {
	sum := sha256.Sum256([]byte(r.canonical()))
	scope := strings.Join([]string{r.Scope.Date, r.Scope.Region, r.Scope.Service, "aws4_request"}, "/")
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", r.Scope.time, scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{r.Scope.Date, r.Scope.Region, r.Scope.Service, "aws4_request", toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hmac.Equal([]byte(hex.EncodeToString(key)), []byte(r.Scope.signature))
}

func (r *Request) canonical() string {
	h := r.HTTP
	path := h.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if r.Scope.Service != "s3" {
		path = escape(path, true)
	}
	var lines strings.Builder
	for _, name := range r.Scope.signed {
		value := strings.Join(h.Header.Values(name), ",")
		switch name {
		case "host":
			value = h.Host
		case "content-length":
			value = strconv.FormatInt(h.ContentLength, 10)
		}
		lines.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	return strings.Join([]string{
		h.Method, path, canonicalQuery(h.URL.Query()), lines.String(), strings.Join(r.Scope.signed, ";"), r.payload(),
	}, "\n")
}

// payload gives the hash that was signed. A hash that the header names is the body's: Intact checks it.
func (r *Request) payload() string {
	if hash := r.HTTP.Header.Get(hashHeader); hash != "" {
		return hash
	}
	if r.HTTP.URL.Query().Get("X-Amz-Signature") != "" {
		if r.Scope.Service == "s3" {
			return "UNSIGNED-PAYLOAD"
		}
	}
	sum := sha256.Sum256(r.Body)
	return hex.EncodeToString(sum[:])
}

// Intact says whether the body is the one whose hash was signed.
func (r *Request) Intact() bool {
	hash, err := hex.DecodeString(r.HTTP.Header.Get(hashHeader))
	if err != nil || len(hash) != sha256.Size {
		return true // not signed: UNSIGNED-PAYLOAD, or chunks
	}
	sum := sha256.Sum256(r.Body)
	return bytes.Equal(hash, sum[:])
}

func canonicalQuery(query url.Values) string {
	var pairs []string
	for k, values := range query {
		if k == "X-Amz-Signature" {
			continue
		}
		for _, v := range values {
			pairs = append(pairs, escape(k, false)+"="+escape(v, false))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func escape(text string, slashes bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte("-_.~", c) >= 0,
			c == '/' && slashes:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}
