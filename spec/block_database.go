package spec

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Database is a connection. URL never holds a password: one in a literal is an error.
type Database struct {
	Name    string
	EachKey string
	// URL is a postgres:// URL or a keyword/value string. Empty when URLSecret is set.
	URL string
	// URLSecret gives the whole URL, password included, from a secret.
	URLSecret *Secret
	Password  *Secret
	// Cluster is the Aurora cluster that the database is in, where it is known.
	Cluster *Cluster
	// IAM connects with a token in place of a password; Cluster is set then.
	IAM bool
	// Instance is the one of Cluster to connect to where URL names no host; "" is whichever writes.
	Instance string
	// Insecure is what the spec lets secrets go over that is less than a server that has proven who it is.
	Insecure Insecure
	// Pooler says what stands in front of the server; "" where nothing does.
	Pooler Pooler
	// Maintenance is the database to connect to for creating and renaming databases;
	// "postgres" unless set.
	Maintenance string
	// PlanTimeout is what the spec says of PlanLimit; 0 where it says nothing.
	PlanTimeout time.Duration
	// Runner is what whoever runs shoji lets the spec reach.
	Runner allow.Runner
	Range  diag.Range
}

// Address is database.NAME, with ["key"] under for_each.
func (d *Database) Address() string { return address("database", d.Name, d.EachKey) }

// Insecure names a way to a server on which secrets may be read or be given to somebody else. Each contains the ones
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

// PoolerSession leaves a server's session to one client for as long as that stays.
const PoolerSession Pooler = "session"

// PlanLimit returns the longest that a statement may take which only looks, for a plan or a draft: a minute unless the
// spec says otherwise, which is long for a query of the catalog and short for a production that waits.
func (d *Database) PlanLimit() time.Duration {
	if d.PlanTimeout == 0 {
		return time.Minute
	}
	return d.PlanTimeout
}

func (l *loader) readDatabases() {
	l.databases = l.declareAll("database", func(in *instance) cty.Value {
		d := &Database{
			Name:        in.block.Labels[0],
			EachKey:     in.key,
			Maintenance: "postgres",
			Range:       rangeOf(in.block.DefRange()),
			Password:    reference[Secret](in, "password", secretType, "a secret, such as secret.password"),
		}
		if m := in.str("maintenance"); m != "" {
			d.Maintenance = m
		}
		if n := in.integer("plan_timeout", 1, 86400); n != nil {
			d.PlanTimeout = time.Duration(*n) * time.Second
		}
		d.Cluster = reference[Cluster](in, "cluster", clusterType, "a cluster, such as cluster.staging")
		if v := in.boolean("iam"); v != nil {
			d.IAM = *v
		}
		if in.has("insecure") {
			d.Insecure = Insecure(in.choice("insecure", string(InsecureAnyHost), string(InsecureUnverifiedTLS),
				string(InsecureNoTLS)))
		}
		if in.has("pooler") {
			d.Pooler = Pooler(in.choice("pooler", string(PoolerSession)))
		}
		d.Runner = l.project.runner
		if d.IAM && d.Cluster == nil {
			l.errorf(in.at("iam"), "A token for which cluster?",
				"iam = true needs cluster = cluster.x, whose account and region the token is made for.")
		}
		if d.IAM && d.Password != nil {
			l.errorf(in.at("password"), "A password beside a token",
				"With iam = true the token is the password. Take password away.")
		}
		l.url(in, d)
		l.endpoint(in, d)
		l.project.Databases = append(l.project.Databases, d)
		return cty.CapsuleVal(databaseType, d)
	})
}

// endpoint reads which of a cluster's endpoints a URL without a host gets.
func (l *loader) endpoint(in *instance, d *Database) {
	name := in.str("endpoint")
	switch {
	case name == "":
	case d.Cluster == nil:
		l.errorf(in.at("endpoint"), "The endpoint of which cluster?", "endpoint needs cluster = cluster.x.")
	case d.URL != "" && NamesHost(d.URL):
		l.errorf(in.at("endpoint"), "Two places for one database",
			"The url names a host. Take the host out of it, or take endpoint away.")
	case name == "reader":
		l.errorf(in.at("endpoint"), "A reader endpoint is several servers",
			"Each connection to a reader endpoint may reach another instance, and a snapshot that is shared between "+
				"connections exists on one instance only. Name an instance: endpoint = \"%s-2\".", d.Cluster.Identifier)
	case name != "writer" && !rdsName.MatchString(name):
		l.errorf(in.at("endpoint"), "This is not an instance",
			"%q: write \"writer\", or the identifier of an instance of the cluster.", name)
	case name != "writer":
		d.Instance = name
	}
}

// NamesHost reports whether a connection URL or keyword/value string says where the server is.
func NamesHost(text string) bool {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		return u.Hostname() != "" || u.Query().Get("host") != "" || u.Query().Get("hostaddr") != ""
	}
	return hostKey.MatchString(text)
}

var hostKey = regexp.MustCompile(`(^|\s)host(addr)?\s*=`)

// url reads where a database is: text without a password, or a secret that holds all of it.
func (l *loader) url(in *instance, d *Database) {
	v, ok := in.value("url", false)
	if !ok {
		return
	}
	if v.Type() == secretType && !v.IsNull() {
		d.URLSecret = v.EncapsulatedValue().(*Secret)
		if d.Password != nil {
			l.errorf(in.at("password"), "Two places for one password",
				"The URL comes from %s, which holds the password too.", d.URLSecret.Address())
		}
		return
	}
	d.URL = in.str("url")
	switch {
	case d.URL == "":
	case hasPassword(d.URL):
		// The text is not repeated, and the line is not shown: it holds the password.
		at := rangeOf(in.block.DefRange())
		l.diags.Errorf(&at, "A password in a URL",
			"The url of %s holds a password, which would stand in plans and logs. Take it out and give password = "+
				"secret.NAME, or let a secret hold the whole url.", d.Address())
		d.URL = ""
	case !strings.HasPrefix(d.URL, "postgres://") && !strings.HasPrefix(d.URL, "postgresql://") &&
		!strings.Contains(d.URL, "="):
		l.errorf(in.at("url"), "This is not a database URL",
			"Write postgres://user@host:5432/database?sslmode=verify-full.")
	}
}
