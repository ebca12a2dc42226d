package acl

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/xdg-go/stringprep"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// ChangeRole creates, alters or drops one role of a server, in one transaction.
type ChangeRole struct {
	Server string `json:"server"` // the address of a database of it: database.staging
	Role   string `json:"role"`
	Create bool   `json:"create,omitempty"`
	Drop   bool   `json:"drop,omitempty"`
	// Attributes are the options of CREATE ROLE or ALTER ROLE: "NOLOGIN", "CONNECTION LIMIT 5".
	Attributes  []string        `json:"attributes,omitempty"`
	Memberships []Membership    `json:"memberships,omitempty"`
	Settings    []SettingChange `json:"settings,omitempty"`
	// Comment is the whole of the new comment, nil where the comment stays.
	Comment *string `json:"comment,omitempty"`
	// Password is the address of the role whose secret is set, "" where none is.
	Password string `json:"password,omitempty"`
}

// Membership is a GRANT or REVOKE of another role to the role of a step, or from it.
type Membership struct {
	Of     string `json:"of"`
	Revoke bool   `json:"revoke,omitempty"`
	// With are the options of a GRANT: "INHERIT TRUE".
	With []string `json:"with,omitempty"`
	// Option is the option that a REVOKE takes, "" for the whole membership.
	Option    string `json:"option,omitempty"`
	GrantedBy string `json:"granted_by,omitempty"`
}

// SettingChange is ALTER ROLE … SET, or RESET where Value is nil.
type SettingChange struct {
	Name  string  `json:"name"`
	Value *string `json:"value,omitempty"`
}

func (ChangeRole) Kind() string { return "acl.roles" }

func (o ChangeRole) Touches() []engine.Touch { return []engine.Touch{engine.Writes(o.Server)} }

func (o ChangeRole) Statements() []engine.Statement {
	return op.Statements(o.Server, o.statements(secret.Redacted)...)
}

// statements returns the SQL of the step with what stands for the password.
func (o ChangeRole) statements(password string) []string {
	role := sqltext.Ident(o.Role)
	if o.Drop {
		return []string{"DROP ROLE " + role}
	}
	var texts []string
	switch {
	case o.Create:
		texts = append(texts, strings.Join(append([]string{"CREATE ROLE " + role}, o.Attributes...), " "))
	case len(o.Attributes) > 0:
		texts = append(texts, "ALTER ROLE "+role+" "+strings.Join(o.Attributes, " "))
	}
	for _, m := range o.Memberships {
		texts = append(texts, m.statement(role))
	}
	for _, s := range o.Settings {
		if s.Value == nil {
			texts = append(texts, "ALTER ROLE "+role+" RESET "+sqltext.SettingName(s.Name))
		} else {
			texts = append(texts, "ALTER ROLE "+role+" SET "+sqltext.Setting(s.Name, *s.Value))
		}
	}
	if o.Comment != nil {
		comment := "NULL"
		if *o.Comment != "" {
			comment = strings.TrimSpace(sqltext.Literal(*o.Comment))
		}
		texts = append(texts, "COMMENT ON ROLE "+role+" IS "+comment)
	}
	if o.Password != "" {
		texts = append(texts, "ALTER ROLE "+role+" PASSWORD "+password)
	}
	return texts
}

func (m Membership) statement(member string) string {
	text := "GRANT " + sqltext.Ident(m.Of) + " TO " + member
	if m.Revoke {
		text = "REVOKE "
		if m.Option != "" {
			text += m.Option + " OPTION FOR "
		}
		text += sqltext.Ident(m.Of) + " FROM " + member
	}
	if len(m.With) > 0 {
		text += " WITH " + strings.Join(m.With, ", ")
	}
	if m.GrantedBy != "" {
		text += " GRANTED BY " + sqltext.Ident(m.GrantedBy)
	}
	return text
}

