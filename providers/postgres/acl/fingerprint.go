package acl

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"sort"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// Fingerprints are of everything that a draft depends on, so that a plan can be refused when it moved: each
// declared role and each that carries the project's mark, and, where the live copy is changed, what each
// selector stands for and the access lists of it.
func (in Input) Fingerprints() []engine.Fingerprint {
	server := in.Live
	if server == nil {
		server = in.Server
	}
	if server == nil {
		return nil
	}
	address := in.Database.Address()
	var out []engine.Fingerprint
	add := func(of, object string, what any) {
		raw, err := json.Marshal(what)
		if err != nil {
			panic(err) // plain structs of this package
		}
		sum := sha256.Sum256(raw)
		out = append(out, engine.Fingerprint{
			Address: of,
			Object:  object + " of " + address,
			Digest:  hex.EncodeToString(sum[:]),
		})
	}
	declared := map[string]string{}
	for _, r := range in.Roles {
		declared[r.Name] = r.Address()
	}
	for i := range server.Roles {
		x := server.Roles[i]
		_, mark, marked := ParseComment(x.Comment)
		if declared[x.Name] == "" && !(marked && mark.Project == in.Project) {
			continue
		}
		var members []RoleGrant
		for _, m := range server.Memberships {
			if m.Member == x.Name {
				members = append(members, m)
			}
		}
		var owned []Owned
		for _, o := range server.Owned {
			if o.Role == x.Name && declared[x.Name] == "" { // matters only where it is disabled or dropped
				owned = append(owned, o)
			}
		}
		x.Usage, x.Set, x.Admin = false, false, false // of who is connected, not of the role
		of := declared[x.Name]
		if of == "" {
			of = (&spec.Role{Label: x.Name}).Address()
		}
		add(of, "role "+sqltext.Plain(x.Name), []any{x, members, owned})
	}
	for name, of := range declared {
		if server.Role(name) == nil && name != Public {
			add(of, "role "+sqltext.Plain(name), nil)
		}
	}
	if in.Live != nil && in.Next == nil {
		in.listFingerprints(add)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Object < out[j].Object })
	return out
}

// listFingerprints covers the objects that grants select, with what the declared roles have on them.
func (in Input) listFingerprints(add func(of, object string, what any)) {
	mine := func(list []Entry) []Entry {
		return slices.DeleteFunc(slices.Clone(list), func(e Entry) bool {
			return !slices.ContainsFunc(in.Roles, func(r *spec.Role) bool { return r.Name == e.Grantee })
		})
	}
	kinds, seen := map[Kind]bool{}, map[string]bool{}
	for _, r := range in.Roles {
		for _, g := range r.Grants {
			kinds[Kind(g.On.Kind)] = kinds[Kind(g.On.Kind)] || r.Mode == "authoritative"
			for _, t := range in.Live.resolve(g.On, g.Range, &diag.Diagnostics{}) {
				seen[t.object.Key()] = true
			}
		}
	}
	for i := range in.Live.Objects {
		o := in.Live.Objects[i]
		if !seen[o.Key()] && !kinds[o.Kind] {
			continue
		}
		var columns []ObjectColumn
		for _, c := range o.Columns {
			if list := mine(c.Grants); len(list) > 0 {
				columns = append(columns, ObjectColumn{c.Name, list})
			}
		}
		add(in.Database.Address()+".grants", "privileges on "+o.String(), []any{
			o.Owner, o.Arguments, mine(o.Grants), columns,
		})
	}
	for _, a := range in.Live.Defaults {
		if list := mine(a.Grants); len(list) > 0 {
			add(in.Database.Address()+".grants", "privileges on "+scope{a.ForRole, a.Schema, a.On}.String(), list)
		}
	}
}
