package acl

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/spec"
)

// roleChange collects what has to be done to one role.
type roleChange struct {
	d      *differ
	spec   *spec.Role
	have   *Role // nil: it is created
	user   string
	mark   Mark
	marked bool

	change engine.Change
	step   ChangeRole
	needs  []string
}

// role plans one declared role: attributes, memberships, settings, comment and password, in one step.
func (d *differ) role(r *spec.Role) {
	have := d.server.Role(r.Name)
	c := &roleChange{
		d:    d,
		spec: r,
		have: have,
		change: engine.Change{
			Address: r.Address(),
			Type:    "role",
			Name:    r.Name,
			Before:  map[string]any{},
			After:   map[string]any{},
			Range:   rangeOf(r.Range),
		},
		step: ChangeRole{Server: d.address(), Role: r.Name, Create: have == nil},
	}
	if c.have != nil {
		c.user, c.mark, c.marked = ParseComment(c.have.Comment)
		if c.marked && c.mark.Project != d.Project {
			d.diags.Errorf(&r.Range, "Role belongs to another project",
				"Role %s carries the mark of project %q. Declare it there, or let that project forget it (on_remove "+
					"= \"forget\") first.", sqltext.Plain(r.Name), c.mark.Project)
			return
		}
	} else {
		d.rights.checkCreate(r.Name, &r.Range)
	}
	c.flags()
	c.limits()
	c.memberships()
	c.settings()
	c.comment()
	c.setPassword()
	c.finish()
}

func rangeOf(r diag.Range) *diag.Range { return &r }

func (c *roleChange) hazard(name engine.HazardName, format string, args ...any) {
	c.change.Hazards = append(c.change.Hazards, engine.Hazard{Name: name, Reason: fmt.Sprintf(format, args...)})
}

// show puts an attribute into the change.
func (c *roleChange) show(name string, before, after any) {
	if c.have != nil && before != nil {
		c.change.Before[name] = before
	}
	if after != nil {
		c.change.After[name] = after
	}
}

// flags plans the attributes that are true or false. Only what differs is set: managed services refuse
// NOSUPERUSER even where nothing would change.
func (c *roleChange) flags() {
	have := Attributes{Inherit: true} // what CREATE ROLE gives
	if c.have != nil {
		have = c.have.Attributes
	}
	at := c.spec.At
	for _, a := range []struct {
		name, word string
		want       *bool
		have       bool
		at         spec.Argument
		exposes    string
	}{
		{"login", "LOGIN", c.spec.Login, have.Login, at.Login, ""},
		{"inherit", "INHERIT", c.spec.Inherit, have.Inherit, at.Inherit, ""},
		{"createdb", "CREATEDB", c.spec.CreateDB, have.CreateDB, at.CreateDB, ""},
		{"createrole", "CREATEROLE", c.spec.CreateRole, have.CreateRole, at.CreateRole, ""},
		{
			"replication", "REPLICATION", c.spec.Replication, have.Replication, at.Replication,
			"may read the whole server's changes",
		},
		{"bypassrls", "BYPASSRLS", c.spec.BypassRLS, have.BypassRLS, at.BypassRLS, "reads past row security"},
		{"superuser", "SUPERUSER", c.spec.Superuser, have.Superuser, at.Superuser, "may read everything"},
	} {
		if a.want == nil {
			continue
		}
		c.show(a.name, a.have, *a.want)
		if *a.want == a.have {
			continue
		}
		c.d.rights.checkAttribute(a.name, c.spec.Name, &a.at.Range)
		if !*a.want {
			c.step.Attributes = append(c.step.Attributes, "NO"+a.word)
			if c.have != nil {
				c.hazard(engine.LosesAccess, "role %s loses %s", sqltext.Plain(c.spec.Name), a.word)
			}
			continue
		}
		c.step.Attributes = append(c.step.Attributes, a.word)
		if a.exposes != "" {
			c.hazard(engine.ExposesData, "role %s %s (%s)", sqltext.Plain(c.spec.Name), a.exposes, a.word)
		}
	}
}

// limits plans CONNECTION LIMIT and VALID UNTIL.
func (c *roleChange) limits() {
	if want := c.spec.ConnectionLimit; want != nil {
		have := -1
		if c.have != nil {
			have = c.have.ConnectionLimit
		}
		c.show("connection_limit", have, *want)
		if *want != have {
			c.step.Attributes = append(c.step.Attributes, fmt.Sprintf("CONNECTION LIMIT %d", *want))
			if c.have != nil && *want >= 0 && (have < 0 || *want < have) {
				c.hazard(engine.LosesAccess, "role %s may open at most %d connections", sqltext.Plain(c.spec.Name),
					*want)
			}
		}
	}
	if c.spec.ValidUntil == nil {
		return
	}
	want, err := parseTime(*c.spec.ValidUntil)
	if err != nil {
		c.d.diags.Errorf(&c.spec.At.ValidUntil.Range, "Invalid valid_until",
			"%q is not a time. Use 2027-01-31, 2027-01-31T12:00:00Z, or infinity.", *c.spec.ValidUntil)
		return
	}
	have := "" // never set, which is the same as infinity
	if c.have != nil {
		have = c.have.ValidUntil
	}
	before, after := timeText(have), want.text
	c.show("valid_until", before, after)
	old, err := parseTime(before)
	if err != nil || old.text == after {
		return
	}
	c.step.Attributes = append(c.step.Attributes, "VALID UNTIL "+sqltext.Literal(after))
	if c.have != nil && want.before(old) {
		c.hazard(engine.LosesAccess, "the password of role %s is valid until %s, which is earlier than %s",
			sqltext.Plain(c.spec.Name), after, before)
	}
}

