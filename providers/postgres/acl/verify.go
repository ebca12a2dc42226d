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
func verify(ctx context.Context, tx pgx.Tx, operations []Operation) error {
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
	for i := len(operations) - 1; i >= 0; i-- {
		o := operations[i]
		if o.Do != "grant" && o.Do != "revoke" {
			continue
		}
		if o.ForRole != "" {
			x := scope{o.ForRole, o.Schema, o.On}
			for _, p := range o.Privileges {
				if !o.holds(s.defaultList(x), o.Grantees[0], p) {
					failed = append(failed, fmt.Sprintf("%s %s on %s", o.Do, p, x))
				}
			}
			continue
		}
		for _, ref := range o.Objects {
			object := objects[o.Kind][ref]
			if object == nil {
				continue // gone, or in a system's schema
			}
			for _, t := range o.targets(object) {
				for _, g := range o.Grantees {
					for _, p := range o.Privileges {
						k := key{o.Kind, ref, t.column, p, g}
						if o.Do == "grant" {
							granted[k] = true
						} else if granted[k] {
							continue
						}
						if !o.holds(t.list(), g, p) {
							failed = append(failed, fmt.Sprintf("%s %s on %s %s", o.Do, p, o.Kind, t))
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
	return fmt.Errorf("the server let the change pass without effect, because %s has not the right to it: %s",
		sqltext.Plain(s.User), strings.Join(limited(slices.Compact(failed), 5), "; "))
}

func (o Operation) targets(object *Object) []target {
	if len(o.Columns) == 0 {
		return []target{{object: object}}
	}
	var out []target
	for _, c := range o.Columns {
		out = append(out, target{object, c})
	}
	return out
}

// holds says whether a privilege is as the operation should have made it.
func (o Operation) holds(list []Entry, grantee, privilege string) bool {
	has, grantable := holds(list, grantee, privilege)
	if o.Do == "revoke" {
		return !has || o.Option && !grantable
	}
	return has && (!o.Option || grantable)
}
