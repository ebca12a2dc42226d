package swap

import (
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
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

// TestExtensionsThatRDSAllows: of what RDS supports, a parameter may allow fewer. Elsewhere nothing is said.
func TestExtensionsThatRDSAllows(t *testing.T) {
	read := func(settings map[string]string, role func(*pgserver.Server) string) *Facts {
		server := pgtest.Own(t, settings)
		url := server.AdminURL("postgres")
		if role != nil {
			url = pgtest.As(t, url, role(server))
		}
		f, err := Inspect(t.Context(), pgtest.Connect(t, url), Names{Live: "postgres"}, &spec.Refresh{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := read(map[string]string{"shared_preload_libraries": "$libdir/auto_explain"}, nil)
	if f.Allowed != nil || !slices.Equal(f.Loaded, []string{"auto_explain"}) {
		t.Errorf("elsewhere: allowed %v, loaded %v", f.Allowed, f.Loaded)
	}
	f = read(map[string]string{"rds.extensions": "postgis, pg_cron", "rds.allowed_extensions": "*"},
		func(s *pgserver.Server) string { return pgtest.Role(t, s, "") })
	if !slices.Equal(f.Allowed, []string{"postgis", "pg_cron"}) || f.Loaded != nil {
		t.Errorf("supported: %v, loaded %v", f.Allowed, f.Loaded)
	}
	f = read(map[string]string{"rds.extensions": "postgis, pg_cron", "rds.allowed_extensions": "pg_cron"}, nil)
	if !slices.Equal(f.Allowed, []string{"pg_cron"}) {
		t.Errorf("allowed: %v", f.Allowed)
	}
}