// comment plans the mark, and the user's own text where the spec has one.
func (c *roleChange) comment() {
	user := c.user
	if c.spec.Comment != "" {
		user = c.spec.Comment
		if _, _, looks := ParseComment(user); looks {
			c.d.diags.Errorf(&c.spec.At.Comment.Range, "Invalid comment",
				"A line that begins with %q is how shoji marks its roles. Remove it.", strings.TrimSpace(markPrefix))
		}
		c.show("comment", c.user, user)
	}
	mark := markOf(c.d.Project, c.spec)
	var before, after map[string]any
	if c.marked {
		before = c.mark.attributes()
	}
	after = mark.attributes()
	for _, k := range []string{"project", "on_remove", "reassign_to", "password_version"} {
		c.show(k, before[k], after[k])
	}
	text := withMark(user, mark)
	if c.have == nil || c.have.Comment != text {
		c.step.Comment = &text
	}
	if c.have != nil && !c.marked {
		c.change.Notes = append(c.change.Notes,
			"it exists and is adopted: a line in its comment will say so")
	}
}

// attributes returns the mark as attributes of a change.
func (m Mark) attributes() map[string]any {
	out := map[string]any{"project": m.Project, "on_remove": m.OnRemove}
	if m.ReassignTo != "" {
		out["reassign_to"] = m.ReassignTo
	}
	if m.Password && m.Version != "" {
		out["password_version"] = m.Version
	}
	return out
}

// setPassword plans the password: when the role is created, and when the mark does not say that this version
// was set. A verifier cannot be read back, so a role that is taken over keeps its own until there is a version.
func (c *roleChange) setPassword() {
	r := c.spec
	if r.Password == nil {
		return
	}
	switch {
	case c.have == nil, c.marked && (!c.mark.Password || c.mark.Version != r.PasswordVersion),
		!c.marked && r.PasswordVersion != "":
		c.step.Password = r.Address()
		c.show("password", nil, secret.Redacted)
		c.change.Sensitive = []string{"password"}
	case !c.marked:
		c.change.Notes = append(c.change.Notes, "its password is kept; set password_version to change it")
	}
}

// finish adds the change and its step, where there is anything to do.
func (c *roleChange) finish() {
	r, verb := c.spec, "update"
	if c.step.Create {
		verb = "create"
	} else if c.step.altersRole() {
		c.d.rights.checkAlter(c.have, "alter", &r.Range)
	} else if len(c.step.Memberships) == 0 {
		return
	}
	sort.Strings(c.needs)
	s := op.Fill(engine.Step{
		ID:       r.Address() + "." + verb,
		Address:  r.Address(),
		Title:    verb + " role " + r.Name,
		Needs:    c.needs,
		Contends: []string{c.d.contends()},
		Range:    rangeOf(r.Range),
	}, c.step)
	c.change.Action, c.change.Statements = engine.Action(verb), s.Statements
	c.d.draft.Changes = append(c.d.draft.Changes, c.change)
	c.d.draft.Steps = append(c.d.draft.Steps, s)
}

// moment is a time of VALID UNTIL in one way of writing it.
type moment struct {
	text     string
	at       time.Time
	infinite int // 1: infinity, -1: -infinity
}

func (m moment) before(o moment) bool {
	if m.infinite != o.infinite {
		return m.infinite < o.infinite
	}
	return m.infinite == 0 && m.at.Before(o.at)
}

// parseTime reads the usual ways of writing a time; without a zone it is UTC.
func parseTime(text string) (moment, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "infinity":
		return moment{text: "infinity", infinite: 1}, nil
	case "-infinity":
		return moment{text: "-infinity", infinite: -1}, nil
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05-07", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	} {
		t, err := time.Parse(layout, text)
		if zone, _ := t.Zone(); err != nil || strings.HasSuffix(layout, "MST") && zone != "UTC" {
			continue
		}
		t = t.UTC().Truncate(time.Microsecond) // what PostgreSQL keeps
		return moment{text: t.Format(time.RFC3339Nano), at: t}, nil
	}
	return moment{}, fmt.Errorf("%q is not a time", text)
}

// timeText returns what Inspect read in the same form; a role without a limit is valid for ever.
func timeText(have string) string {
	if have == "" {
		return "infinity"
	}
	if m, err := parseTime(have); err == nil {
		return m.text
	}
	return have
}
