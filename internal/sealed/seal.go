package sealed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/secret"
)

// Key is a secret that seals documents, under the address that they call it by.
type Key struct {
	Address string // secret.mask_key
	Value   secret.Value
}

// Seal is the keyed digest of a document, and the keys that it takes to make it.
type Seal struct {
	Keys []string `json:"keys"`
	MAC  string   `json:"mac"`
}

// Sign returns the seal of data for a purpose, which only who has all keys can make. It is nil without keys.
func Sign(keys []Key, purpose string, data []byte) *Seal {
	if len(keys) == 0 {
		return nil
	}
	return &Seal{Keys: addresses(keys), MAC: MAC(Join(keys), purpose, data)}
}

// Verify reports whether the seal is the one that keys make of data. A seal says itself which keys it is of, but what
// is asked for are always those that the reader expects.
func (s *Seal) Verify(keys []Key, purpose string, data []byte) bool {
	if s == nil || len(keys) == 0 {
		return false
	}
	return slices.Equal(s.Keys, addresses(keys)) && VerifyMAC(Join(keys), purpose, data, s.MAC)
}

// Join returns one key of several, in whatever order they come; it takes all of them to make it. It is empty without
// keys.
func Join(keys []Key) secret.Value {
	var joined strings.Builder
	for _, k := range sorted(keys) {
		joined.WriteString(k.Value.Derive("join " + k.Address).Reveal())
	}
	return secret.New(joined.String())
}

func addresses(keys []Key) []string {
	out := make([]string, 0, len(keys))
	for _, k := range sorted(keys) {
		out = append(out, k.Address)
	}
	return out
}

func sorted(keys []Key) []Key {
	return slices.SortedFunc(slices.Values(keys), func(a, b Key) int { return strings.Compare(a.Address, b.Address) })
}

// MAC returns the keyed digest of data for a purpose, 64 hexadecimal digits: HMAC-SHA-256 under a subkey of key that no
// other purpose has, so that a digest of one kind of document never passes for that of another. A checksum says that a
// document is whole; only this says who made it. key must not be empty.
func MAC(key secret.Value, purpose string, data []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Derive("seal "+purpose).Reveal()))
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil))
}

// VerifyMAC reports whether mac is the keyed digest of data for a purpose. It takes the same time whatever mac is.
func VerifyMAC(key secret.Value, purpose string, data []byte, mac string) bool {
	return key.Len() > 0 && hmac.Equal([]byte(MAC(key, purpose, data)), []byte(mac))
}