// altersRole reports whether the role itself is altered, which memberships alone do not.
func (o ChangeRole) altersRole() bool {
	return len(o.Attributes)+len(o.Settings) > 0 || o.Comment != nil || o.Password != ""
}

// Run connects to the database for maintenance, which always exists. Of a password only the verifier is sent.
func (o ChangeRole) Run(ctx context.Context, e *op.Env) error {
	db, err := e.Sessions.Database(o.Server)
	if err != nil {
		return err
	}
	var verifier secret.Value
	if o.Password != "" {
		if verifier, err = o.readVerifier(e); err != nil {
			return err
		}
	}
	maintenance := e.Sessions.Connector(db).Maintenance()
	return inDatabase(ctx, e, o.Server, maintenance, func(ctx context.Context, tx pgx.Tx) error {
		return o.execute(ctx, tx, verifier)
	})
}

// readVerifier returns the verifier of the secret that the spec names for the role.
func (o ChangeRole) readVerifier(e *op.Env) (secret.Value, error) {
	for _, r := range e.Project.Roles {
		if r.Address() != o.Password || r.Password == nil {
			continue
		}
		password, err := e.Project.ReadSecret(r.Password)
		if err != nil {
			return secret.Value{}, fmt.Errorf("reading the password of %s: %w", o.Password, err)
		}
		verifier, err := Verifier(password, e.Random)
		if err != nil {
			return secret.Value{}, fmt.Errorf("setting the password of %s: %w", o.Password, err)
		}
		return verifier, nil
	}
	return secret.Value{}, fmt.Errorf("the spec has no password for %s any more", o.Password)
}

func (o ChangeRole) execute(ctx context.Context, tx pgx.Tx, verifier secret.Value) error {
	comment, exists, err := roleComment(ctx, tx, o.Role)
	if err != nil {
		return err
	}
	// A run that was interrupted may have committed the step: then a dropped role is gone, and a created one has the
	// comment of the step.
	if o.Drop && !exists || o.Create && exists && o.Comment != nil && *o.Comment == comment {
		return nil
	}
	redacted := o.statements(secret.Redacted)
	for i, text := range o.statements(sqltext.Literal(verifier.Reveal())) {
		if err := exec(ctx, tx, text); err != nil {
			return fmt.Errorf("running %s: %w", redacted[i], conn.Redact(err))
		}
	}
	return nil
}

// roleComment returns the comment of a role, and whether the role exists.
func roleComment(ctx context.Context, tx pgx.Tx, role string) (comment string, exists bool, err error) {
	err = tx.QueryRow(ctx, "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = $1",
		role).Scan(&comment)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("looking for role %s: %w", sqltext.Plain(role), conn.Redact(err))
	}
	return comment, true, nil
}

// iterations and saltLength are PostgreSQL's own defaults (SCRAM_SHA_256_DEFAULT_ITERATIONS, SCRAM_DEFAULT_SALT_LEN).
const (
	iterations = 4096
	saltLength = 16
)

// Verifier makes of a password what PostgreSQL stores: it can check a password and gives none away (RFC 5803,
// RFC 5802). A password that SASLprep refuses is taken as its bytes, as the server and libpq do.
func Verifier(password secret.Value, random io.Reader) (secret.Value, error) {
	if password.Len() == 0 {
		return secret.Value{}, fmt.Errorf("the password is empty, and PostgreSQL does not accept an empty password")
	}
	text := password.Reveal()
	if prepared, err := stringprep.SASLprep.Prepare(text); err == nil && prepared != "" {
		text = prepared
	}
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return secret.Value{}, fmt.Errorf("generating a salt: %w", err)
	}
	salted, err := pbkdf2.Key(sha256.New, text, salt, iterations, sha256.Size)
	if err != nil {
		return secret.Value{}, fmt.Errorf("hashing the password: %w", err)
	}
	client := sha256.Sum256(mac(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return secret.New(fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(client[:]),
		encode(mac(salted, "Server Key")))), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
