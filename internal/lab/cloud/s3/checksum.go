package s3

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// algorithms are S3's checksums.
var algorithms = map[string]func() hash.Hash{
	"crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)) },
	"sha1":      sha1.New,
	"sha256":    sha256.New,
}

func digest(algorithm string, body []byte) []byte {
	h := algorithms[algorithm]()
	_, _ = h.Write(body) // a hash takes everything
	return h.Sum(nil)
}

func sum(algorithm string, body []byte) string {
	return base64.StdEncoding.EncodeToString(digest(algorithm, body))
}

// checksums checks those that a client sent and gives them; where it sent none S3 makes one of its own.
func checksums(h http.Header, body []byte) (map[string]string, error) {
	found := map[string]string{}
	for name := range algorithms {
		want := h.Get("X-Amz-Checksum-" + name)
		if want == "" {
			continue
		}
		if found[name] = sum(name, body); found[name] != want {
			return nil, wire.Errorf("BadDigest", "The %s you specified did not match the calculated checksum.",
				strings.ToUpper(name))
		}
	}
	if len(found) == 0 {
		found["crc64nvme"] = sum("crc64nvme", body)
	}
	return found, nil
}
