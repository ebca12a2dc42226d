package vet

import (
	"strings"
	"unicode"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// statementNames are those of statements whose node is not named after its words.
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

// describe names a statement without its text, which can hold values.
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
