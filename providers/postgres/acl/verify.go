package acl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// verify looks at the access lists inside the transaction and says what did not come about. PostgreSQL answers a
// grant without the right to it with a warning only.
func verify(ctx context.Context, tx pgx.Tx, commands []Command) error {
	s, err := inspect(ctx, tx)
	if err != nil {
		return fmt.Errorf("checking the privileges: %w", err)
	}
	objects := map[Kind]map[Ref]*Object{}
	for i := range s.Objects {
		o := &s.Objects[i]
		if objects[o.Kind] == nil {
			objects[o.Kind] = map[Ref]*Object{}
		}
		objects[o.Kind][refOf(o)] = o
	}
	type key struct {
		kind              Kind
		ref               Ref
		column, privilege string
		grantee           string
	}
	granted := map[key]bool{} // a later grant puts back what an earlier revoke took
	var failed []string
	for i := len(commands) - 1; i >= 0; i-- {
		c := commands[i]
		if c.Do != "grant" && c.Do != "revoke" {
			continue
		}
		if c.ForRole != "" {
			x := scope{c.ForRole, c.Schema, c.On}
			for _, p := range c.Privileges {
				if !c.holds(s.defaultList(x), c.Grantees[0], p) {
					failed = append(failed, fmt.Sprintf("%s %s on %s", c.Do, p, x))
				}
			}
			continue
		}
		for _, ref := range c.Objects {
			object := objects[c.Kind][ref]
			if object == nil {
				continue // gone, or in a system's schema
			}
			for _, t := range c.targets(object) {
				for _, g := range c.Grantees {
					for _, p := range c.Privileges {
						k := key{c.Kind, ref, t.column, p, g}
						if c.Do == "grant" {
							granted[k] = true
						} else if granted[k] {
							continue
						}
						if !c.holds(t.list(), g, p) {
							failed = append(failed, fmt.Sprintf("%s %s on %s %s", c.Do, p, c.Kind, t))
						}
					}
				}
			}
		}
	}
	if len(failed) == 0 {
		return nil
	}
	slices.Sort(failed)
	return fmt.Errorf("the server accepted the change without effect, because %s lacks the privilege: %s",
		sqltext.Plain(s.User), strings.Join(limited(slices.Compact(failed), 5), "; "))
}

func (c Command) targets(object *Object) []target {
	if len(c.Columns) == 0 {
		return []target{{object: object}}
	}
	var out []target
	for _, name := range c.Columns {
		out = append(out, target{object, name})
	}
	return out
}

// holds reports whether a privilege is as the command should have made it.
func (c Command) holds(list []Entry, grantee, privilege string) bool {
	has, grantable := holds(list, grantee, privilege)
	if c.Do == "revoke" {
		return !has || c.Option && !grantable
	}
	return has && (!c.Option || grantable)
}
