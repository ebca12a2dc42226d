package acl

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Operation is one statement of a step that changes access lists. The plan shows its SQL; the step's params
// hold the operation itself, from which what it should have brought about can be checked.
type Operation struct {
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

// sql gives the reference as a statement names it. The arguments are as the server itself wrote them.
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

// SQL gives the statement.
func (o Operation) SQL() string {
	switch o.Do {
	case "act":
		return "SET LOCAL ROLE " + sqltext.Ident(o.Role)
	case "rest":
		return "RESET ROLE"
	case "borrow":
		if o.Inherit {
			return "GRANT " + sqltext.Ident(o.Role) + " TO " + sqltext.Ident(o.User) + " WITH INHERIT TRUE"
		}
		return "GRANT " + sqltext.Ident(o.Role) + " TO " + sqltext.Ident(o.User)
	case "return":
		text := "REVOKE " + sqltext.Ident(o.Role) + " FROM " + sqltext.Ident(o.User)
		if o.Inherit {
			text += " GRANTED BY " + sqltext.Ident(o.User)
		}
		return text
	}
	var b strings.Builder
	if o.ForRole != "" {
		b.WriteString("ALTER DEFAULT PRIVILEGES FOR ROLE " + sqltext.Ident(o.ForRole) + " ")
		if o.Schema != "" {
			b.WriteString("IN SCHEMA " + sqltext.Ident(o.Schema) + " ")
		}
	}
	option := ""
	if o.Do == "grant" {
		b.WriteString("GRANT ")
		if o.Option {
			option = " WITH GRANT OPTION"
		}
	} else {
		b.WriteString("REVOKE ")
		if o.Option {
			b.WriteString("GRANT OPTION FOR ")
		}
	}
	b.WriteString(o.privileges() + " ON " + o.target())
	if o.Do == "grant" {
		b.WriteString(" TO ")
	} else {
		b.WriteString(" FROM ")
	}
	for i, g := range o.Grantees {
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

func (o Operation) privileges() string {
	if len(o.Columns) == 0 {
		return strings.Join(o.Privileges, ", ")
	}
	parts := make([]string, len(o.Privileges))
	for i, p := range o.Privileges {
		parts[i] = p + " (" + sqltext.Idents(o.Columns) + ")"
	}
	return strings.Join(parts, ", ")
}

func (o Operation) target() string {
	if o.ForRole != "" {
		return strings.ToUpper(o.On)
	}
	word := strings.ToUpper(string(o.Kind))
	names := make([]string, len(o.Objects))
	for i, r := range o.Objects {
		names[i] = r.sql(o.Kind)
		if r.Procedure { // GRANT ON FUNCTION does not take one; an operation holds one or the other
			word = "PROCEDURE"
		}
	}
	return word + " " + strings.Join(names, ", ")
}

// each gives the operation once for every object and grantee.
func (o Operation) each() []Operation {
	var out []Operation
	for _, r := range o.Objects {
		for _, g := range o.Grantees {
			one := o
			one.Objects, one.Grantees = []Ref{r}, []string{g}
			out = append(out, one)
		}
	}
	return out
}
