package acl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/xdg-go/stringprep"

	"github.com/shoji-pg/shoji/internal/secret"
)

// iterations and saltLength are PostgreSQL's own defaults (SCRAM_SHA_256_DEFAULT_ITERATIONS, SCRAM_DEFAULT_SALT_LEN).
const (
	iterations = 4096
	saltLength = 16
)

// Verifier makes of a password what PostgreSQL stores: it can check a password and gives none away (RFC 5803,
// RFC 5802). A password that SASLprep refuses is taken as its bytes, as the server and libpq do.
func Verifier(password secret.Value, random io.Reader) (secret.Value, error) {
	if password.Len() == 0 {
		return secret.Value{}, fmt.Errorf("the password is empty, and PostgreSQL would let nobody in with it")
	}
	text := password.Reveal()
	if prepared, err := stringprep.SASLprep.Prepare(text); err == nil && prepared != "" {
		text = prepared
	}
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return secret.Value{}, fmt.Errorf("making a salt: %w", err)
	}
	salted, err := pbkdf2.Key(sha256.New, text, salt, iterations, sha256.Size)
	if err != nil {
		return secret.Value{}, fmt.Errorf("hashing the password: %w", err)
	}
	client := sha256.Sum256(mac(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return secret.New(fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(client[:]),
		encode(mac(salted, "Server Key")))), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
