package spec

import (
	"net/url"
	"regexp"
	"time"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Database is a connection. URL never holds a password: one in a literal is an error.
type Database struct {
	Name    string
	EachKey string
	// URL is a postgres:// URL or a keyword/value string. Empty when URLSecret is set.
	URL string
	// URLSecret holds the whole URL, password included.
	URLSecret *Secret
	Password  *Secret
	// Cluster is the Aurora cluster that the database is in, where it is known.
	Cluster *Cluster
	// IAM connects with a token in place of a password; Cluster is set then.
	IAM bool
	// Instance is the one of Cluster to connect to where URL names no host; "" is the writer.
	Instance string
	// Insecure is what the spec accepts for secrets that is less than a server that has proven its identity.
	Insecure Insecure
	// Pooler says what stands in front of the server; "" for nothing.
	Pooler Pooler
	// Maintenance is the database to connect to for creating and renaming databases; "postgres" by default.
	Maintenance string
	// PlanTimeout is what the spec says of PlanLimit; 0 where it says nothing.
	PlanTimeout time.Duration
	// Runner is what the operator who runs shoji lets the spec reach.
	Runner allow.Runner
	Range  diag.Range
	At     struct{ Password, Endpoint, IAM Argument }
}

// Address returns database.NAME, with ["key"] under for_each.
func (d *Database) Address() string { return Address("database", d.Name, d.EachKey) }

// Insecure names a way to a server on which secrets may be read by, or given to, somebody else. Each contains the ones
// above it.
type Insecure string

// The ways that a spec can allow.
const (
	InsecureAnyHost       Insecure = "any_host"       // inside TLS, to whoever has a certificate of the authority
	InsecureUnverifiedTLS Insecure = "unverified_tls" // inside TLS, to whoever answers
	InsecureNoTLS         Insecure = "no_tls"         // without TLS
)

// Pooler is what a pooler does with sessions.
type Pooler string

// PoolerSession returns a client a session of the server for as long as it is connected.
const PoolerSession Pooler = "session"

// PlanLimit returns the longest that a statement of a plan or a draft may take: a minute by default, which is long for
// a query of the catalog and short for a production that waits.
func (d *Database) PlanLimit() time.Duration {
	if d.PlanTimeout == 0 {
		return time.Minute
	}
	return d.PlanTimeout
}

// NamesHost reports whether a connection URL or keyword/value string names the server's host.
func NamesHost(text string) bool {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		return u.Hostname() != "" || u.Query().Get("host") != "" || u.Query().Get("hostaddr") != ""
	}
	return hostKey.MatchString(text)
}

var hostKey = regexp.MustCompile(`(^|\s)host(addr)?\s*=`)
