// Package allow holds what whoever runs shoji lets a spec reach. A spec is code that others write: in a pull request,
// before anybody has read it. What it may not reach is said in the environment of the runner, where a spec has no say.
package allow

import (
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
)

// The variables of the environment that a Runner is made of.
const (
	Hosts     = "SHOJI_ALLOW_HOSTS"
	Variables = "SHOJI_ALLOW_ENV"
	Files     = "SHOJI_ALLOW_FILES"
	Untrusted = "SHOJI_UNTRUSTED"
)

// ErrUntrusted is why nothing is reached for a spec that nobody trusts.
var ErrUntrusted = errors.New("the spec is not trusted (-untrusted or " + Untrusted + ")")

// Runner is what a spec may reach. The zero value is that of an environment that says nothing: every host, every
// variable, and the files of the project.
type Runner struct {
	// Untrusted lets a spec reach nothing.
	Untrusted bool
	// dir is the project's directory.
	dir                     string
	hosts, variables, files list
}

// list is what one variable of the environment holds.
type list struct {
	set     bool
	entries []string
}

// FromEnvironment reads a Runner from the environment. Entries of its lists are separated by commas or white space.
func FromEnvironment(lookup func(string) (string, bool)) (Runner, error) {
	read := func(name string) list {
		text, set := lookup(name)
		return list{
			set: set,
			entries: strings.FieldsFunc(text, func(r rune) bool {
				return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r'
			}),
		}
	}
	r := Runner{hosts: read(Hosts), variables: read(Variables), files: read(Files)}
	for _, pattern := range r.variables.entries {
		if _, err := path.Match(pattern, ""); err != nil {
			return r, fmt.Errorf("%s: %q is not a pattern", Variables, pattern)
		}
	}
	text, set := lookup(Untrusted)
	if !set || text == "" {
		return r, nil
	}
	untrusted, err := strconv.ParseBool(text)
	if err != nil { // who meant something by it is not to be let down
		return r, fmt.Errorf("%s is 1 or 0, not %q", Untrusted, text)
	}
	r.Untrusted = untrusted
	return r, nil
}

// In returns the runner for the project in a directory.
func (r Runner) In(dir string) Runner {
	r.dir = dir
	return r
}

// CheckVariable returns why a spec may not read a variable of the environment; nil where it may.
func (r Runner) CheckVariable(name string) error {
	switch {
	case r.Untrusted:
		return ErrUntrusted
	case !r.variables.set:
		return nil
	}
	for _, pattern := range r.variables.entries {
		if ok, _ := path.Match(pattern, name); ok { // patterns were looked at when they were read
			return nil
		}
	}
	return fmt.Errorf("%s does not hold %s", Variables, name)
}

// CheckHost returns why a spec may not have anything connect to a host, which may be the directory of a socket; nil
// where it may.
func (r Runner) CheckHost(host string, port int) error {
	switch {
	case r.Untrusted:
		return ErrUntrusted
	case !r.hosts.set:
		return nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, pattern := range r.hosts.entries {
		pattern = strings.ToLower(pattern)
		if h, p, err := net.SplitHostPort(pattern); err == nil {
			if p != strconv.Itoa(port) {
				continue
			}
			pattern = h
		}
		if pattern != "*" && isPath(pattern) != isPath(host) {
			continue
		}
		if like(strings.Trim(pattern, "[]"), host) {
			return nil
		}
	}
	return fmt.Errorf("%s does not hold %s", Hosts, net.JoinHostPort(host, strconv.Itoa(port)))
}

// isPath reports whether a host is a socket on this machine, which no pattern of names means.
func isPath(host string) bool { return strings.ContainsAny(host, "/@") }

// like reports whether text is as a pattern says, in which * stands for any characters, dots too.
func like(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	for ok && !like(rest, text) {
		if text == "" {
			return false
		}
		text = text[1:]
	}
	return ok
}
