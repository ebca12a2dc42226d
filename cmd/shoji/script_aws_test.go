package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rogpeppe/go-internal/testscript"
)

// keys lists a bucket of the script's account prod; one that is not there is empty.
func keys(ts *testscript.TestScript, bucket string) []string {
	ctx := context.Background()
	c, err := config.LoadDefaultConfig(ctx,
		config.WithSharedCredentialsFiles([]string{ts.Getenv("AWS_SHARED_CREDENTIALS_FILE")}),
		config.WithSharedConfigProfile("prod"),
		config.WithRegion("ap-northeast-1"), config.WithBaseEndpoint(ts.Getenv("AWS_LAB")))
	ts.Check(err)
	out, err := s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true }).
		ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		return nil
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func objectsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: objects BUCKET")
	}
	list := keys(ts, args[0])
	if len(list) == 0 {
		list = []string{"nothing"}
	}
	for _, k := range list {
		_, _ = fmt.Fprintln(ts.Stdout(), k)
	}
}

func manifestCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: manifest BUCKET")
	}
	for _, k := range keys(ts, args[0]) {
		if strings.HasSuffix(k, "/manifest.json") {
			ts.Setenv("MANIFEST", "s3://"+args[0]+"/"+k)
			return
		}
	}
	ts.Fatalf("there is no manifest in %s", args[0])
}
