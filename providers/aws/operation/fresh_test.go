package operation_test

import (
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/aws/operation"
)

func TestACloneBeginsWithTheParametersOfAGroupThatThePlanMakes(t *testing.T) {
	times := cloud.Quick()
	times.RDS.Group = cloud.Settle{For: time.Second}
	w := shop(t, cloud.Config{Times: times})
	w.fresh = time.Second
	plan := w.plan(w.refresh(`clone {
    class           = "db.r6g.large"
    parameter_group = parameter_group.clone
  }`, `
parameter_group "clone" {
  in         = aws.prod
  name       = "shop-clone"
  family     = "aurora-postgresql15"
  parameters = { authentication_timeout = "77" }
}`))
	mentions(t, statements(plan), "aws.prod: rds:DescribeDBClusterParameterGroups shop-clone until it is 5 minutes old")
	var got string
	w.lab.OnCall(func(c cloud.Call) error {
		if c.Operation == "DeleteDBInstance" && got == "" {
			got = pgtest.Rows(t, w.url("prod", operation.Name("refresh.nightly", "20260101T000000Z-00abcd")),
				"SHOW authentication_timeout")[0]
		}
		return nil
	})
	w.done(plan)
	if got != "77s" {
		t.Errorf("in the clone it is %q", got)
	}
}
