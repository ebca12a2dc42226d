// Package vet checks the script that creates the structure of a copy. Whoever wrote it, the entry of a table may create
// that table and nothing else: a statement about any other object, above all one outside the new database, is an error
// that names it. Statements are read by PostgreSQL's own parser, never by their words.
package vet

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// Script reports every entry of a script that holds anything but the statements that create its own object. extensions
// are those of the source: no other is created.
func Script(s *ddl.Script, extensions []catalog.Extension, at *diag.Range) diag.Diagnostics {
	known := map[string]bool{}
	for _, x := range extensions {
		known[x.Name] = true
	}
	var ds diag.Diagnostics
	for i := range s.Entries { // not in parallel: each running parser has memory of its own
		e := &s.Entries[i]
		if problem := checkEntry(e, known); problem != nil {
			ds.Append(diag.Diagnostic{
				Severity: diag.Error,
				Code:     "structure_statement",
				Summary:  "The structure holds a statement that a copy does not run",
				Detail:   fmt.Sprintf("The script of %s %s. %s", e.Object(), problem, remedy(e)),
				Range:    at,
			})
		}
	}
	return ds
}

// remedy returns what helps against an entry that is refused.
func remedy(e *ddl.Entry) string {
	if e.Type != "FUNCTION" && e.Type != "PROCEDURE" {
		return "Leave the object out of the refresh (skip its table, or name other schemas), or change it on the " +
			"source."
	}
	name, _, _ := strings.Cut(e.Name, "(")
	return fmt.Sprintf("Leave it out: schema { functions = [%q] }. Or have an administrator create it in a database "+
		"on the target, and let copies begin as that: template = \"...\".", "!"+e.Schema+"."+name)
}

// checkEntry returns what is wrong with the script of an entry, to follow its name: "creates a role, …".
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

// parse returns the statements of an entry. Those that are too new for the parser are nil: newer has checked them.
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

// withoutAccessMethod removes the SET and RESET around a relation whose access method is not heap.
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

// refused returns the error for what an entry of this type must not do.
func refused(e *ddl.Entry, what string) error {
	return fmt.Errorf("%s, which is not what makes %s", what, indefinite(strings.ToLower(e.Type)))
}

func indefinite(word string) string {
	if strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}

// statementNames names the statements whose node is not called like their command.
var statementNames = map[string]string{
	"VariableSetStmt":      "SET",
	"VariableShowStmt":     "SHOW",
	"TransactionStmt":      "a statement of transaction control",
	"CreatedbStmt":         "CREATE DATABASE",
	"DropdbStmt":           "DROP DATABASE",
	"CreateTableSpaceStmt": "CREATE TABLESPACE",
	"GrantStmt":            "GRANT or REVOKE",
	"GrantRoleStmt":        "GRANT or REVOKE of a role",
	"DefineStmt":           "CREATE",
	"CreateTrigStmt":       "CREATE TRIGGER",
	"CreateStmt":           "CREATE TABLE",
	"CreateTableAsStmt":    "CREATE TABLE AS or CREATE MATERIALIZED VIEW",
	"CreatePlangStmt":      "CREATE LANGUAGE",
	"CreateAmStmt":         "CREATE ACCESS METHOD",
	"RuleStmt":             "CREATE RULE",
	"ViewStmt":             "CREATE VIEW",
	"IndexStmt":            "CREATE INDEX",
	"SecLabelStmt":         "SECURITY LABEL",
	"AlterOwnerStmt":       "ALTER … OWNER TO",
	"RenameStmt":           "ALTER … RENAME",
}

// describe names a statement without quoting it: its text can hold values.
func describe(n *pg.Node) string {
	m := n.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("node"))
	if field == nil {
		return "a statement"
	}
	name := string(field.Message().Name())
	if known, ok := statementNames[name]; ok {
		return known
	}
	var b strings.Builder
	for i, r := range strings.TrimSuffix(name, "Stmt") {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
