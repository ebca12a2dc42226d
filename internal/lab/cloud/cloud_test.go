package cloud_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

const (
	source = "111111111111"
	target = "222222222222"
	region = "ap-northeast-1"
)

var ctx = context.Background()

func start(t *testing.T, c cloud.Config) *cloud.Cloud {
	t.Helper()
	lab, err := cloud.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	return lab
}

// clients are the SDK's own, without retries, so that a test sees each error.
type clients struct {
	config aws.Config
	sts    *sts.Client
	iam    *iam.Client
	kms    *kms.Client
	s3     *s3.Client
	rds    *rds.Client
	ram    *ram.Client
}

func with(lab *cloud.Cloud, region string, c cloud.Credentials) clients {
	config := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(lab.URL()),
		HTTPClient:   cloud.HTTPClient(),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, c.Token),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
	return clients{
		config: config,
		sts:    sts.NewFromConfig(config),
		iam:    iam.NewFromConfig(config),
		kms:    kms.NewFromConfig(config),
		s3:     s3.NewFromConfig(config),
		rds:    rds.NewFromConfig(config),
		ram:    ram.NewFromConfig(config),
	}
}

// admin gives clients of an administrator of an account.
func admin(t *testing.T, lab *cloud.Cloud, account string) clients {
	t.Helper()
	c, err := lab.Credentials(account)
	if err != nil {
		t.Fatal(err)
	}
	return with(lab, region, c)
}

// user gives clients of a user with these policies.
func user(t *testing.T, lab *cloud.Cloud, account, name string, policies ...string) clients {
	t.Helper()
	c, err := lab.User(account, name, policies...)
	if err != nil {
		t.Fatal(err)
	}
	return with(lab, region, c)
}

func allow(actions, resources string, conditions ...string) string {
	return statement("Allow", actions, resources, conditions...)
}

func statement(effect, actions, resources string, conditions ...string) string {
	condition := ""
	if len(conditions) > 0 {
		condition = `,"Condition":` + conditions[0]
	}
	quote := func(list string) string { return `["` + strings.ReplaceAll(list, " ", `","`) + `"]` }
	return `{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":` + quote(actions) +
		`,"Resource":` + quote(resources) + condition + `}]}`
}

// refused fails unless err is AWS's error of one of the codes, which are separated by spaces.
func refused(t *testing.T, err error, codes string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got %v, want %s", err, codes)
	}
	if !slices.Contains(strings.Fields(codes), api.ErrorCode()) {
		t.Fatalf("got %s (%s), want %s", api.ErrorCode(), api.ErrorMessage(), codes)
	}
}

// says is refused, whose message must hold text.
func says(t *testing.T, err error, code, text string) {
	t.Helper()
	refused(t, err, code)
	if !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want %q in it", err, text)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSignatures(t *testing.T) {
	lab := start(t, cloud.Config{})
	good := must[cloud.Credentials](t)(lab.Credentials(source))
	ask := func(c cloud.Credentials) error {
		_, err := with(lab, region, c).sts.GetCallerIdentity(ctx, nil)
		return err
	}
	t.Run("a key that exists", func(t *testing.T) { ok(t, ask(good)) })
	t.Run("a key that does not", func(t *testing.T) {
		refused(t, ask(cloud.Credentials{AccessKey: "AKIANOBODY", Secret: "x"}), "InvalidClientTokenId")
	})
	t.Run("another secret", func(t *testing.T) {
		refused(t, ask(cloud.Credentials{AccessKey: good.AccessKey, Secret: "x"}), "SignatureDoesNotMatch")
	})
	t.Run("a token that is not the session's", func(t *testing.T) {
		refused(t, ask(cloud.Credentials{AccessKey: good.AccessKey, Secret: good.Secret, Token: "x"}),
			"InvalidClientTokenId")
	})
	t.Run("no signature", func(t *testing.T) {
		config := with(lab, region, good).config
		config.Credentials = aws.AnonymousCredentials{}
		_, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, nil)
		refused(t, err, "MissingAuthenticationToken")
	})
}

