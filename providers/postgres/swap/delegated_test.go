package swap

import (
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/spec"
)

// TestExtensionsThatRDSDelegates: on RDS a member of rds_extension creates those that a parameter names.
func TestExtensionsThatRDSDelegates(t *testing.T) {
	server := pgtest.Own(t, map[string]string{"rds.allowed_delegated_extensions": "aws_commons, aws_s3"})
	pgtest.Exec(t, server.AdminURL("postgres"), "CREATE ROLE rds_extension")
	member, other := pgtest.Role(t, server, "IN ROLE rds_extension"), pgtest.Role(t, server, "")
	for user, want := range map[string]map[string]bool{
		member: {"aws_s3": true, "postgis": false},
		other:  {"aws_s3": false},
	} {
		c := pgtest.Connect(t, pgtest.As(t, server.AdminURL("postgres"), user))
		f, err := Inspect(t.Context(), c, Names{Live: "postgres"}, &spec.Refresh{})
		if err != nil {
			t.Fatal(err)
		}
		for name, may := range want {
			if got := f.MayCreate(name, "aws_commons"); got != may {
				t.Errorf("%s may create %s: %v", user, name, got)
			}
		}
	}
}
