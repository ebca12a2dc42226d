package aurora

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Members of rds_iam log in with a token of IAM instead of a password. Aurora's server asks PAM; the lab's asks its
// LDAP server, which is this process: so a refusal reads "LDAP authentication failed" here and "PAM authentication
// failed" there. Unlike Aurora the lab takes a token without TLS. A server that is built without LDAP has no IAM
// authentication.

// letIn makes a running server ask about tokens, until ctx ends.
func (s *storage) letIn(ctx context.Context, conn *pgx.Conn, check func(user, token string) error) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for logins: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			go answerBind(c, check)
		}
	}()
	return s.rule(ctx, conn, listener.Addr().(*net.TCPAddr).Port)
}

const ruleMark = "# the lab's IAM authentication"

// rule puts the line about rds_iam first, instead of that of an earlier start or of the source of a copy.
func (s *storage) rule(ctx context.Context, conn *pgx.Conn, port int) error {
	file := filepath.Join(s.server.Data(), "pg_hba.conf")
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading pg_hba.conf: %w", err)
	}
	rest := string(text)
	if strings.HasPrefix(rest, ruleMark) {
		_, rest, _ = strings.Cut(rest, "\n")
		_, rest, _ = strings.Cut(rest, "\n")
	}
	line := fmt.Sprintf("host all +rds_iam 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport=%d ldapprefix=\"cn=\"\n",
		port)
	if err := write(file, ruleMark+"\n"+line+rest); err != nil {
		return err
	}
	var bad int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL").
		Scan(&bad); err != nil {
		return fmt.Errorf("checking pg_hba.conf: %w", err)
	}
	if bad > 0 {
		return write(file, rest) // no LDAP in this build
	}
	_, err = conn.Exec(ctx, "SELECT pg_reload_conf()")
	return err
}

// The few tags of LDAP that a simple bind needs.
const (
	tagInteger     = 0x02
	tagSequence    = 0x30
	tagBind        = 0x60
	tagSimple      = 0x80
	bindAnswered   = 0x61
	bindOK         = 0
	bindRefused    = 49 // invalidCredentials
	longestMessage = 1 << 16
)

// answerBind answers the one question of a connection.
func answerBind(c net.Conn, check func(user, token string) error) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	for {
		tag, message, err := element(in)
		if err != nil || tag != tagSequence {
			return
		}
		body := strings.NewReader(string(message))
		_, id, err1 := element(body)
		kind, bind, err2 := element(body)
		if errors.Join(err1, err2) != nil || kind != tagBind {
			return // an unbind ends it
		}
		inner := strings.NewReader(string(bind))
		_, _, err1 = element(inner) // the version
		_, name, err2 := element(inner)
		method, password, err3 := element(inner)
		result := byte(bindRefused)
		if errors.Join(err1, err2, err3) == nil && method == tagSimple &&
			check(strings.TrimPrefix(string(name), "cn="), string(password)) == nil {
			result = bindOK
		}
		answer := []byte{bindAnswered, 7, 0x0a, 1, result, 0x04, 0, 0x04, 0}
		out := append([]byte{tagSequence, byte(2 + len(id) + len(answer)), tagInteger, byte(len(id))}, id...)
		if _, err := c.Write(append(out, answer...)); err != nil {
			return
		}
	}
}

// element reads one tag, length and value.
func element(in io.Reader) (tag byte, value []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, err
	}
	size := uint32(head[1])
	if head[1] >= 0x80 {
		var long [4]byte
		n := int(head[1] & 0x7f)
		if n > 4 {
			return 0, nil, errors.New("a length of more than 4 bytes")
		}
		if _, err := io.ReadFull(in, long[4-n:]); err != nil {
			return 0, nil, err
		}
		size = binary.BigEndian.Uint32(long[:])
	}
	if size > longestMessage {
		return 0, nil, errors.New("a message that is too long")
	}
	value = make([]byte, size)
	_, err = io.ReadFull(in, value)
	return head[0], value, err
}
