package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// account is the account 111111111111 of a lab's AWS, for scripts.
type account struct {
	lab         *cloud.Cloud
	credentials cloud.Credentials
	s3          *s3.Client
}

func newAccount(t *testing.T) *account {
	t.Helper()
	lab, err := cloud.Start(cloud.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	who, err := lab.Credentials("111111111111")
	if err != nil {
		t.Fatal(err)
	}
	config := awssdk.Config{Region: lab.Region(), BaseEndpoint: awssdk.String(lab.URL()), Credentials: credentials.NewStaticCredentialsProvider(who.AccessKey, who.Secret, "")}
	return &account{lab, who, s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })}
}

// setenv gives a script what AWS's own tools look for, and the endpoint as a variable of its spec.
func (a *account) setenv(env *testscript.Env) {
	for k, v := range map[string]string{"AWS_ACCESS_KEY_ID": a.credentials.AccessKey, "AWS_SECRET_ACCESS_KEY": a.credentials.Secret, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ENDPOINT": a.lab.URL()} {
		env.Setenv(k, v)
	}
}

// keys lists a bucket; one that is not there is empty.
func (a *account) keys(bucket string) []string {
	out, err := a.s3.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		return nil
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func (a *account) objectsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: objects BUCKET")
	}
	keys := a.keys(args[0])
	if len(keys) == 0 {
		keys = []string{"nothing"}
	}
	for _, k := range keys {
		_, _ = fmt.Fprintln(ts.Stdout(), k)
	}
}

func (a *account) manifestCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: manifest BUCKET")
	}
	for _, k := range a.keys(args[0]) {
		if strings.HasSuffix(k, "/manifest.json") {
			ts.Setenv("MANIFEST", "s3://"+args[0]+"/"+k)
			return
		}
	}
	ts.Fatalf("there is no manifest in %s", args[0])
}
