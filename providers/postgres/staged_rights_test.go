package postgres_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// TestAllMissingRightsAreSaidAtOnce: those that databases lack and those that AWS would refuse are in one list of one
// plan, each with the statement that helps; when all of them are given, nothing is missing.
func TestAllMissingRightsAreSaidAtOnce(t *testing.T) {
	w := newTwoAccounts(t, aurora.Config{})
	w.sell(true)
	w.apply() // the objects
	for _, sql := range []string{
		"CREATE ROLE limited LOGIN PASSWORD 'limited'", "GRANT SELECT ON customers TO limited",
	} {
		pgtest.Exec(t, w.admin["prod"], sql)
	}
	w.url["prod"] = strings.Replace(w.url["prod"], "app:password@", "limited:limited@", 1)
	c, err := w.lab.Credentials("111111111111")
	if err != nil {
		t.Fatal(err)
	}
	api := iam.NewFromConfig(awssdk.Config{
		Region:       labRegion,
		BaseEndpoint: awssdk.String(w.lab.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
	})
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},` +
		`"Action":"sts:AssumeRole"}]}`
	if _, err := api.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName:                 awssdk.String("bare"),
		AssumeRolePolicyDocument: &trust,
	}); err != nil {
		t.Fatal(err)
	}
	w.blocks = func(text string) string {
		return strings.Replace(text, "s3_export = iam_role.export", `s3_export = "arn:aws:iam::111111111111:role/bare"`,
			1)
	}
	w.extra = "export = \"server\"\n  clone { class = \"db.r6g.large\" }"
	missing := []string{
		"Permission denied on the source", `GRANT SELECT ON TABLE "public"."orders" TO "limited";`,
		`GRANT SELECT ON TABLE "public"."nothing" TO "limited";`,
		"The source cannot export by itself",
		`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "aws_s3", aws_commons TO "limited";`,
		"AWS would refuse this plan",
		`{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["arn:aws:s3:::shop-transfer/shoji/*"]}`,
	}
	for _, half := range []engine.Half{engine.Whole, engine.OnlyExport} {
		w.only = half
		w.says(missing...)
	}
	w.only = engine.Whole
	_, _, ds := w.build()
	for _, d := range ds {
		if d.Severity == diag.Error && d.Summary == "What AWS lets the plan do cannot be found out" {
			t.Error(d)
		}
	}
	pgtest.Exec(t, w.admin["prod"],
		"GRANT SELECT ON orders, nothing TO limited; GRANT USAGE ON SCHEMA aws_s3, aws_commons TO limited; GRANT "+
			"EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO limited")
	w.blocks = nil
	if _, _, ds := w.build(); ds.HasErrors() {
		t.Error(text(ds))
	}
}
