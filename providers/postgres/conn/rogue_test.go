package conn

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// rogue answers in a server's place, and keeps every byte that it is told.
type rogue struct {
	url  string // of a user of it
	play func(b *pgproto3.Backend)
	tls  *tls.Config

	mu   sync.Mutex
	told bytes.Buffer
}

// listen starts a rogue on this machine. It speaks TLS where secure is set.
func listen(t *testing.T, secure bool, play func(b *pgproto3.Backend)) *rogue {
	t.Helper()
	return listenAt(t, "127.0.0.1", secure, play)
}

func listenAt(t *testing.T, address string, secure bool, play func(b *pgproto3.Backend)) *rogue {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rogue{url: fmt.Sprintf("postgres://known:the-password@%s/app", l.Addr()), play: play}
	if secure {
		cert, key := selfSigned(t, "127.0.0.1")
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		r.tls = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(c)
		}
	}()
	return r
}

func (r *rogue) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	for {
		b := pgproto3.NewBackend(io.TeeReader(c, r), c)
		m, err := b.ReceiveStartupMessage()
		if err != nil {
			return
		}
		if _, ok := m.(*pgproto3.SSLRequest); ok {
			if r.tls == nil {
				_, _ = c.Write([]byte("N"))
				continue
			}
			_, _ = c.Write([]byte("S"))
			c = tls.Server(c, r.tls)
			continue
		}
		r.play(b)
		_, _ = io.Copy(r, c)
		return
	}
}

func (r *rogue) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told.Write(p)
}

func (r *rogue) heard() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told.String()
}

// say sends messages and waits for one answer.
func say(b *pgproto3.Backend, auth uint32, messages ...pgproto3.BackendMessage) {
	for _, m := range messages {
		b.Send(m)
	}
	if b.Flush() == nil && auth != pgproto3.AuthTypeOk && b.SetAuthType(auth) == nil {
		_, _ = b.Receive()
	}
}

// welcome lets anybody in, and answers whatever is asked.
func welcome(b *pgproto3.Backend) {
	say(b, pgproto3.AuthTypeOk, &pgproto3.AuthenticationOk{},
		&pgproto3.BackendKeyData{ProcessID: 7, SecretKey: []byte{1, 2, 3, 4}}, &pgproto3.ReadyForQuery{TxStatus: 'I'})
	for {
		m, err := b.Receive()
		if err != nil {
			return
		}
		switch m.(type) {
		case *pgproto3.Query:
			b.Send(&pgproto3.RowDescription{
				Fields: []pgproto3.FieldDescription{{Name: []byte("pid"), DataTypeOID: 23, DataTypeSize: 4}},
			})
			b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("7")}})
			b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
		case *pgproto3.FunctionCall:
			b.Send(&pgproto3.FunctionCallResponse{})
		}
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		_ = b.Flush()
	}
}

// tricks are what a rogue may ask for.
func tricks() map[string]func(b *pgproto3.Backend) {
	return map[string]func(b *pgproto3.Backend){
		"the password": func(b *pgproto3.Backend) {
			say(b, pgproto3.AuthTypeCleartextPassword, &pgproto3.AuthenticationCleartextPassword{})
			welcome(b)
		},
		"the password as MD5": func(b *pgproto3.Backend) {
			say(b, pgproto3.AuthTypeMD5Password, &pgproto3.AuthenticationMD5Password{Salt: [4]byte{1, 2, 3, 4}})
			welcome(b)
		},
		"nothing": welcome,
		"half of SCRAM": func(b *pgproto3.Backend) {
			say(b, pgproto3.AuthTypeSASL, &pgproto3.AuthenticationSASL{
				AuthMechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"},
			})
			welcome(b)
		},
		"SCRAM without binding, then the password": func(b *pgproto3.Backend) {
			say(b, pgproto3.AuthTypeSASL, &pgproto3.AuthenticationSASL{AuthMechanisms: []string{"SCRAM-SHA-256"}})
			say(b, pgproto3.AuthTypeCleartextPassword, &pgproto3.AuthenticationCleartextPassword{})
			welcome(b)
		},
	}
}

