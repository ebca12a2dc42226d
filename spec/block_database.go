package spec

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

func (l *loader) readDatabases() {
	l.databases = l.declareAll("database", func(in *instance) cty.Value {
		d := &Database{Name: in.block.Labels[0], EachKey: in.key, Maintenance: "postgres", Range: rangeOf(in.block.DefRange()),
			Password: reference[Secret](in, "password", secretType, "a secret, such as secret.password")}
		if m := in.str("maintenance"); m != "" {
			d.Maintenance = m
		}
		d.Cluster = reference[Cluster](in, "cluster", clusterType, "a cluster, such as cluster.staging")
		if v := in.boolean("iam"); v != nil {
			d.IAM = *v
		}
		if d.IAM && d.Cluster == nil {
			l.errorf(in.at("iam"), "A token for which cluster?", "iam = true needs cluster = cluster.x, whose account and region the token is made for.")
		}
		if d.IAM && d.Password != nil {
			l.errorf(in.at("password"), "A password beside a token", "With iam = true the token is the password. Take password away.")
		}
		l.url(in, d)
		l.project.Databases = append(l.project.Databases, d)
		return cty.CapsuleVal(databaseType, d)
	})
}

// url reads where a database is: text without a password, or a secret that holds all of it.
func (l *loader) url(in *instance, d *Database) {
	v, ok := in.value("url", false)
	if !ok {
		return
	}
	if v.Type() == secretType && !v.IsNull() {
		d.URLSecret = v.EncapsulatedValue().(*Secret)
		if d.Password != nil {
			l.errorf(in.at("password"), "Two places for one password", "The URL comes from %s, which holds the password too.", d.URLSecret.Address())
		}
		return
	}
	d.URL = in.str("url")
	switch {
	case d.URL == "":
	case hasPassword(d.URL):
		// The text is not repeated, and the line is not shown: it holds the password.
		at := rangeOf(in.block.DefRange())
		l.diags.Errorf(&at, "A password in a URL", "The url of %s holds a password, which would stand in plans and logs. Take it out and give password = secret.NAME, or let a secret hold the whole url.", d.Address())
		d.URL = ""
	case !strings.HasPrefix(d.URL, "postgres://") && !strings.HasPrefix(d.URL, "postgresql://") && !strings.Contains(d.URL, "="):
		l.errorf(in.at("url"), "This is not a database URL", "Write postgres://user@host:5432/database?sslmode=verify-full.")
	}
}

var passwordKey = regexp.MustCompile(`(?i)(^|[?&\s])(ssl)?password\s*=`)

func hasPassword(text string) bool {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return true
		}
	}
	return passwordKey.MatchString(text)
}
