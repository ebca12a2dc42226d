// Package secret holds values that must never be seen: a Value prints as a fixed text
// under every verb and every encoder.
package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
)

// Redacted is what a secret prints as.
const Redacted = "(sensitive value)"

// Value is a secret. The zero Value is empty. Only Reveal gives its text; what is
// revealed must go straight to where it is used, never into a string that is kept.
type Value struct{ text string }

// New wraps s.
func New(s string) Value { return Value{text: s} }

// Reveal returns the secret itself.
func (v Value) Reveal() string { return v.text }

// Len returns the length in bytes.
func (v Value) Len() int { return len(v.text) }

// String and the methods below keep the value out of every kind of output.
func (v Value) String() string               { return Redacted }
func (v Value) GoString() string             { return Redacted }
func (v Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }
func (v Value) LogValue() slog.Value         { return slog.StringValue(Redacted) }

// Derive returns the subkey for a purpose as 64 hexadecimal digits: HMAC-SHA-256 over the
// purpose with the secret as the key. The secret itself never reaches a server.
func (v Value) Derive(purpose string) Value {
	mac := hmac.New(sha256.New, []byte(v.text))
	mac.Write([]byte(purpose))
	return New(hex.EncodeToString(mac.Sum(nil)))
}