// TestARogueServerHearsNoSecret: whatever it asks for, and however it answers.
func TestARogueServerHearsNoSecret(t *testing.T) {
	for name, play := range tricks() {
		for _, secure := range []bool{false, true} {
			for _, mode := range []string{"disable", "allow", "prefer", "require"} {
				r := listen(t, secure, play)
				_, err := attempt(t, r.url+"?sslmode="+mode, "", Options{
					Secrets: map[string]secret.Value{KeySetting: secret.New(canary)},
				})
				if err == nil {
					t.Errorf("%s (TLS %v, sslmode=%s): a session was opened", name, secure, mode)
				}
				for _, s := range []string{canary, "the-password", "md5"} {
					if strings.Contains(r.heard(), s) {
						t.Errorf("%s (TLS %v, sslmode=%s): it heard %q", name, secure, mode, s)
					}
				}
			}
		}
	}
}

// TestARogueHearsWhatASpecLetsItHear: the tricks above do work where nothing is in their way.
func TestARogueHearsWhatASpecLetsItHear(t *testing.T) {
	for trick, want := range map[string]string{
		"the password":        "the-password",
		"the password as MD5": "md5",
		"nothing":             canary,
	} {
		r := listen(t, false, tricks()[trick])
		c := New(&spec.Database{Name: "prod", URL: r.url + "?sslmode=disable", Insecure: spec.InsecureNoTLS}, nil, nil)
		conn, err := c.Connect(context.Background(), Options{
			Secrets: map[string]secret.Value{KeySetting: secret.New(canary)},
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close(context.Background())
		if !strings.Contains(r.heard(), want) {
			t.Errorf("%s: it did not hear %q", trick, want)
		}
		heard := r.heard()
		if start := heard[:binary.BigEndian.Uint32([]byte(heard))]; strings.Contains(start, canary) ||
			!strings.Contains(start, "search_path") {
			t.Error("the key is in the start-up packet, or that is none")
		}
	}
}

// TestARelayGetsNoKey: somebody in between who passes SCRAM on to the real server, word by word, has another
// certificate than that.
func TestARelayGetsNoKey(t *testing.T) {
	cert, key := selfSigned(t, "127.0.0.1")
	s := pgtest.Own(t, map[string]string{"ssl": "on", "ssl_cert_file": cert, "ssl_key_file": key})
	target := fmt.Sprintf("127.0.0.1:%d", s.Port)
	pair, err := tls.LoadX509KeyPair(selfSigned(t, "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heard := &rogue{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go relay(c, target, pair, heard)
		}
	}()
	url := strings.Replace(strings.Replace(s.AdminURL("postgres"), target, l.Addr().String(), 1), "sslmode=disable",
		"sslmode=require", 1)
	// Without a secret nothing is asked of the way: this is what the relay can do.
	if _, err := attempt(t, url+"&channel_binding=disable", "", Options{}); err != nil {
		t.Fatalf("the relay does not work: %v", err)
	}
	for _, more := range []string{"", "&channel_binding=disable", "&channel_binding=prefer"} {
		_, err := attempt(t, url+more, "", Options{Secrets: map[string]secret.Value{KeySetting: secret.New(canary)}})
		if err == nil || strings.Contains(heard.heard(), canary) {
			t.Errorf("with %q the relay got through: %v", more, err)
		}
	}
}

// relay ends the TLS of a client, and begins another one to the server.
func relay(c net.Conn, target string, pair tls.Certificate, heard io.Writer) {
	request := make([]byte, 8)
	if _, err := io.ReadFull(c, request); err != nil {
		return
	}
	_, _ = c.Write([]byte("S"))
	client := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}})
	defer func() { _ = client.Close() }()
	raw, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	_, _ = raw.Write(request)
	if _, err := io.ReadFull(raw, request[:1]); err != nil {
		return
	}
	server := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	defer func() { _ = server.Close() }()
	go func() { _, _ = io.Copy(client, server) }()
	_, _ = io.Copy(io.MultiWriter(server, heard), client)
}

// TestAServerThatSaysNothingHoldsNobody: it lets a session in, and answers no question.
func TestAServerThatSaysNothingHoldsNobody(t *testing.T) {
	r := listen(t, false, func(b *pgproto3.Backend) {
		say(b, pgproto3.AuthTypeOk, &pgproto3.AuthenticationOk{},
			&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}},
			&pgproto3.ReadyForQuery{TxStatus: 'I'})
		for {
			if _, err := b.Receive(); err != nil {
				return
			}
		}
	})
	db := &spec.Database{Name: "prod", URL: r.url + "?sslmode=disable&connect_timeout=1"}
	begun := time.Now()
	_, err := New(db, nil, nil).Connect(context.Background(), Options{Purpose: "shoji plan", Limited: true})
	if err == nil || !strings.Contains(err.Error(), "did not answer within 3s") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
