package staging

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/shoji-pg/shoji/internal/secret"
)

// NewKey creates a data key under the bucket's key for a purpose, which is its encryption context, and returns it with
// its packed form. Who may use the bucket's key through S3 only is denied that.
func (b *Bucket) NewKey(ctx context.Context, purpose map[string]string) (key secret.Value, packed []byte, err error) {
	if b.KMS == nil {
		return secret.Value{}, nil, fmt.Errorf("bucket %s has no key to create data keys under", b.Name)
	}
	out, err := b.KMS.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId:             &b.KeyName,
		KeySpec:           types.DataKeySpecAes256,
		EncryptionContext: purpose,
	})
	if err != nil {
		return secret.Value{}, nil, b.Explain(err, b.alias())
	}
	return secret.New(string(out.Plaintext)), out.CiphertextBlob, nil
}

// alias returns the key's name for errors: the ARN that policies name is in AWS's own words.
func (b *Bucket) alias() string { return b.KeyName[strings.LastIndex(b.KeyName, ":")+1:] }

// OpenKey returns the data key of a packed form. genuine is false if it was not created under the bucket's key for the
// purpose.
func (b *Bucket) OpenKey(
	ctx context.Context, purpose map[string]string, packed []byte,
) (key secret.Value, genuine bool, err error) {
	if b.KMS == nil || len(packed) == 0 {
		return secret.Value{}, false, nil
	}
	out, err := b.KMS.Decrypt(ctx, &kms.DecryptInput{
		KeyId:             &b.KeyName,
		CiphertextBlob:    packed,
		EncryptionContext: purpose,
	})
	var other *types.IncorrectKeyException
	var invalid *types.InvalidCiphertextException
	switch {
	case errors.As(err, &other), errors.As(err, &invalid):
		return secret.Value{}, false, nil
	case err != nil:
		return secret.Value{}, false, b.Explain(err, b.alias())
	}
	return secret.New(string(out.Plaintext)), true, nil
}
