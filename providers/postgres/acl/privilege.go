package acl

import "slices"

// firstMaintain is the first version with the privilege MAINTAIN.
const firstMaintain = 170000

// Privileges returns those of a kind of object in the server's order, which is also what ALL stands for
// (manual, 5.8, table 5.2).
func Privileges(kind Kind, column bool, version int) []string {
	switch kind {
	case Database:
		return []string{"CREATE", "TEMPORARY", "CONNECT"}
	case Schema:
		return []string{"USAGE", "CREATE"}
	case Table:
		if column {
			return []string{"INSERT", "SELECT", "UPDATE", "REFERENCES"}
		}
		all := []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
		if version >= firstMaintain {
			all = append(all, "MAINTAIN")
		}
		return all
	case Sequence:
		return []string{"SELECT", "UPDATE", "USAGE"}
	case Function:
		return []string{"EXECUTE"}
	case Type:
		return []string{"USAGE"}
	}
	return nil
}

// expand returns the privileges that names stand for, in the server's order, and the names that are none of
// the kind's.
func expand(names []string, kind Kind, column bool, version int) (known, unknown []string) {
	valid := Privileges(kind, column, version)
	wanted := map[string]bool{}
	for _, n := range names {
		switch {
		case n == "ALL" || n == "ALL PRIVILEGES":
			for _, p := range valid {
				wanted[p] = true
			}
		case n == "TEMP" && kind == Database:
			wanted["TEMPORARY"] = true
		case slices.Contains(valid, n):
			wanted[n] = true
		default:
			unknown = append(unknown, n)
		}
	}
	for _, p := range valid {
		if wanted[p] {
			known = append(known, p)
		}
	}
	return known, unknown
}

// rank is the place of a privilege in the server's order.
func rank(privilege string) int {
	return slices.Index([]string{
		"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN", "USAGE", "CREATE",
		"TEMPORARY", "CONNECT", "EXECUTE",
	}, privilege)
}

// builtin returns the access list of an object that nobody has granted anything on, as acldefault() does: all
// to the owner, and to PUBLIC what the manual's table 5.2 says.
func builtin(kind Kind, owner string, version int) []Entry {
	var out []Entry
	for _, p := range Privileges(kind, false, version) {
		out = append(out, Entry{Grantee: owner, Privilege: p, Grantor: owner})
	}
	public := map[Kind][]string{Database: {"TEMPORARY", "CONNECT"}, Function: {"EXECUTE"}, Type: {"USAGE"}}
	for _, p := range public[kind] {
		out = append(out, Entry{Grantee: Public, Privilege: p, Grantor: owner})
	}
	sortEntries(out)
	return out
}

// holds looks a privilege up in an access list.
func holds(list []Entry, grantee, privilege string) (has, grantable bool) {
	for _, e := range list {
		if e.Grantee == grantee && e.Privilege == privilege {
			has, grantable = true, grantable || e.Grantable
		}
	}
	return has, grantable
}
