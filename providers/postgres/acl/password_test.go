package acl

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

func (w *world) login(role, password string) error {
	u, err := url.Parse(w.admin)
	if err != nil {
		w.t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	c, err := pgx.Connect(context.Background(), u.String())
	if err != nil {
		return err
	}
	return c.Close(context.Background())
}

func TestPitfall13PasswordIsSentAsAVerifier(t *testing.T) {
	server := pgtest.Own(t, map[string]string{
		"log_statement":              "all",
		"log_min_duration_statement": "0",
		"log_parameter_max_length":   "-1",
	})
	for _, attributes := range []string{"", "CREATEROLE"} {
		w := newWorldOn(t, server, attributes)
		first, second := `pa'ss\wörd one`, "se cond\u00a0☃ pass"
		r := w.role("app", func(r *spec.Role) { r.Login, r.Password = yes(), &spec.Secret{Name: "pw", Env: "PW"} })
		w.password = first
		d := w.apply(r)
		contains(t, text(d), "ALTER ROLE "+w.ident("app")+" PASSWORD (sensitive value)")
		if err := w.login(r.Name, first); err != nil {
			t.Fatalf("logging in: %v", err)
		}
		// Another secret alone is no change; another version is.
		w.password = second
		if d := w.plan(r); len(d.Changes) > 0 {
			t.Errorf("changes without a new version:\n%s", text(d))
		}
		r.PasswordVersion = "2"
		d = w.apply(r)
		if d.Changes[0].Before["password_version"] != nil || d.Changes[0].After["password_version"] != "2" ||
			d.Changes[0].Sensitive[0] != "password" {
			t.Errorf("change: %+v", d.Changes[0])
		}
		if err := w.login(r.Name, second); err != nil {
			t.Errorf("logging in with the new password: %v", err)
		}
		if w.login(r.Name, first) == nil {
			t.Error("the old password still works")
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{server.Log(), string(raw)} {
			for _, part := range []string{"wörd one", "se cond", "☃ pass"} {
				if strings.Contains(text, part) {
					t.Errorf("%q was written down", part)
				}
			}
		}
		w.execAs("ALTER ROLE " + w.ident("app") + " RESET ALL") // the role can be altered further
		// It takes no right to pg_authid, and none is asked for.
		if strings.Contains(server.Log(), "FROM pg_authid") || strings.Contains(server.Log(), "pg_shadow") {
			t.Error("the passwords of the server were read")
		}
	}
}

func TestAdoptedRoleKeepsItsPassword(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE ROLE " + w.ident("app") + " LOGIN PASSWORD 'by-hand'")
	r := w.role("app", func(r *spec.Role) { r.Password = &spec.Secret{Name: "pw", Env: "PW"} })
	w.password = "from-secret"
	contains(t, text(w.apply(r)), "its password is kept")
	if err := w.login(r.Name, "by-hand"); err != nil {
		t.Errorf("logging in: %v", err)
	}
	r.PasswordVersion = "1"
	w.apply(r)
	if err := w.login(r.Name, "from-secret"); err != nil {
		t.Errorf("logging in: %v", err)
	}
}

func TestVerifierIsPostgreSQLs(t *testing.T) {
	// RFC 7677's user: the keys for this salt and password are in its example.
	salt := []byte{0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81}
	v, err := Verifier(secret.New("pencil"), bytes.NewReader(salt))
	if err != nil {
		t.Fatal(err)
	}
	want := "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
		"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
	if v.Reveal() != want {
		t.Errorf("verifier %s", v.Reveal())
	}
	// SASLprep: a soft hyphen is mapped to nothing, a no-break space to a space, ligatures are taken apart.
	same := func(a, b string) bool {
		x, _ := Verifier(secret.New(a), bytes.NewReader(salt))
		y, _ := Verifier(secret.New(b), bytes.NewReader(salt))
		return x == y
	}
	if !same("pen\u00adcil", "pencil") || !same("a\u00a0b", "a b") || !same("\ufb01x", "fix") || same("a", "b") {
		t.Error("SASLprep was not applied")
	}
	if same("a\u0007", "a") {
		t.Error("a password that SASLprep refuses is not taken as it is")
	}
	if _, err := Verifier(secret.Value{}, rand.Reader); err == nil {
		t.Error("an empty password was taken")
	}
}
