package acl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// Compare returns what two specs say otherwise of who may do what, without a server. What a new role gets is reviewed
// with it, as in a plan: only what everybody gets, what may be granted on, and attributes that no privilege limits
// expose data then.
func Compare(base, head []*spec.Role) []engine.Difference {
	c := &comparison{head: head}
	was := map[string]*spec.Role{}
	for _, r := range base {
		was[identity(r)] = r
	}
	for _, r := range head {
		before := was[identity(r)]
		delete(was, identity(r))
		c.role(before, r)
	}
	for _, key := range slices.Sorted(maps.Keys(was)) {
		c.gone(was[key])
	}
	return c.found
}

// identity is what a role is known by, whatever its block is called.
func identity(r *spec.Role) string { return r.In.Address() + "\x00" + r.Name }

// comparison is one call of Compare.
type comparison struct {
	head  []*spec.Role
	found []engine.Difference
}

func (c *comparison) gone(r *spec.Role) {
	what := map[string]string{
		"disable": "it may no longer log in",
		"drop":    "it is dropped",
		"forget":  "it stays as it is, and is no longer managed",
	}[r.OnRemove]
	c.found = append(c.found, engine.Difference{
		Verdict: engine.Gone,
		Kind:    engine.SubjectRole,
		Address: r.Address(),
		Before:  stance(roleText(r)),
		Meaning: fmt.Sprintf("role %s of %s: %s", sqltext.Plain(r.Name), r.In.Name, what),
		Range:   rangeOf(r.Range),
	})
}

// role compares one role; was is nil for one that is new.
func (c *comparison) role(was, is *spec.Role) {
	fresh := was == nil
	if fresh {
		was = &spec.Role{In: is.In, Name: is.Name, Mode: is.Mode}
		if is.Name != Public {
			c.found = append(c.found, engine.Difference{
				Verdict: engine.New,
				Kind:    engine.SubjectRole,
				Address: is.Address(),
				After:   stance(roleText(is)),
				Meaning: fmt.Sprintf("a new role %s can connect to the server of %s", sqltext.Plain(is.Name),
					is.In.Name),
				Range: rangeOf(is.Range),
			})
			if !isTrue(is.Login) {
				c.found[len(c.found)-1].Meaning = fmt.Sprintf("a new role %s, for its members, on the server of %s",
					sqltext.Plain(is.Name), is.In.Name)
			}
		}
	}
	p := &pairing{c: c, was: was, is: is, fresh: fresh}
	p.attributes()
	p.memberships()
	p.privileges(grantAtoms(was), grantAtoms(is))
}

// roleText says of a role what matters first.
func roleText(r *spec.Role) string {
	if isTrue(r.Login) {
		return "login"
	}
	return "no login"
}

// pairing compares two specs of one role.
type pairing struct {
	c       *comparison
	was, is *spec.Role
	fresh   bool // the role is new
}

func stance(text string) *engine.Stance {
	if text == "" {
		return nil
	}
	return &engine.Stance{Text: text}
}

// add adds a difference of the role. What a new role has is new.
func (p *pairing) add(kind engine.SubjectKind, v engine.Verdict,
	subject, before, after, meaning string) *engine.Difference {
	if p.fresh {
		v = engine.New
	}
	p.c.found = append(p.c.found, engine.Difference{
		Verdict: v,
		Kind:    kind,
		Address: p.is.Address(),
		Subject: subject,
		Before:  stance(before),
		After:   stance(after),
		Meaning: meaning,
		Range:   rangeOf(p.is.Range),
	})
	return &p.c.found[len(p.c.found)-1]
}

// who names the role in a sentence, with the declared roles that have what it has.
func (p *pairing) who() string {
	if p.is.Name == Public {
		return "everybody"
	}
	name := "role " + sqltext.Plain(p.is.Name)
	if members := p.members(); len(members) > 0 {
		name += " (and " + strings.Join(limited(members, 5), ", ") + ")"
	}
	return name
}

// members returns the declared roles that are members of the role, through others too, sorted.
func (p *pairing) members() []string {
	in := map[string]bool{p.is.Name: true}
	for again := true; again; {
		again = false
		for _, r := range p.c.head {
			if r.In != p.is.In || in[r.Name] {
				continue
			}
			for _, m := range r.MemberOf {
				if in[m.Role] {
					in[r.Name], again = true, true
				}
			}
		}
	}
	delete(in, p.is.Name)
	var out []string
	for name := range in {
		out = append(out, sqltext.Plain(name))
	}
	slices.Sort(out)
	return out
}

