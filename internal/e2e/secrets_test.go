package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/secret"
)

// watch looks at the list of processes again and again, until what it gives is called.
func (p *project) watch() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			for _, command := range commands() {
				p.listed[command] = true
			}
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-ended }
}

// commands returns the command lines of all processes. It reads as little as it can: it runs fifty times a second.
func commands() (lines []string) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		// A process may have ended meanwhile; those of the kernel have no command line.
		if text, err := os.ReadFile("/proc/" + name + "/cmdline"); err == nil && len(text) > 0 {
			lines = append(lines, string(text))
		}
	}
	return lines
}

// secretless finds no credentials in the files of a project, its journal and its plans among them, in what was printed,
// in the list of processes, in the servers' logs, in what the lab's AWS was asked, and in the journal that is in a
// database.
func (p *project) secretless() {
	p.t.Helper()
	w := p.w
	key := w.Secrets()[0]
	secrets := append(w.Secrets(), "lab-session/", "ASIA", "X-Amz-Signature",
		secret.New(key).Derive("shoji mask key v1 shop").Reveal())
	texts := map[string]string{"the output": p.said.String(), "the log of a server": w.log()}
	for line := range p.listed {
		texts["the list of processes"] += line + "\n"
	}
	for _, c := range w.Calls() {
		line, _ := json.Marshal(c)
		texts["the log of calls"] += string(line) + "\n"
	}
	_ = filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, _ := os.ReadFile(path)
			texts[path] = string(text)
		}
		return err
	})
	if url := p.env["SHOJI_JOURNAL_URL"]; url != "" {
		texts["the journal"] = read(p.t, url,
			"SELECT r::text FROM shoji.run r UNION ALL SELECT r::text FROM shoji.record r")
	}
	for what, part := range map[string]string{
		"the log of a server":   "query_export_to_s3",
		"the list of processes": w.program,
		"the log of calls":      "CreateDBInstance",
	} {
		if !strings.Contains(texts[what], part) {
			p.t.Errorf("there is too little to look at in %s", what)
		}
	}
	journal := texts["the journal"]
	for path, text := range texts {
		if strings.Contains(path, ".shoji/") {
			journal += text
		}
	}
	if !strings.Contains(journal, `step_intent`) {
		p.t.Error("there is no journal to look at")
	}
	for what, text := range texts {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				p.t.Errorf("%s holds credentials (%s…)", what, secret[:4])
			}
		}
		for _, password := range w.Passwords() { // servers log what makes a user
			if what != "the log of a server" && strings.Contains(text, password) {
				p.t.Errorf("%s holds a password", what)
			}
		}
	}
}
