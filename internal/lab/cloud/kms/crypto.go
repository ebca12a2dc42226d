package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// maximumPlaintext is what Encrypt takes.
const maximumPlaintext = 4096

// seal encrypts: the length of the key's ARN, the ARN, a nonce and the sealed text, which is bound to the context.
func (k *key) seal(plaintext []byte, context map[string]string) []byte {
	aead := k.aead()
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	head := append([]byte{byte(len(k.arn()))}, k.arn()...)
	return aead.Seal(append(head, nonce...), nonce, plaintext, additional(context))
}

func (k *key) aead() cipher.AEAD {
	block, err := aes.NewCipher(k.material[:])
	if err != nil {
		panic(err) // the material is 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// additional is the encryption context as bytes; encoding/json sorts the keys.
func additional(context map[string]string) []byte {
	if len(context) == 0 {
		return nil
	}
	text, _ := json.Marshal(context)
	return text
}

var errCiphertext = wire.Errorf("InvalidCiphertextException", "")

// open finds the key of a ciphertext and what is behind it.
func (s *Service) open(blob []byte) (keyARN string, sealed []byte, err error) {
	if len(blob) < 1 || len(blob) < 1+int(blob[0])+12 {
		return "", nil, errCiphertext
	}
	n := int(blob[0])
	return string(blob[1 : 1+n]), blob[1+n:], nil
}

func (k *key) unseal(sealed []byte, context map[string]string) ([]byte, error) {
	aead := k.aead()
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], additional(context))
	if err != nil {
		return nil, errCiphertext
	}
	return plain, nil
}

type cryptoInput struct {
	KeyId               string
	Plaintext           []byte
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	KeySpec             string
	NumberOfBytes       int
	GrantTokens         []string
	DryRun              bool
	DryRunModifiers     []string
}

func (in cryptoInput) asked() asked {
	return asked{encryption: in.EncryptionContext, tokens: in.GrantTokens}
}

// keyed prepares an operation that names its key.
func (s *Service) keyed(r *wire.Request, in *cryptoInput) (*key, error) {
	if err := r.DecodeJSON(in); err != nil {
		return nil, err
	}
	k, err := s.keyFor(r, in.KeyId, in.asked())
	if err != nil {
		return nil, err
	}
	if err := k.usable(); err != nil {
		return nil, err
	}
	if in.DryRun {
		return nil, errDryRun
	}
	return k, nil
}

const algorithm = "SYMMETRIC_DEFAULT"

func (s *Service) encrypt(r *wire.Request) (any, error) {
	var in cryptoInput
	k, err := s.keyed(r, &in)
	if err != nil {
		return nil, err
	}
	if len(in.Plaintext) == 0 || len(in.Plaintext) > maximumPlaintext {
		return nil, wire.Errorf("ValidationException",
			"1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must "+
				"have length between 1 and 4096")
	}
	return struct {
		CiphertextBlob             []byte
		KeyId, EncryptionAlgorithm string
	}{k.seal(in.Plaintext, in.EncryptionContext), k.arn(), algorithm}, nil
}

// generateDataKey gives a fresh key; withPlaintext also in the clear.
func (s *Service) generateDataKey(withPlaintext bool) func(*wire.Request) (any, error) {
	return func(r *wire.Request) (any, error) {
		var in cryptoInput
		k, err := s.keyed(r, &in)
		if err != nil {
			return nil, err
		}
		size := map[string]int{"AES_256": 32, "AES_128": 16, "": in.NumberOfBytes}[in.KeySpec]
		if size < 1 || size > 1024 || in.KeySpec != "" && in.NumberOfBytes != 0 {
			return nil, wire.Errorf("ValidationException", "Please specify either number of bytes or key spec.")
		}
		plain := make([]byte, size)
		_, _ = rand.Read(plain)
		out := struct {
			CiphertextBlob []byte
			Plaintext      []byte `json:",omitempty"`
			KeyId          string
		}{CiphertextBlob: k.seal(plain, in.EncryptionContext), KeyId: k.arn()}
		if withPlaintext {
			out.Plaintext = plain
		}
		return out, nil
	}
}

func (s *Service) decrypt(r *wire.Request) (any, error) {
	var in cryptoInput
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	k, sealed, err := s.sealedBy(r, in, in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(r.Caller, k, "Decrypt", in.asked()); err != nil {
		return nil, err
	}
	if err := k.usable(); err != nil {
		return nil, err
	}
	var plain []byte
	if sealed != nil {
		if plain, err = k.unseal(sealed, in.EncryptionContext); err != nil {
			return nil, err
		}
	}
	if in.DryRun {
		return nil, errDryRun
	}
	return struct {
		Plaintext                  []byte
		KeyId, EncryptionAlgorithm string
	}{plain, k.arn(), algorithm}, nil
}

// sealedBy finds the key of a ciphertext, which must be the one that was named, if one was. A dry run that ignores the
// ciphertext has none.
func (s *Service) sealedBy(r *wire.Request, in cryptoInput, named string) (*key, []byte, error) {
	if in.DryRun && slices.Contains(in.DryRunModifiers, "IGNORE_CIPHERTEXT") {
		k, err := s.find(r.Caller.Account, r.Region, named)
		return k, nil, err
	}
	arn, sealed, err := s.open(in.CiphertextBlob)
	if err != nil {
		return nil, nil, err
	}
	if named != "" {
		k, err := s.find(r.Caller.Account, r.Region, named)
		if err != nil {
			return nil, nil, err
		}
		if k.arn() != arn {
			return nil, nil, wire.Errorf("IncorrectKeyException",
				"The key ID in the request does not identify a CMK that can perform this operation.")
		}
	}
	k, err := s.find(r.Caller.Account, r.Region, arn)
	if err != nil {
		return nil, nil, errCiphertext
	}
	return k, sealed, nil
}

func (s *Service) reEncrypt(r *wire.Request) (any, error) {
	var in struct {
		cryptoInput
		SourceKeyId, DestinationKeyId                             string
		SourceEncryptionContext, DestinationEncryptionContext     map[string]string
		SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
	}
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	from, sealed, err := s.sealedBy(r, in.cryptoInput, in.SourceKeyId)
	if err != nil {
		return nil, err
	}
	to, err := s.find(r.Caller.Account, r.Region, in.DestinationKeyId)
	if err != nil {
		return nil, err
	}
	if err := s.authorize(r.Caller, from, "ReEncryptFrom", asked{
		encryption: in.SourceEncryptionContext,
		tokens:     in.GrantTokens,
	}); err != nil {
		return nil, err
	}
	if err := s.authorize(r.Caller, to, "ReEncryptTo", asked{
		encryption: in.DestinationEncryptionContext,
		tokens:     in.GrantTokens,
	}); err != nil {
		return nil, err
	}
	for _, k := range []*key{from, to} {
		if err := k.usable(); err != nil {
			return nil, err
		}
	}
	var plain []byte
	if sealed != nil {
		if plain, err = from.unseal(sealed, in.SourceEncryptionContext); err != nil {
			return nil, err
		}
	}
	if in.DryRun {
		return nil, errDryRun
	}
	return struct {
		CiphertextBlob                                            []byte
		KeyId, SourceKeyId                                        string
		SourceEncryptionAlgorithm, DestinationEncryptionAlgorithm string
	}{to.seal(plain, in.DestinationEncryptionContext), to.arn(), from.arn(), algorithm, algorithm}, nil
}
