package spec

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Unreachable reports everything that the spec names and the operator who runs shoji does not let it reach, before
// anything is read. An untrusted spec reaches nothing anyway, and may be looked at.
func (p *Project) Unreachable() diag.Diagnostics {
	var ds diag.Diagnostics
	if p.Runner.Untrusted {
		return nil
	}
	for _, s := range p.Secrets {
		err := p.Runner.CheckVariable(s.Env)
		if s.File != "" {
			err = p.Runner.CheckFile(s.File)
		}
		if err != nil && (s.Env != "") != (s.File != "") {
			ds.AppendErr("", p.outOfReach(s, err))
		}
	}
	for _, d := range p.Databases {
		for _, h := range hosts(d.URL) {
			if err := d.Runner.CheckHost(h.name, h.port); err != nil {
				ds.Append(d.OutOfReach(err))
			}
		}
	}
	if j := p.Journal; j.Path != "" && p.Runner.LimitsFiles() {
		if err := p.Runner.CheckFile(j.Path); err != nil {
			ds.Errorf(j.Range, "A directory out of reach", "The journal may not be kept in %s: %s.", j.Path, err)
		}
	}
	for _, a := range p.AWS {
		ds.AppendErr("", a.Reach())
	}
	return ds
}

// outOfReach returns the error of a secret that the spec may not read.
func (p *Project) outOfReach(s *Secret, err error) error {
	from := "the environment variable " + s.Env
	if s.File != "" {
		from = "the file " + s.File
	}
	return p.secretErrorf(s, "A secret out of reach", "%s may not read %s: %s.", s.Address(), from, err)
}

// OutOfReach returns the error of a database that the spec may not connect to.
func (d *Database) OutOfReach(err error) diag.Diagnostic {
	at := d.Range
	return diag.Diagnostic{Severity: diag.Error, Summary: "A host out of reach", Address: d.Address(), Range: &at,
		Detail: fmt.Sprintf("%s may not be connected to: %s.", d.Address(), err)}
}

// Reach returns an error if the spec may not send requests to an account. The services of AWS itself are on no list of
// hosts.
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
	name string
	port int
}

// hosts returns the servers that a postgres:// URL names; those of other texts, and defaults, are known on connecting.
func hosts(text string) []host {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil
	}
	var out []host
	for part := range strings.SplitSeq(u.Host, ",") {
		server := url.URL{Host: part}
		h := host{server.Hostname(), 5432}
		if n, err := strconv.Atoi(server.Port()); err == nil {
			h.port = n
		}
		if h.name != "" {
			out = append(out, h)
		}
	}
	return out
}