// attributes compares what a role may do whatever it is granted, and how it logs in.
func (p *pairing) attributes() {
	for _, a := range []struct {
		name    string
		was, is *bool
		may     string
		strong  bool // no privilege limits it
	}{
		{"login", p.was.Login, p.is.Login, "log in", false},
		{"superuser", p.was.Superuser, p.is.Superuser, "do everything", true},
		{"bypassrls", p.was.BypassRLS, p.is.BypassRLS, "see rows that row-level security hides", true},
		{"replication", p.was.Replication, p.is.Replication, "read the whole server by replication", true},
		{"createrole", p.was.CreateRole, p.is.CreateRole, "make roles and grant their privileges", true},
		{"createdb", p.was.CreateDB, p.is.CreateDB, "make databases", false},
		{"inherit", p.was.Inherit, p.is.Inherit, "use the privileges of its groups without SET ROLE", false},
	} {
		if isTrue(a.was) == isTrue(a.is) || p.is.Name == Public || p.fresh && !a.strong {
			continue
		}
		if isTrue(a.is) {
			d := p.add(engine.SubjectRole, engine.Weaker, a.name, boolText(a.was), boolText(a.is),
				fmt.Sprintf("%s may now %s", p.who(), a.may))
			d.Expose()
		} else {
			p.loses(p.add(engine.SubjectRole, engine.Stronger, a.name, boolText(a.was), boolText(a.is),
				fmt.Sprintf("%s may no longer %s", p.who(), a.may)))
		}
	}
	if p.fresh {
		return
	}
	if p.was.IAM != p.is.IAM {
		if p.was.IAM {
			p.add(engine.SubjectRole, engine.Weaker, "iam", "true", "false",
				p.who()+" logs in with a password, and no longer with tokens that expire").Expose()
		} else {
			p.add(engine.SubjectRole, engine.Stronger, "iam", "false", "true",
				p.who()+" logs in with tokens that expire, and no longer with a password")
		}
	}
	if was, is := textOr(p.was.ValidUntil), textOr(p.is.ValidUntil); was != is {
		p.add(engine.SubjectRole, engine.Other, "valid_until", was, is,
			p.who()+" may log in until another time").Expose()
	}
	if addressOf(p.was.Password) != addressOf(p.is.Password) || p.was.PasswordVersion != p.is.PasswordVersion {
		p.add(engine.SubjectRole, engine.Other, "password", addressOf(p.was.Password), addressOf(p.is.Password),
			p.who()+" gets another password")
	}
	if p.was.Mode != p.is.Mode {
		if p.is.Mode == "authoritative" {
			p.add(engine.SubjectRole, engine.Stronger, "mode", p.was.Mode, p.is.Mode,
				"what "+p.who()+" has and the spec does not grant is revoked")
		} else {
			p.add(engine.SubjectRole, engine.Weaker, "mode", p.was.Mode, p.is.Mode,
				"what "+p.who()+" has and the spec does not grant is no longer revoked").Expose()
		}
	}
	for _, name := range union(p.was.Settings, p.is.Settings) {
		if was, is := p.was.Settings[name], p.is.Settings[name]; was != is {
			p.add(engine.SubjectRole, engine.Other, "setting "+name, was, is,
				"sessions of "+p.who()+" begin with another setting")
		}
	}
}

func union(a, b map[string]string) []string {
	out := append(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b))...)
	slices.Sort(out)
	return slices.Compact(out)
}

func isTrue(b *bool) bool { return b != nil && *b }

func boolText(b *bool) string { return fmt.Sprint(isTrue(b)) }

func textOr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func addressOf(s *spec.Secret) string {
	if s == nil {
		return ""
	}
	return s.Address()
}

// loses says that somebody can do less than before.
func (p *pairing) loses(d *engine.Difference) {
	d.Hazards = append(d.Hazards, engine.Hazard{Name: engine.LosesAccess, Reason: d.Meaning})
}

// memberships compares the groups that a role is in.
func (p *pairing) memberships() {
	was, is := map[string]spec.Membership{}, map[string]spec.Membership{}
	for _, m := range p.was.MemberOf {
		was[m.Role] = m
	}
	for _, m := range p.is.MemberOf {
		is[m.Role] = m
		before, had := was[m.Role]
		group := sqltext.Plain(m.Role)
		switch {
		case !had:
			d := p.add(engine.SubjectGrant, engine.Weaker, "member of "+group, "", memberText(m),
				fmt.Sprintf("%s gains whatever %s may do in %s", p.who(), group, p.is.In.Name))
			if !p.fresh || isTrue(m.Admin) {
				d.Expose()
			}
		case isTrue(m.Admin) && !isTrue(before.Admin):
			p.add(engine.SubjectGrant, engine.Weaker, "member of "+group, memberText(before), memberText(m),
				fmt.Sprintf("%s may make others members of %s", p.who(), group)).Expose()
		case memberText(before) != memberText(m):
			p.add(engine.SubjectGrant, engine.Other, "member of "+group, memberText(before), memberText(m),
				fmt.Sprintf("%s is a member of %s in another way", p.who(), group))
		}
	}
	for _, m := range p.was.MemberOf {
		if _, stays := is[m.Role]; !stays {
			group := sqltext.Plain(m.Role)
			p.loses(p.add(engine.SubjectGrant, engine.Stronger, "member of "+group, memberText(m), "",
				fmt.Sprintf("%s loses whatever %s may do in %s", p.who(), group, p.is.In.Name)))
		}
	}
}

func memberText(m spec.Membership) string {
	text := "member"
	for _, o := range []struct {
		name string
		on   *bool
	}{{"admin", m.Admin}, {"inherit", m.Inherit}, {"set", m.Set}} {
		if o.on != nil {
			text += fmt.Sprintf(", %s %t", o.name, *o.on)
		}
	}
	return text
}