func TestAnUnknownParameterIsAnError(t *testing.T) {
	lab := start(t, cloud.Config{})
	_, err := admin(t, lab, source).iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName:                 aws.String("r"),
		AssumeRolePolicyDocument: aws.String(trustService("rds.amazonaws.com")),
		PermissionsBoundary:      aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess"),
	})
	says(t, err, "NotImplemented", "PermissionsBoundary")
}

func TestCallsAreLogged(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	must[*sts.GetCallerIdentityOutput](t)(c.sts.GetCallerIdentity(ctx, nil))
	_, err := c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("nobody")})
	refused(t, err, "NoSuchEntity")
	calls := lab.Calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	last := calls[1]
	if last.Service != "iam" || last.Operation != "GetRole" || last.Account != source ||
		last.Principal != "arn:aws:iam::"+source+":user/admin" || last.Parameters["RoleName"] != "nobody" ||
		last.Error != "NoSuchEntity" {
		t.Errorf("got %+v", last)
	}
}

func TestFaults(t *testing.T) {
	roles := func(t *testing.T, c clients) int {
		return len(must[*iam.ListRolesOutput](t)(c.iam.ListRoles(ctx, nil)).Roles)
	}
	create := func(c clients, name string) error {
		_, err := c.iam.CreateRole(ctx, &iam.CreateRoleInput{
			RoleName:                 &name,
			AssumeRolePolicyDocument: aws.String(trustService("rds.amazonaws.com")),
		})
		return err
	}
	t.Run("the second call alone", func(t *testing.T) {
		lab := start(t, cloud.Config{})
		c := admin(t, lab, source)
		lab.Fail("iam", "CreateRole", 2, cloud.Throttled())
		ok(t, create(c, "one"))
		refused(t, create(c, "two"), "Throttling")
		ok(t, create(c, "two"))
	})
	t.Run("a connection that drops before", func(t *testing.T) {
		lab := start(t, cloud.Config{})
		c := admin(t, lab, source)
		lab.Fail("iam", "CreateRole", 1, cloud.ErrDropped)
		if create(c, "one") == nil || roles(t, c) != 0 {
			t.Error("the call was carried out")
		}
	})
	t.Run("an answer that is lost", func(t *testing.T) {
		lab := start(t, cloud.Config{})
		c := admin(t, lab, source)
		lab.Fail("iam", "CreateRole", 1, cloud.ErrLostAnswer)
		if create(c, "one") == nil || roles(t, c) != 1 {
			t.Error("the call was not carried out, or answered")
		}
	})
	t.Run("every call, until it is mended", func(t *testing.T) {
		lab := start(t, cloud.Config{})
		c := admin(t, lab, source)
		lab.Fail("*", "*", 0, cloud.Denied())
		refused(t, create(c, "one"), "AccessDenied")
		refused(t, create(c, "one"), "AccessDenied")
		lab.Mend()
		ok(t, create(c, "one"))
	})
	t.Run("whoever watches may refuse", func(t *testing.T) {
		lab := start(t, cloud.Config{})
		c := admin(t, lab, source)
		lab.OnCall(func(call cloud.Call) error {
			if call.Parameters["RoleName"] == "two" {
				return &cloud.Error{Code: "ServiceFailure", Message: "no", Status: 500}
			}
			return nil
		})
		ok(t, create(c, "one"))
		refused(t, create(c, "two"), "ServiceFailure")
	})
}

func TestThrottling(t *testing.T) {
	clock := cloud.NewClock()
	lab := start(t, cloud.Config{Clock: clock, Rates: map[string]cloud.Rate{"sts": {PerSecond: 1, Burst: 2}}})
	c, other := admin(t, lab, source), admin(t, lab, target)
	ask := func(c clients) error {
		_, err := c.sts.GetCallerIdentity(ctx, nil)
		return err
	}
	ok(t, ask(c))
	ok(t, ask(c))
	refused(t, ask(c), "Throttling")
	ok(t, ask(other)) // accounts do not share
	clock.Advance(time.Second)
	ok(t, ask(c))
	refused(t, ask(c), "Throttling")

	// The SDK's own retryer takes it for what it is.
	lab.OnCall(func(cloud.Call) error { clock.Advance(time.Second); return nil })
	config := c.config
	config.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
	_, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, nil)
	ok(t, err)
}
