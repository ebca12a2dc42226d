package s3

import (
	"errors"
	"net/http"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// encryption is how an object is encrypted, and with which key of KMS.
type encryption struct{ algorithm, key string }

const (
	sseHeader = "X-Amz-Server-Side-Encryption"
	keyHeader = "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
)

func (e encryption) describe(h http.Header) {
	if e.algorithm != "" {
		h.Set(sseHeader, e.algorithm)
	}
	if e.key != "" {
		h.Set(keyHeader, e.key)
	}
}

// sseContext gives what bucket policies may ask of a write.
func sseContext(h http.Header) map[string]string {
	return map[string]string{
		"s3:x-amz-server-side-encryption":                h.Get(sseHeader),
		"s3:x-amz-server-side-encryption-aws-kms-key-id": h.Get(keyHeader),
		"s3:x-amz-acl": h.Get("X-Amz-Acl"),
	}
}

// encryptionFor decides how an object is encrypted: as the request says, else as the bucket does. A key of KMS must let
// the caller have data keys, through S3.
func (s *Service) encryptionFor(r *wire.Request, b *bucket, key string) (encryption, error) {
	e := encryption{r.HTTP.Header.Get(sseHeader), r.HTTP.Header.Get(keyHeader)}
	if e.algorithm == "" {
		e.algorithm, e.key = b.standardEncryption()
	}
	switch e.algorithm {
	case "AES256":
		return encryption{algorithm: e.algorithm}, nil
	case "aws:kms":
	default:
		return e, wire.Errorf("InvalidEncryptionAlgorithmError",
			"The encryption request that you specified is not valid. The valid value is AES256 or aws:kms.")
	}
	if e.key == "" {
		e.key = s.kms.AWSManaged(r.Caller.Account, b.region, "s3")
	}
	arn, err := s.useKey(r.Caller, b, key, e.key, "GenerateDataKey")
	return encryption{e.algorithm, arn}, err
}

// readable checks that the caller may decrypt an object.
func (s *Service) readable(r *wire.Request, b *bucket, key string, o *object) error {
	if o.sse.key == "" {
		return nil
	}
	_, err := s.useKey(r.Caller, b, key, o.sse.key, "Decrypt")
	return err
}

// useKey asks KMS, whose errors S3 passes on under names of its own.
func (s *Service) useKey(c wire.Caller, b *bucket, key, id, action string) (string, error) {
	arn, err := s.kms.Use(c.Through("s3", b.region), b.region, id,
		map[string]string{"kms:EncryptionContext:aws:s3:arn": b.arn() + "/" + key}, action)
	var e *wire.Error
	if errors.As(err, &e) && e.Code != wire.AccessDenied {
		return arn, wire.Errorf("KMS."+strings.TrimPrefix(e.Code, "KMS."), "%s", e.Message)
	}
	return arn, err
}
