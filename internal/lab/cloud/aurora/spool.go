package aurora

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// question is what a function of aws_s3 asks the lab's process.
type question struct {
	Op          string // check, export, import or done
	ID          string
	Bucket      string
	Key         string
	Region      string
	Options     string
	KMSKey      string `json:"kms_key"`
	Columns     string // a JSON object whose keys are the names of the columns, in their order
	Chunks      int
	Credentials *struct {
		AccessKey    string `json:"access_key"`
		SecretKey    string `json:"secret_key"`
		SessionToken string `json:"session_token"`
	}
}

// answer is what the function returns or raises: with a message it is an error.
type answer struct {
	Message string `json:"message,omitempty"`
	Code    string `json:"code,omitempty"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
	Binary  bool   `json:"binary"`
	Rows    int64  `json:"rows"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
	File    string `json:"file,omitempty"`
}

// failure is an answer that is an error.
func failure(code, message, detail, hint string) answer {
	return answer{Message: message, Code: code, Detail: detail, Hint: hint}
}

// spool is where a server and the lab's process meet.
type spool struct {
	lab     *Lab
	dir     string
	cluster string // its ARN
}

// often is how soon a question is seen.
const often = 5 * time.Millisecond

// watch begins to answer a server's questions, those about logins too, until the storage ends.
func (s *storage) watch(ctx context.Context, l *Lab, cluster string) error {
	dir := filepath.Join(s.dir, "spool")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a spool: %w", err)
	}
	if err := pgserver.GiveAway(dir); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("reaching a cluster that was started: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	running, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go spool{lab: l, dir: dir, cluster: cluster}.run(running)
	return s.letIn(running, conn, func(user, token string) error { return l.Connect(cluster, user, token) })
}

func (s spool) run(ctx context.Context) {
	seen := map[string]bool{}
	for tick := time.NewTicker(often); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			continue // the cluster is being deleted
		}
		for _, e := range entries {
			if name := e.Name(); strings.HasSuffix(name, ".ask") && !seen[name] {
				if q, ok := s.read(name); ok {
					seen[name] = true
					go s.reply(ctx, name, q)
				}
			}
		}
	}
}

// read reads a question that is written to its end.
func (s spool) read(name string) (question, bool) {
	var q question
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		return q, false
	}
	line, ok := strings.CutSuffix(string(text), "\nend\n")
	if !ok {
		return q, false
	}
	return q, json.Unmarshal([]byte(unescape(line)), &q) == nil
}

// reply answers in one step: the file is there whole, or not at all.
func (s spool) reply(ctx context.Context, name string, q question) {
	_ = os.Remove(filepath.Join(s.dir, name)) // it may hold credentials
	var a answer
	switch q.Op {
	case "check":
		a = s.check(q)
	case "export":
		a = s.export(ctx, q)
	case "import":
		a = s.fetch(ctx, q)
	case "done":
		_ = os.Remove(filepath.Join(s.dir, filepath.Base(q.Key)))
	}
	text, err := json.Marshal(a)
	file := filepath.Join(s.dir, strings.TrimSuffix(name, ".ask"))
	// Without an answer the function waits until it is cancelled: nobody else can be told of an error here.
	if errors.Join(err, write(file+".new", string(text))) == nil {
		_ = os.Rename(file+".new", file+".reply")
		time.AfterFunc(time.Minute, func() { _ = os.Remove(file + ".reply") })
	}
}
