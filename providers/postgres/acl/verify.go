package acl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
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
			failed = append(failed, o.checkList(s.defaultList(scope{o.ForRole, o.Schema, o.On}), scope{o.ForRole, o.Schema, o.On}.String())...)
			continue
		}
		for _, ref := range o.Objects {
			object := objects[o.Kind][ref]
			if object == nil {
				continue // gone, or in a system's schema
			}
			for _, t := range o.targets(object) {
				for _, p := range o.Privileges {
					k := key{o.Kind, ref, t.column, p, o.Grantee}
					if o.Do == "grant" {
						granted[k] = true
					} else if granted[k] {
						continue
					}
					one := o
					one.Privileges = []string{p}
					failed = append(failed, one.checkList(t.list(), string(o.Kind)+" "+t.String())...)
				}
			}
		}
	}
	if len(failed) == 0 {
		return nil
	}
	slices.Sort(failed)
	return fmt.Errorf("the server let the change pass without effect, because %s has not the right to it: %s", plain(s.User), strings.Join(limited(slices.Compact(failed), 5), "; "))
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

// checkList says which of the operation's privileges are not as it should have made them.
func (o Operation) checkList(list []Entry, on string) []string {
	var failed []string
	for _, p := range o.Privileges {
		has, grantable := holds(list, o.Grantee, p)
		right := has && (!o.Option || grantable)
		if o.Do == "revoke" {
			right = !has || o.Option && !grantable
		}
		if !right {
			failed = append(failed, fmt.Sprintf("%s %s on %s", o.Do, p, on))
		}
	}
	return failed
}
