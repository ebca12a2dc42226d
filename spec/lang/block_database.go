package lang

import (
	"strings"

	"github.com/shoji-pg/shoji/spec"
)

func databaseBlock(b *body, d *spec.Database) {
	endpoint := ""
	b.required("url", databaseURL(d), nil,
		"`postgres://user@host:5432/db?sslmode=verify-full`, without a password; "+
			"or a secret that holds the whole URL.")
	b.optional("password", secrets.ref(&d.Password), &d.At.Password, "The password.")
	b.optional("cluster", clusters.ref(&d.Cluster), nil,
		"The Aurora cluster that the database is in. A URL that "+
			"names no host gets its endpoint: `postgres://user@/db?sslmode=verify-full`.")
	b.optional("endpoint", text(&endpoint), &d.At.Endpoint,
		"Of the cluster: `\"writer\"` (default), or the identifier of an instance.")
	b.optional("iam", boolean(&d.IAM), &d.At.IAM,
		"Connect with an IAM token instead of a password; needs `cluster` and TLS. [How](iam-authentication.md).")
	b.optional("maintenance", textOrDefault(&d.Maintenance), nil,
		"The database to connect to for creating and renaming databases; `postgres` by default.")
	b.optional("insecure", choiceOrNone(&d.Insecure, spec.InsecureAnyHost, spec.InsecureUnverifiedTLS,
		spec.InsecureNoTLS),
		nil, "Lets passwords and keys go to a server that has not proven who it is: `\"any_host\"`, "+
			"`\"unverified_tls\"` or `\"no_tls\"`. [What is required without it](#what-a-server-has-to-prove).")
	b.optional("pooler", choiceOrNone(&d.Pooler, spec.PoolerSession), nil,
		"`\"session\"`: a pooler is in front of "+
			"the server that leaves a session to its client for as long as that stays. Other poolers are refused.")
	b.optional("plan_timeout", seconds(&d.PlanTimeout, 1, 86400), nil,
		"Seconds that a statement of `plan` or "+
			"`inspect` may take, 60 by default; a shorter `statement_timeout` of the user applies. A run has no limit.")
	b.check(func() {
		if d.IAM && d.Cluster == nil {
			b.errorf(d.At.IAM.Range, "IAM token without a cluster",
				"iam = true needs cluster = cluster.x, whose account and region the token is made for.")
		}
		if d.IAM && d.Password != nil {
			b.errorf(d.At.Password.Range, "Conflicting credentials",
				"With iam = true the token is the password. Remove password.")
		}
		if d.URLSecret != nil && d.Password != nil {
			b.errorf(d.At.Password.Range, "Conflicting passwords",
				"The URL comes from %s, which holds the password too.", d.URLSecret.Address())
		}
		checkEndpoint(b, d, endpoint)
	})
}

// databaseURL reads where a database is: text without a password, or a secret that holds all of it.
func databaseURL(d *spec.Database) parser {
	return custom("string or secret.x", func(v value) {
		if s, ok := secrets.of(v.Value); ok {
			d.URLSecret = s
			return
		}
		d.URL, _ = v.text()
		switch {
		case d.URL == "":
		case hasPassword(d.URL): // the text is not repeated, and its line is not shown
			v.b.errorf(d.Range, "Password in a URL",
				"The url of %s holds a password, which would stand in plans and "+
					"logs. Take it out and give password = secret.NAME, or let a secret hold the whole url.",
				d.Address())
			d.URL = ""
		case !strings.HasPrefix(d.URL, "postgres://") && !strings.HasPrefix(d.URL, "postgresql://") &&
			!strings.Contains(d.URL, "="):
			v.errorf("Invalid database URL", "Write postgres://user@host:5432/database?sslmode=verify-full.")
		}
	})
}

// checkEndpoint sets which of a cluster's endpoints a URL without a host gets.
func checkEndpoint(b *body, d *spec.Database, name string) {
	at := d.At.Endpoint.Range
	switch {
	case name == "":
	case d.Cluster == nil:
		b.errorf(at, "Endpoint without a cluster", "endpoint needs cluster = cluster.x.")
	case d.URL != "" && spec.NamesHost(d.URL):
		b.errorf(at, "Conflicting host and endpoint", "The url names a host. Remove it from there, or remove endpoint.")
	case name == "reader":
		b.errorf(at, "Reader endpoint not supported", "Each connection to a reader endpoint may reach another "+
			"instance, and a snapshot that is shared between connections exists on one instance only. Name an "+
			"instance: endpoint = \"%s-2\".", d.Cluster.Identifier)
	case name != "writer" && !rdsName.MatchString(name):
		b.errorf(at, "Invalid instance",
			"%q: write \"writer\", or the identifier of an instance of the cluster.",
			name)
	case name != "writer":
		d.Instance = name
	}
}
