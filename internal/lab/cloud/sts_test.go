package cloud_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func trustService(service string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service +
		`"},"Action":"sts:AssumeRole"}]}`
}

func trustAWS(principal string, conditions ...string) string {
	condition := ""
	if len(conditions) > 0 {
		condition = `,"Condition":` + conditions[0]
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal +
		`"},"Action":"sts:AssumeRole"` + condition + `}]}`
}

// role makes a role with an inline policy and gives its ARN.
func role(t *testing.T, c clients, name, trust string, policies ...string) string {
	t.Helper()
	out := must[*iam.CreateRoleOutput](t)(c.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName:                 &name,
		AssumeRolePolicyDocument: &trust,
		MaxSessionDuration:       aws.Int32(43200),
	}))
	for _, p := range policies {
		must[*iam.PutRolePolicyOutput](t)(c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName:       &name,
			PolicyName:     aws.String("p"),
			PolicyDocument: &p,
		}))
	}
	return *out.Role.Arn
}

// assume gives clients of a role's session.
func assume(t *testing.T, lab *cloud.Cloud, c clients, arn string,
	more ...func(*sts.AssumeRoleInput)) (clients, error) {
	t.Helper()
	in := &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("run-1")}
	for _, m := range more {
		m(in)
	}
	out, err := c.sts.AssumeRole(ctx, in)
	if err != nil {
		return clients{}, err
	}
	return with(lab, c.config.Region, cloud.Credentials{
		AccessKey: *out.Credentials.AccessKeyId,
		Secret:    *out.Credentials.SecretAccessKey,
		Token:     *out.Credentials.SessionToken,
	}), nil
}

func TestCallerIdentity(t *testing.T) {
	lab := start(t, cloud.Config{})
	who := must[*sts.GetCallerIdentityOutput](t)(admin(t, lab, source).sts.GetCallerIdentity(ctx, nil))
	if *who.Account != source || *who.Arn != "arn:aws:iam::"+source+":user/admin" {
		t.Errorf("got %s, %s", *who.Account, *who.Arn)
	}
	root := must[cloud.Credentials](t)(lab.Root(target))
	who = must[*sts.GetCallerIdentityOutput](t)(with(lab, region, root).sts.GetCallerIdentity(ctx, nil))
	if *who.Arn != "arn:aws:iam::"+target+":root" {
		t.Errorf("got %s", *who.Arn)
	}
}

func TestAssumeRole(t *testing.T) {
	lab := start(t, cloud.Config{})
	from, to := admin(t, lab, source), admin(t, lab, target)

	t.Run("across accounts, with an external id", func(t *testing.T) {
		arn := role(t, to, "runner",
			trustAWS("arn:aws:iam::"+source+":root", `{"StringEquals":{"sts:ExternalId":"shoji"}}`))
		_, err := assume(t, lab, from, arn)
		refused(t, err, "AccessDenied")
		session, err := assume(t, lab, from, arn, func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("shoji") })
		ok(t, err)
		who := must[*sts.GetCallerIdentityOutput](t)(session.sts.GetCallerIdentity(ctx, nil))
		if *who.Arn != "arn:aws:sts::"+target+":assumed-role/runner/run-1" || *who.Account != target {
			t.Errorf("got %s", *who.Arn)
		}
	})
	t.Run("across accounts the caller's own policies must allow it too", func(t *testing.T) {
		arn := role(t, to, "strict", trustAWS("arn:aws:iam::"+source+":root"))
		_, err := assume(t, lab, user(t, lab, source, "poor"), arn)
		refused(t, err, "AccessDenied")
		_, err = assume(t, lab, user(t, lab, source, "poor", allow("sts:AssumeRole", arn)), arn)
		ok(t, err)
	})
	t.Run("in one account a trust policy that names the user is enough", func(t *testing.T) {
		somebody := user(t, lab, target, "somebody")
		arn := role(t, to, "named", trustAWS("arn:aws:iam::"+target+":user/somebody"))
		_, err := assume(t, lab, somebody, arn)
		ok(t, err)
		_, err = assume(t, lab, user(t, lab, target, "other", allow("sts:*", "*")), arn)
		refused(t, err, "AccessDenied")
	})
	t.Run("a role that does not exist is denied like one that is not trusted", func(t *testing.T) {
		_, err := assume(t, lab, to, "arn:aws:iam::"+target+":role/missing")
		refused(t, err, "AccessDenied")
	})
	t.Run("a role that trusts a service only", func(t *testing.T) {
		arn := role(t, to, "service", trustService("rds.amazonaws.com"))
		_, err := assume(t, lab, to, arn)
		refused(t, err, "AccessDenied")
	})
	t.Run("durations", func(t *testing.T) {
		arn := role(t, to, "long", trustAWS("arn:aws:iam::"+target+":root"), allow("sts:AssumeRole", "*"))
		seconds := func(n int32) func(*sts.AssumeRoleInput) {
			return func(in *sts.AssumeRoleInput) { in.DurationSeconds = &n }
		}
		_, err := assume(t, lab, to, arn, seconds(60))
		refused(t, err, "ValidationError")
		_, err = assume(t, lab, to, arn, seconds(43201))
		refused(t, err, "ValidationError")
		session, err := assume(t, lab, to, arn, seconds(43200))
		ok(t, err)
		// A session that opens another has an hour at most.
		_, err = assume(t, lab, session, arn, seconds(3601))
		says(t, err, "ValidationError", "role chaining")
		_, err = assume(t, lab, session, arn, seconds(3600))
		ok(t, err)
	})
	t.Run("a session's policy leaves no more than both allow", func(t *testing.T) {
		arn := role(t, to, "wide", trustAWS("arn:aws:iam::"+target+":root"), allow("iam:*", "*"))
		session, err := assume(t, lab, to, arn, func(in *sts.AssumeRoleInput) {
			in.Policy = aws.String(allow("iam:ListRoles", "*"))
		})
		ok(t, err)
		must[*iam.ListRolesOutput](t)(session.iam.ListRoles(ctx, nil))
		_, err = session.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("wide")})
		refused(t, err, "AccessDenied")
	})
}

func TestSessionsEnd(t *testing.T) {
	clock := cloud.NewClock()
	lab := start(t, cloud.Config{Clock: clock})
	c := admin(t, lab, source)
	arn := role(t, c, "runner", trustAWS("arn:aws:iam::"+source+":root"))
	session, err := assume(t, lab, c, arn)
	ok(t, err)
	clock.Advance(59 * time.Minute)
	must[*sts.GetCallerIdentityOutput](t)(session.sts.GetCallerIdentity(ctx, nil))
	clock.Advance(2 * time.Minute)
	_, err = session.sts.GetCallerIdentity(ctx, nil)
	refused(t, err, "ExpiredToken")

	// A role that is deleted takes its sessions with it.
	session, err = assume(t, lab, c, arn)
	ok(t, err)
	must[*iam.DeleteRoleOutput](t)(c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("runner")}))
	_, err = session.sts.GetCallerIdentity(ctx, nil)
	refused(t, err, "InvalidClientTokenId")
}
