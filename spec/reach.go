package spec

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// reach holds what the spec names against what whoever runs shoji lets it reach, so that all that is not let is said at
// once and before anything is read. What nobody trusts reaches nothing anyway, and may be looked at.
func (l *loader) reach() {
	if l.project.runner.Untrusted {
		return
	}
	for _, s := range l.project.Secrets {
		err := l.project.runner.CheckVariable(s.Env)
		if s.File != "" {
			err = l.project.runner.CheckFile(s.File)
		}
		if err != nil && (s.Env != "") != (s.File != "") {
			l.diags.AppendErr("", l.project.outOfReach(s, err))
		}
	}
	for _, d := range l.project.Databases {
		for _, at := range hosts(d.URL) {
			if err := d.Runner.CheckHost(at.host, at.port); err != nil {
				l.diags.Append(d.OutOfReach(err))
			}
		}
	}
	if j := l.project.Journal; j.Path != "" && l.project.runner.LimitsFiles() {
		if err := l.project.runner.CheckFile(j.Path); err != nil {
			l.diags.Errorf(j.Range, "A directory out of reach", "The journal may not be kept in %s: %s.", j.Path, err)
		}
	}
	for _, a := range l.project.AWS {
		if err := a.Reach(); err != nil {
			l.diags.AppendErr("", err)
		}
	}
}

// outOfReach says why a secret is not read.
func (p *Project) outOfReach(s *Secret, err error) error {
	from := "the environment variable " + s.Env
	if s.File != "" {
		from = "the file " + s.File
	}
	return p.secretErrorf(s, "A secret out of reach", "%s may not read %s: %s.", s.Address(), from, err)
}

// OutOfReach says why a database is not connected to.
func (d *Database) OutOfReach(err error) diag.Diagnostic {
	at := d.Range
	return diag.Diagnostic{Severity: diag.Error, Summary: "A host out of reach", Address: d.Address(), Range: &at,
		Detail: fmt.Sprintf("%s may not be connected to: %s.", d.Address(), err)}
}

// Reach returns why the services of an account may not be asked; nil where they may. Those of AWS itself are not on a
// list of hosts.
func (a *AWS) Reach() error {
	host, port := "", 0
	if a.Endpoint != "" {
		u, err := url.Parse(a.Endpoint)
		if err != nil {
			return err
		}
		host, port = u.Hostname(), 443
		if u.Scheme == "http" {
			port = 80
		}
		if n, err := strconv.Atoi(u.Port()); err == nil {
			port = n
		}
	} else if !a.Runner.Untrusted {
		return nil
	}
	if err := a.Runner.CheckHost(host, port); err != nil {
		at := a.Range
		return diag.Diagnostic{Severity: diag.Error, Summary: "A host out of reach", Address: a.Address(), Range: &at,
			Detail: fmt.Sprintf("%s may not be asked: %s.", a.Address(), err)}
	}
	return nil
}

// host is one server that a URL names.
type host struct {
	host string
	port int
}

// hosts returns the servers that a postgres:// URL names; those of other texts, and of no name, are known when they are
// connected to.
func hosts(text string) []host {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil
	}
	var out []host
	for part := range strings.SplitSeq(u.Host, ",") {
		one := url.URL{Host: part}
		h := host{one.Hostname(), 5432}
		if n, err := strconv.Atoi(one.Port()); err == nil {
			h.port = n
		}
		if h.host != "" {
			out = append(out, h)
		}
	}
	return out
}
