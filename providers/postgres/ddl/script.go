package ddl

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// neverCopied are the types of entries that no copy takes: settings of pg_dump's own session, rows (which are copied
// and masked elsewhere), what acts on a whole cluster, and privileges (the target has other roles than the source).
var neverCopied = map[string]bool{
	"ENCODING": true, "STDSTRINGS": true, "SEARCHPATH": true,
	"DATABASE": true, "DATABASE PROPERTIES": true,
	"TABLE DATA": true, "SEQUENCE SET": true, "MATERIALIZED VIEW DATA": true, "STATISTICS DATA": true,
	"BLOB": true, "BLOBS": true, "BLOB METADATA": true,
	"ACL": true, "DEFAULT ACL": true, "SECURITY LABEL": true,
	"PUBLICATION": true, "PUBLICATION TABLE": true, "PUBLICATION TABLES IN SCHEMA": true,
	"SUBSCRIPTION": true, "SUBSCRIPTION TABLE": true,
}

// isRelation are the types that indexes, constraints and triggers can belong to.
var isRelation = map[string]bool{
	"TABLE": true, "VIEW": true, "MATERIALIZED VIEW": true, "FOREIGN TABLE": true,
}

// namedAfterTable are the types whose tag is "TABLE NAME".
var namedAfterTable = map[string]bool{
	"CONSTRAINT": true, "FK CONSTRAINT": true, "CHECK CONSTRAINT": true, "DEFAULT": true,
	"TRIGGER": true, "RULE": true, "POLICY": true, "ROW SECURITY": true,
}

// script turns the archive's items into entries: it drops what is never copied, finds the table that each belongs to,
// and puts entries without a section (comments, owners of sequences) in the section of what they are about.
func (a *archive) script() *Script {
	s := &Script{ServerVersion: a.serverVersion, DumpVersion: a.dumpVersion}
	byID := map[int]int{} // ID to index in s.Entries
	for _, it := range a.items {
		if neverCopied[it.desc] || it.defn == "" {
			continue
		}
		deps := slices.Clone(it.deps)
		slices.Sort(deps)
		e := Entry{
			ID: it.id, Type: it.desc, Schema: it.namespace, Name: it.tag, SQL: it.defn,
			AccessMethod: it.method, Depends: slices.Compact(deps), class: it.class, oid: it.oid,
		}
		e.Section = sectionOf(it, s.Entries, byID)
		s.placeOnTable(&e, byID)
		if e.AccessMethod != "" && e.AccessMethod != "heap" && isRelation[e.Type] {
			e.SQL = "SET default_table_access_method = " + sqltext.Ident(e.AccessMethod) + ";\n" + e.SQL +
				"RESET default_table_access_method;\n"
		}
		byID[e.ID] = len(s.Entries)
		s.Entries = append(s.Entries, e)
	}
	return s
}

func sectionOf(it item, before []Entry, byID map[int]int) Section {
	switch it.section {
	case sectionPostData:
		return Post
	case sectionNone:
		for _, dep := range it.deps {
			if i, ok := byID[dep]; ok && before[i].Section == Post {
				return Post
			}
		}
	}
	return Pre
}

// placeOnTable sets Table and TableOID from the entries that e depends on, and removes the table's name from the front
// of Name.
func (s *Script) placeOnTable(e *Entry, byID map[int]int) {
	if isRelation[e.Type] {
		e.TableOID = e.oid
		return
	}
	var relations []Entry
	for _, dep := range e.Depends {
		if i, ok := byID[dep]; ok && isRelation[s.Entries[i].Type] {
			relations = append(relations, s.Entries[i])
		}
	}
	var found *Entry
	for i := range relations {
		r := &relations[i]
		if r.Schema != e.Schema && e.Type != "SEQUENCE" {
			continue
		}
		switch {
		case e.Type == "ROW SECURITY":
			if r.Name == e.Name {
				found = r
			}
		case namedAfterTable[e.Type]:
			if strings.HasPrefix(e.Name, r.Name+" ") && (found == nil || len(r.Name) > len(found.Name)) {
				found = r
			}
		case e.Type == "INDEX":
			if found == nil || indexIsOn(e.SQL, *r) {
				found = r
			}
		case e.Type == "SEQUENCE" || e.Type == "STATISTICS":
			found = r
		}
	}
	if found == nil {
		return
	}
	e.TableOID = found.oid
	switch {
	case e.Type == "ROW SECURITY":
		e.Table, e.Name = found.Name, ""
	case namedAfterTable[e.Type]:
		e.Table, e.Name = found.Name, strings.TrimPrefix(e.Name, found.Name+" ")
	case e.Type == "INDEX":
		e.Table = found.Name
	}
}

// indexIsOn reports whether an index is on a table, and does not only mention it in an expression.
func indexIsOn(sql string, table Entry) bool {
	for _, schema := range []string{quoted(table.Schema), sqltext.Ident(table.Schema)} {
		for _, name := range []string{quoted(table.Name), sqltext.Ident(table.Name)} {
			for _, on := range []string{" ON ", " ON ONLY "} {
				if strings.Contains(sql, on+schema+"."+name+" USING ") {
					return true
				}
			}
		}
	}
	return false
}
