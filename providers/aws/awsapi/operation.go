package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Operation is one kind of call: how it is carried out, and which rights that takes.
type Operation struct {
	do    Func
	needs func(r *Rights, c Call) error
}

// Func carries out a call.
type Func func(ctx context.Context, r *Run, c Call) error

// Operations maps the names that calls use to operations: "kms:PutKeyPolicy".
type Operations map[string]Operation

// On returns the operation whose input is an I: do carries it out, needs adds the rights that it takes.
func On[I any](do func(ctx context.Context, r *Run, c Call, in *I) error, needs func(r *Rights, in *I)) Operation {
	return Operation{
		do: func(ctx context.Context, r *Run, c Call) error {
			in, err := Input[I](c)
			if err != nil {
				return err
			}
			return do(ctx, r, c, in)
		},
		needs: func(r *Rights, c Call) error {
			in, err := Input[I](c)
			if err == nil {
				needs(r, in)
			}
			return err
		},
	}
}

// Do carries out a call of the operation.
func (o Operation) Do(ctx context.Context, r *Run, c Call) error { return o.do(ctx, r, c) }

// Wrap returns the operation with around in front of what carries it out.
func (o Operation) Wrap(around func(do Func) Func) Operation {
	o.do = around(o.do)
	return o
}

// method returns the operation of a method of the SDK: the input is sent as it stands in the plan.
func method[C, I, O, P any](client func(*Account) *C,
	call func(*C, context.Context, *I, ...func(*P)) (*O, error), needs func(*Rights, *I)) Operation {
	return On(func(ctx context.Context, r *Run, _ Call, in *I) error {
		_, err := call(client(r.In), ctx, in)
		return err
	}, needs)
}

// KMS returns the operation of a method of KMS.
func KMS[I, O any](call func(*kms.Client, context.Context, *I, ...func(*kms.Options)) (*O, error),
	needs func(*Rights, *I)) Operation {
	return method(func(a *Account) *kms.Client { return a.KMS }, call, needs)
}

// IAM returns the operation of a method of IAM.
func IAM[I, O any](call func(*iam.Client, context.Context, *I, ...func(*iam.Options)) (*O, error),
	needs func(*Rights, *I)) Operation {
	return method(func(a *Account) *iam.Client { return a.IAM }, call, needs)
}

// S3 returns the operation of a method of S3.
func S3[I, O any](call func(*s3.Client, context.Context, *I, ...func(*s3.Options)) (*O, error),
	needs func(*Rights, *I)) Operation {
	return method(func(a *Account) *s3.Client { return a.S3 }, call, needs)
}

// RDS returns the operation of a method of RDS.
func RDS[I, O any](call func(*rds.Client, context.Context, *I, ...func(*rds.Options)) (*O, error),
	needs func(*Rights, *I)) Operation {
	return method(func(a *Account) *rds.Client { return a.RDS }, call, needs)
}

// RAM returns the operation of a method of RAM.
func RAM[I, O any](call func(*ram.Client, context.Context, *I, ...func(*ram.Options)) (*O, error),
	needs func(*Rights, *I)) Operation {
	return method(func(a *Account) *ram.Client { return a.RAM }, call, needs)
}

// Input decodes the input of a call.
func Input[I any](c Call) (*I, error) {
	in := new(I)
	dec := json.NewDecoder(bytes.NewReader(c.Input))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil {
		return nil, fmt.Errorf("reading the input of %s: %w", c.Operation, err)
	}
	return in, nil
}

// EachPage calls f with each page of a paginator of the SDK.
func EachPage[O, P any](ctx context.Context, pages interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*P)) (*O, error)
}, f func(page *O)) error {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		f(page)
	}
	return nil
}
