package sealed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/shoji-pg/shoji/internal/secret"
)

// MAC returns the keyed digest of data for a purpose, 64 hexadecimal digits: HMAC-SHA-256 under a subkey of key that no
// other purpose has, so that a digest of one kind of document never passes for that of another. A checksum says that a
// document is whole; only this says who made it. key must not be empty.
func MAC(key secret.Value, purpose string, data []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Derive("seal "+purpose).Reveal()))
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil))
}

// Genuine reports whether mac is the keyed digest of data for a purpose. It takes the same time whatever mac is.
func Genuine(key secret.Value, purpose string, data []byte, mac string) bool {
	return key.Len() > 0 && hmac.Equal([]byte(MAC(key, purpose, data)), []byte(mac))
}
