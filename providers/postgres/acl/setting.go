package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// settings plans ALTER ROLE … SET. A setting that is not written is not managed, unless the role is
// authoritative.
func (c *roleChange) settings() {
	have := map[string]Setting{} // by lower-case name
	if c.have != nil {
		for _, s := range c.have.Settings {
			key := strings.ToLower(s.Name)
			if s.Database == "" {
				have[key] = s
			}
		}
	}
	wanted := map[string]bool{}
	for _, name := range keys(c.spec.Settings) {
		value, key := c.spec.Settings[name], strings.ToLower(name)
		wanted[key] = true
		old, there := have[key]
		if c.overridingDatabase(key) != "" {
			c.change.Notes = append(c.change.Notes,
				fmt.Sprintf("%s is overridden in database %s (ALTER ROLE … IN DATABASE … SET)", name,
					sqltext.Plain(c.overridingDatabase(key))))
		}
		var before any
		if there {
			before = old.Value
		}
		c.show("settings."+name, before, value)
		if there && sqltext.SameSetting(key, old.Value, value) {
			continue
		}
		c.checkParameter(name)
		c.step.Settings = append(c.step.Settings, SettingChange{Name: name, Value: &value})
	}
	if !c.spec.At.Settings.Written && len(c.spec.Settings) == 0 || c.spec.Mode != "authoritative" {
		return
	}
	for _, key := range keys(have) {
		if !wanted[key] {
			c.show("settings."+have[key].Name, have[key].Value, nil)
			c.step.Settings = append(c.step.Settings, SettingChange{Name: have[key].Name})
		}
	}
}

func (c *roleChange) overridingDatabase(key string) string {
	if c.have == nil {
		return ""
	}
	i := slices.IndexFunc(c.have.Settings, func(s Setting) bool {
		return s.Database != "" && strings.ToLower(s.Name) == key
	})
	if i < 0 {
		return ""
	}
	return c.have.Settings[i].Database
}

// checkParameter checks that a parameter exists, that a role can have it, and that the user may set it. A name with a
// dot may belong to a module that is not loaded; giving one to a role is a superuser's right.
func (c *roleChange) checkParameter(name string) {
	var known []string
	for _, p := range c.d.server.Parameters {
		known = append(known, p.Name)
		if !strings.EqualFold(p.Name, name) {
			continue
		}
		switch p.Context {
		case "internal", "postmaster", "sighup":
			c.d.diags.Errorf(&c.spec.At.Settings.Range, "Invalid role setting",
				"%s is set for the whole server, in postgresql.conf or a parameter group.", name)
		default:
			if !p.Settable {
				c.d.rights.addMissing(&c.spec.At.Settings.Range, "set "+name+" for role "+sqltext.Plain(c.spec.Name),
					c.d.rights.parameterHint(p.Name))
			}
		}
		return
	}
	switch {
	case strings.Contains(name, "."):
		if !c.d.server.Self.Superuser {
			c.d.rights.addMissing(&c.spec.At.Settings.Range, "set "+name+" for role "+sqltext.Plain(c.spec.Name),
				c.d.rights.parameterHint(sqltext.SettingName(name)))
		}
	default:
		c.d.diags = append(c.d.diags, diag.Diagnostic{
			Severity: diag.Error,
			Summary:  "Unknown setting",
			Range:    &c.spec.At.Settings.Range,
			Detail:   fmt.Sprintf("The server has no parameter %q.%s", name, diag.DidYouMean(name, known)),
		})
	}
}

func (r *rights) parameterHint(name string) string {
	if r.s.VersionNum >= 150000 {
		return fmt.Sprintf("To allow it: GRANT SET ON PARAMETER %s TO %s;", name, sqltext.Ident(r.s.User))
	}
	return r.superuserHint()
}
