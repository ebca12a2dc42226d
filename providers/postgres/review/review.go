// Package review compares two specs, each with what its schema lock decides: what crosses now and did not, who gains
// access, which settings protect less. It compares the decisions on every column rather than the text of blocks, so a
// rule that wins elsewhere, a changed mask of a team's own and a new column of the lock are all seen where they end. It
// is pure.
package review

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// Side is one of the two specs, with what its schema lock decides of its refreshes.
type Side struct {
	Project   *spec.Project
	Refreshes []schemalock.Resolution
}

// Compare returns the differences from base to head that have to do with PostgreSQL.
func Compare(base, head Side) []engine.Difference {
	c := &comparison{judge: record.NewJudge()}
	for _, pair := range pairRefreshes(base.Refreshes, head.Refreshes) {
		c.refresh(pair.Was, pair.Is)
	}
	c.databases(base.Project.Databases, head.Project.Databases)
	c.secrets(base.Project.Secrets, head.Project.Secrets)
	return append(c.found, acl.Compare(base.Project.Roles, head.Project.Roles)...)
}

// comparison is one call of Compare.
type comparison struct {
	judge *record.Judge
	found []engine.Difference
}

func (c *comparison) add(d engine.Difference) { c.found = append(c.found, d) }

// pairRefreshes pairs refreshes by address, then by the only one that fills a database.
func pairRefreshes(base, head []schemalock.Resolution) []engine.Pair[schemalock.Resolution] {
	return engine.PairUp(base, head,
		func(r *schemalock.Resolution) string { return r.Refresh.Address() },
		func(r *schemalock.Resolution) string { return r.Refresh.To.Address() })
}

// textOf returns what a side says, nil for nothing.
func textOf(text string) *engine.Stance {
	if text == "" {
		return nil
	}
	return &engine.Stance{Text: text}
}

// placeOf returns a copy of a place.
func placeOf(r diag.Range) *diag.Range { return &r }

// databaseName names a database in a sentence.
func databaseName(d *spec.Database) string {
	if d.EachKey != "" {
		return d.Name + " " + d.EachKey
	}
	return d.Name
}

// secrets compares where secrets are read from.
func (c *comparison) secrets(base, head []*spec.Secret) {
	for _, p := range engine.PairUp(base, head, func(s **spec.Secret) string { return (*s).Address() }) {
		if p.Was == nil || p.Is == nil {
			continue // what uses it says so
		}
		was, is := *p.Was, *p.Is
		if was.Env == is.Env && was.File == is.File {
			continue
		}
		c.add(engine.Difference{
			Verdict: engine.Other,
			Kind:    engine.SubjectSecret,
			Address: is.Address(),
			Before:  textOf(sourceOf(was)),
			After:   textOf(sourceOf(is)),
			Meaning: "it is read from another place: if its value is another, so are values masked with it",
			Range:   placeOf(is.Range),
		})
	}
}

func sourceOf(s *spec.Secret) string {
	if s.Env != "" {
		return "the environment variable " + s.Env
	}
	return "the file " + s.File
}

// databases compares how databases are connected to. Addresses of servers are not shown: a URL can hold a secret.
func (c *comparison) databases(base, head []*spec.Database) {
	for _, p := range engine.PairUp(base, head, func(d **spec.Database) string { return (*d).Address() }) {
		if p.Was == nil || p.Is == nil {
			continue // what uses it says so
		}
		was, is := *p.Was, *p.Is
		if was.URL != is.URL || addressOf(was.URLSecret) != addressOf(is.URLSecret) || was.Instance != is.Instance {
			c.add(engine.Difference{
				Verdict: engine.Other,
				Kind:    engine.SubjectDatabase,
				Address: is.Address(),
				Subject: "url",
				Meaning: "its URL is another, so it may be another database",
				Range:   placeOf(is.Range),
			})
		}
		if was.Insecure != is.Insecure {
			d := engine.Difference{
				Kind:    engine.SubjectDatabase,
				Address: is.Address(),
				Subject: "insecure",
				Before:  textOf(string(was.Insecure)),
				After:   textOf(string(is.Insecure)),
				Range:   placeOf(is.Range),
			}
			ways := []spec.Insecure{"", spec.InsecureAnyHost, spec.InsecureUnverifiedTLS, spec.InsecureNoTLS}
			if slices.Index(ways, is.Insecure) > slices.Index(ways, was.Insecure) {
				d.Verdict, d.Meaning = engine.Weaker,
					"secrets and rows may be read by, or sent to, somebody else on the way"
				d.Expose()
			} else {
				d.Verdict, d.Meaning = engine.Stronger, "the way to the server is better protected"
			}
			c.add(d)
		}
		if was.IAM != is.IAM {
			d := engine.Difference{
				Verdict: engine.Stronger,
				Kind:    engine.SubjectDatabase,
				Address: is.Address(),
				Subject: "iam",
				Before:  textOf(connects(was)),
				After:   textOf(connects(is)),
				Meaning: "it is connected to with tokens that expire, and no longer with a password",
				Range:   placeOf(is.Range),
			}
			if was.IAM {
				d.Verdict, d.Meaning = engine.Weaker,
					"it is connected to with a password, and no longer with tokens that expire"
				d.Expose()
			}
			c.add(d)
		}
	}
}

func connects(d *spec.Database) string {
	if d.IAM {
		return "IAM token"
	}
	return "password"
}

func addressOf(s *spec.Secret) string {
	if s == nil {
		return ""
	}
	return s.Address()
}
