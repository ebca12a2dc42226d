// Package vet checks the script that makes the structure of a copy. Whoever wrote it, the entry of a table makes that
// table and an entry of a function that function: a statement about anything else, above all about what is outside of
// the new database, is an error that names it. Statements are read by PostgreSQL's own parser, never by their words.
package vet

import (
	"errors"
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// Script reports every entry of a script that holds anything but the statements that make its own object. Extensions
// are those that the source has: no other is created.
func Script(s *ddl.Script, extensions []catalog.Extension, at *diag.Range) diag.Diagnostics {
	known := map[string]bool{}
	for _, x := range extensions {
		known[x.Name] = true
	}
	var ds diag.Diagnostics
	for i := range s.Entries { // one after the other: each parser at a time has memory of its own
		e := &s.Entries[i]
		if problem := checkEntry(e, known); problem != nil {
			ds.Append(diag.Diagnostic{
				Severity: diag.Error,
				Code:     "structure_statement",
				Summary:  "The structure holds a statement that a copy does not run",
				Detail: fmt.Sprintf("The script of %s %s. Leave the object out of the refresh (skip its table, or "+
					"name other schemas), or change it on the source.",
					e.Object(), problem),
				Range: at,
			})
		}
	}
	return ds
}

// checkEntry says what is wrong with the script of one entry: "creates a role, …".
func checkEntry(e *ddl.Entry, extensions map[string]bool) error {
	form, ok := forms[e.Type]
	if !ok {
		return errors.New("is of a type that is not known")
	}
	if e.Type == "EXTENSION" && !extensions[e.Name] {
		return errors.New("creates an extension that the source does not have")
	}
	if strings.ContainsRune(e.SQL, 0) {
		return errors.New("holds a zero byte")
	}
	statements, err := parse(e)
	if err != nil {
		return err
	}
	if statements, err = withoutAccessMethod(e, statements); err != nil {
		return err
	}
	return form.check(e, statements)
}

// parse gives the statements of an entry. Those of a newer PostgreSQL than the parser's are nil: newer has looked at
// them.
func parse(e *ddl.Entry) ([]*pg.Node, error) {
	tree, err := pgparse.ParseOnce(e.SQL)
	if err != nil {
		return newer(e)
	}
	out := make([]*pg.Node, len(tree.Stmts))
	for i, s := range tree.Stmts {
		out[i] = s.GetStmt()
	}
	return out, nil
}

// withoutAccessMethod takes away the setting around a relation with another access method than heap.
func withoutAccessMethod(e *ddl.Entry, statements []*pg.Node) ([]*pg.Node, error) {
	last := len(statements) - 1
	if last < 1 || statements[0].GetVariableSetStmt() == nil {
		return statements, nil
	}
	set, reset := statements[0].GetVariableSetStmt(), statements[last].GetVariableSetStmt()
	const name = "default_table_access_method"
	if set.Name != name || set.Kind != pg.VariableSetKind_VAR_SET_VALUE || set.IsLocal || reset.GetName() != name ||
		reset.Kind != pg.VariableSetKind_VAR_RESET || len(set.Args) != 1 ||
		set.Args[0].GetAConst().GetSval().GetSval() != e.AccessMethod || e.AccessMethod == "" {
		return nil, refused(e, "changes a setting")
	}
	return statements[1:last], nil
}

// refused says what a statement does that an entry of this type may not.
func refused(e *ddl.Entry, what string) error {
	return fmt.Errorf("%s, which is not what makes %s", what, indefinite(strings.ToLower(e.Type)))
}

func indefinite(word string) string {
	if strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}
