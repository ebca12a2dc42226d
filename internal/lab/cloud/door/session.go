package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// session is somebody at the door.
type session struct {
	door    *Door
	conn    net.Conn
	secure  bool
	backend *pgproto3.Backend
}

// serve lets somebody in or not, and then stays between the two ends until one hangs up.
func (s *session) serve(ctx context.Context) {
	for {
		s.backend = pgproto3.NewBackend(s.conn, s.conn)
		m, err := s.backend.ReceiveStartupMessage()
		if err != nil {
			return
		}
		switch m := m.(type) {
		case *pgproto3.SSLRequest:
			if !s.secured() {
				return
			}
		case *pgproto3.GSSEncRequest:
			if _, err := s.conn.Write([]byte("N")); err != nil {
				return
			}
		case *pgproto3.CancelRequest:
			if c, err := s.through(m); err == nil {
				_ = c.Close()
			}
			return
		case *pgproto3.StartupMessage:
			s.start(ctx, m)
			return
		}
	}
}

// secured answers who asks for TLS.
func (s *session) secured() bool {
	if s.door.tls == nil {
		_, err := s.conn.Write([]byte("N"))
		return err == nil
	}
	if _, err := s.conn.Write([]byte("S")); err != nil {
		return false
	}
	c := tls.Server(s.conn, s.door.tls)
	s.conn, s.secure = c, true
	return c.Handshake() == nil
}

// start is for somebody who has said a name.
func (s *session) start(ctx context.Context, m *pgproto3.StartupMessage) {
	user := m.Parameters["user"]
	token, err := s.door.takesTokens(ctx, user)
	switch {
	case err != nil:
		s.refuse("57P03", "the door cannot reach the server behind it")
	case !token:
		if c, err := s.through(m); err == nil {
			join(s.conn, c)
		}
	case s.door.tls != nil && !s.secure:
		s.refuse("28000", fmt.Sprintf("no pg_hba.conf entry for host %q, user %q, database %q, no encryption",
			"127.0.0.1", user, m.Parameters["database"]))
	default:
		s.admit(ctx, user, m)
	}
}

// through passes a message on to the server behind.
func (s *session) through(m pgproto3.FrontendMessage) (net.Conn, error) {
	raw, err := m.Encode(nil)
	if err != nil {
		return nil, err
	}
	c, err := net.Dial("tcp", s.door.behind)
	if err != nil {
		return nil, err
	}
	if _, err := c.Write(raw); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// admit asks for a token and, where it is good, opens the user's session on the server behind.
func (s *session) admit(ctx context.Context, user string, m *pgproto3.StartupMessage) {
	if err := s.backend.SetAuthType(pgproto3.AuthTypeCleartextPassword); err != nil {
		return
	}
	s.backend.Send(&pgproto3.AuthenticationCleartextPassword{})
	if s.backend.Flush() != nil {
		return
	}
	answer, err := s.backend.Receive()
	if err != nil {
		return
	}
	password, ok := answer.(*pgproto3.PasswordMessage)
	if !ok || s.door.config.Admit(password.Password, s.door.Endpoint(), user) != nil {
		s.refuse("28000", fmt.Sprintf("PAM authentication failed for user %q", user))
		return
	}
	behind, err := s.behind(ctx, user, m)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		s.refuse(refused.Code, refused.Message)
		return
	case err != nil:
		s.refuse("57P03", "the door cannot reach the server behind it")
		return
	}
	s.backend.Send(&pgproto3.AuthenticationOk{})
	for _, name := range slices.Sorted(maps.Keys(behind.ParameterStatuses)) {
		s.backend.Send(&pgproto3.ParameterStatus{Name: name, Value: behind.ParameterStatuses[name]})
	}
	s.backend.Send(&pgproto3.BackendKeyData{ProcessID: behind.PID, SecretKey: behind.SecretKey})
	s.backend.Send(&pgproto3.ReadyForQuery{TxStatus: behind.TxStatus})
	if s.backend.Flush() == nil {
		join(s.conn, behind.Conn)
	}
	_ = behind.Conn.Close()
}

// behind opens a session as who came in asked for it.
func (s *session) behind(ctx context.Context, user string, m *pgproto3.StartupMessage) (*pgconn.HijackedConn, error) {
	config, err := pgconn.ParseConfig(s.door.config.AdminURL)
	if err != nil {
		return nil, err
	}
	config.User, config.Database, config.RuntimeParams = user, m.Parameters["database"], map[string]string{}
	if config.Database == "" {
		config.Database = user
	}
	for name, value := range m.Parameters {
		if name != "user" && name != "database" {
			config.RuntimeParams[name] = value
		}
	}
	if config.Password, err = s.door.password(ctx, user); err != nil {
		return nil, err
	}
	c, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return c.Hijack()
}

func (s *session) refuse(code, message string) {
	s.backend.Send(&pgproto3.ErrorResponse{
		Severity:            "FATAL",
		SeverityUnlocalized: "FATAL",
		Code:                code,
		Message:             message,
	})
	_ = s.backend.Flush() // who hung up does not hear it
}
