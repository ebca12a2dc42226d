package door_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/cloud/door"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestADoor(t *testing.T) {
	server := pgtest.Server(t)
	admin := pgtest.Database(t, server)
	user, other := pgtest.Role(t, server, ""), pgtest.Role(t, server, "")
	pgtest.Exec(t, admin, "CREATE ROLE rds_iam", "GRANT rds_iam TO "+user)
	authority, err := door.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	d, err := door.Open(door.Config{
		AdminURL:  admin,
		Authority: authority,
		Admit: func(token, endpoint, who string) error {
			if token != "good" || who != user || !strings.HasPrefix(endpoint, "127.0.0.1:") {
				return errors.New("no")
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	ctx := context.Background()
	connect := func(who, password, mode string) (*pgx.Conn, error) {
		u := strings.Replace(admin, "sslmode=disable", "sslmode="+mode, 1)
		u = strings.Replace(u, ":"+strconv.Itoa(server.Port)+"/", ":"+strconv.Itoa(d.Port())+"/", 1)
		config, err := pgx.ParseConfig(u)
		if err != nil {
			t.Fatal(err)
		}
		config.User, config.Password = who, password
		config.RuntimeParams["application_name"] = "through the door"
		return pgx.ConnectConfig(ctx, config)
	}
	for _, test := range []struct{ sentence, who, password, mode, refusal string }{
		{"a token lets in", user, "good", "require", ""},
		{"another one does not", user, "bad", "require", "PAM authentication failed"},
		{"the user's own password does not", user, user, "require", "PAM authentication failed"},
		{"a token does not go without TLS", user, "good", "disable", "no encryption"},
		{"others have their passwords", other, other, "require", ""},
		{"and need no TLS", other, other, "disable", ""},
		{"and no others", other, "good", "require", "password authentication failed"},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			c, err := connect(test.who, test.password, test.mode)
			if test.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), test.refusal) {
					t.Errorf("it gives %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close(ctx) }()
			var who, application string
			if err := c.QueryRow(ctx, "SELECT session_user::text, current_setting('application_name')").
				Scan(&who, &application); err != nil || who != test.who || application != "through the door" {
				t.Errorf("it is %s of %q: %v", who, application, err)
			}
		})
	}
	t.Run("a statement can be cancelled", func(t *testing.T) {
		c, err := connect(user, "good", "require")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(ctx) }()
		time.AfterFunc(200*time.Millisecond, func() { _ = c.PgConn().CancelRequest(ctx) })
		if _, err := c.Exec(ctx, "SELECT pg_sleep(30)"); err == nil || !strings.Contains(err.Error(), "57014") {
			t.Errorf("it gives %v", err)
		}
	})
}
