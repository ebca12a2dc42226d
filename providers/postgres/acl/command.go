package acl

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Command is one statement of a step that changes access lists. The plan shows its SQL; the parameters of the step
// hold the command itself, so that its effect can be checked.
type Command struct {
	// Do is "grant" or "revoke"; "borrow" and "return" are a membership for the time of the transaction,
	// "act" and "rest" SET ROLE to Role and back.
	Do         string   `json:"do"`
	Privileges []string `json:"privileges,omitempty"`
	Columns    []string `json:"columns,omitempty"`
	Kind       Kind     `json:"kind,omitempty"`
	Objects    []Ref    `json:"objects,omitempty"`
	Grantees   []string `json:"grantees,omitempty"`
	// Option is WITH GRANT OPTION, or GRANT OPTION FOR.
	Option bool `json:"option,omitempty"`
	// ForRole makes it about default privileges: On "tables" in Schema.
	ForRole string `json:"for_role,omitempty"`
	Schema  string `json:"schema,omitempty"`
	On      string `json:"on,omitempty"`
	// Role is whom to act as, or whose membership User borrows.
	Role    string `json:"role,omitempty"`
	User    string `json:"user,omitempty"`
	Inherit bool   `json:"inherit,omitempty"` // 16 and later: say which options, and by whom
}

// Ref names an object in a statement.
type Ref struct {
	Schema    string `json:"schema,omitempty"`
	Name      string `json:"name"`
	Arguments string `json:"arguments,omitempty"`
	Procedure bool   `json:"procedure,omitempty"`
}

func refOf(o *Object) Ref {
	return Ref{Schema: o.Schema, Name: o.Name, Arguments: o.Arguments, Procedure: o.Detail == "procedure"}
}

// sql returns the reference as a statement names it. The arguments are as the server itself wrote them.
func (r Ref) sql(kind Kind) string {
	name := sqltext.Ident(r.Name)
	if r.Schema != "" {
		name = sqltext.Ident(r.Schema, r.Name)
	}
	if kind == Function {
		name += "(" + r.Arguments + ")"
	}
	return name
}

// SQL returns the statement.
func (c Command) SQL() string {
	switch c.Do {
	case "act":
		return "SET LOCAL ROLE " + sqltext.Ident(c.Role)
	case "rest":
		return "RESET ROLE"
	case "borrow":
		if c.Inherit {
			return "GRANT " + sqltext.Ident(c.Role) + " TO " + sqltext.Ident(c.User) + " WITH INHERIT TRUE"
		}
		return "GRANT " + sqltext.Ident(c.Role) + " TO " + sqltext.Ident(c.User)
	case "return":
		text := "REVOKE " + sqltext.Ident(c.Role) + " FROM " + sqltext.Ident(c.User)
		if c.Inherit {
			text += " GRANTED BY " + sqltext.Ident(c.User)
		}
		return text
	}
	var b strings.Builder
	if c.ForRole != "" {
		b.WriteString("ALTER DEFAULT PRIVILEGES FOR ROLE " + sqltext.Ident(c.ForRole) + " ")
		if c.Schema != "" {
			b.WriteString("IN SCHEMA " + sqltext.Ident(c.Schema) + " ")
		}
	}
	option := ""
	if c.Do == "grant" {
		b.WriteString("GRANT ")
		if c.Option {
			option = " WITH GRANT OPTION"
		}
	} else {
		b.WriteString("REVOKE ")
		if c.Option {
			b.WriteString("GRANT OPTION FOR ")
		}
	}
	b.WriteString(c.privileges() + " ON " + c.target())
	if c.Do == "grant" {
		b.WriteString(" TO ")
	} else {
		b.WriteString(" FROM ")
	}
	for i, g := range c.Grantees {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(granteeSQL(g))
	}
	return b.String() + option
}

func granteeSQL(name string) string {
	if name == Public {
		return "PUBLIC"
	}
	return sqltext.Ident(name)
}

func (c Command) privileges() string {
	if len(c.Columns) == 0 {
		return strings.Join(c.Privileges, ", ")
	}
	parts := make([]string, len(c.Privileges))
	for i, p := range c.Privileges {
		parts[i] = p + " (" + sqltext.Idents(c.Columns) + ")"
	}
	return strings.Join(parts, ", ")
}

func (c Command) target() string {
	if c.ForRole != "" {
		return strings.ToUpper(c.On)
	}
	word := strings.ToUpper(string(c.Kind))
	names := make([]string, len(c.Objects))
	for i, r := range c.Objects {
		names[i] = r.sql(c.Kind)
		if r.Procedure { // GRANT ON FUNCTION does not take one; a command holds one or the other
			word = "PROCEDURE"
		}
	}
	return word + " " + strings.Join(names, ", ")
}

// split returns the command once for every object and grantee.
func (c Command) split() []Command {
	var out []Command
	for _, r := range c.Objects {
		for _, g := range c.Grantees {
			one := c
			one.Objects, one.Grantees = []Ref{r}, []string{g}
			out = append(out, one)
		}
	}
	return out
}

// givenBack returns the commands that give borrowed memberships back, the last one first.
func givenBack(borrowed []Command) []Command {
	out := make([]Command, len(borrowed))
	for i, c := range borrowed {
		c.Do = "return"
		out[len(out)-1-i] = c
	}
	return out
}
