package vet

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// isRelation reports whether r is the relation schema.name. A copy has no temporary relations.
func isRelation(r *pg.RangeVar, schema, name string) bool {
	return r != nil && r.Catalogname == "" && r.Relpersistence != "t" && r.Schemaname == schema && r.Relname == name &&
		name != ""
}

// qualified returns the schema, "" if there is none, and the name of a list of words.
func qualified(words []*pg.Node) (schema, name string) {
	switch len(words) {
	case 1:
		return "", words[0].GetString_().GetSval()
	case 2:
		return words[0].GetString_().GetSval(), words[1].GetString_().GetSval()
	}
	return "", ""
}

// on is a statement that get returns from its node and that is about the entry's object if owns says so.
func on[T comparable](get func(*pg.Node) T, owns func(e *ddl.Entry, s T) bool) statement {
	return func(e *ddl.Entry, n *pg.Node) answer {
		var none T
		s := get(n)
		if s == none {
			return otherKind
		}
		return about(owns(e, s))
	}
}

// onAny is a statement about an object without a name.
func onAny[T comparable](get func(*pg.Node) T) statement {
	return on(get, func(*ddl.Entry, T) bool { return true })
}

// onName is a statement about an object in no schema.
func onName[T comparable](get func(*pg.Node) T, name func(T) string) statement {
	return on(get, func(e *ddl.Entry, s T) bool { return name(s) == e.Name })
}

// onWords is a statement that names an object by a list of words.
func onWords[T comparable](get func(*pg.Node) T, words func(T) []*pg.Node) statement {
	return on(get, func(e *ddl.Entry, s T) bool {
		schema, name := qualified(words(s))
		return schema == e.Schema && name == e.Name && name != ""
	})
}

// onSignature is onWords for objects with arguments: pg_dump's name for them is the name with its signature.
func onSignature[T comparable](get func(*pg.Node) T, words func(T) []*pg.Node) statement {
	return on(get, func(e *ddl.Entry, s T) bool {
		schema, name := qualified(words(s))
		return schema == e.Schema && name != "" && strings.HasPrefix(e.Name, name+"(")
	})
}

// onRelation is a statement about a relation.
func onRelation[T comparable](get func(*pg.Node) T, relation func(T) *pg.RangeVar) statement {
	return on(get, func(e *ddl.Entry, s T) bool { return isRelation(relation(s), e.Schema, e.Name) })
}

// onPart is a statement about something that belongs to the entry's table.
func onPart[T comparable](get func(*pg.Node) T, name func(T) string, table func(T) *pg.RangeVar) statement {
	return on(get, func(e *ddl.Entry, s T) bool {
		return name(s) == e.Name && isRelation(table(s), e.Schema, e.Table)
	})
}

// only narrows a statement by a condition.
func (s statement) only(condition func(e *ddl.Entry, n *pg.Node) bool) statement {
	return func(e *ddl.Entry, n *pg.Node) answer {
		if !condition(e, n) {
			return otherKind
		}
		return s(e, n)
	}
}

// makesNothingElse reports whether CREATE SCHEMA makes the schema alone.
func makesNothingElse(_ *ddl.Entry, n *pg.Node) bool {
	s := n.GetCreateSchemaStmt()
	return s.GetAuthrole() == nil && len(s.GetSchemaElts()) == 0
}

// namesSchemaOnly reports whether CREATE EXTENSION has no other option than the schema.
func namesSchemaOnly(_ *ddl.Entry, n *pg.Node) bool {
	return !slices.ContainsFunc(n.GetCreateExtensionStmt().GetOptions(), func(o *pg.Node) bool {
		return o.GetDefElem().GetDefname() != "schema"
	})
}

// createViewRule is the rule _RETURN: pg_dump first makes a view that needs later objects without its query.
func createViewRule(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetViewStmt()
	if s == nil || e.Name != "_RETURN" {
		return otherKind
	}
	return about(isRelation(s.View, e.Schema, e.Table))
}

// createMaterializedView runs no query: another step adds the rows.
func createMaterializedView(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateTableAsStmt()
	if s == nil || s.Objtype != pg.ObjectType_OBJECT_MATVIEW || s.IsSelectInto || !s.Into.GetSkipData() {
		return otherKind
	}
	return about(isRelation(s.Into.GetRel(), e.Schema, e.Name))
}

// comment is one on anything that is in a database.
func comment(_ *ddl.Entry, n *pg.Node) answer {
	s := n.GetCommentStmt()
	if s == nil {
		return otherKind
	}
	switch s.Objtype {
	case pg.ObjectType_OBJECT_DATABASE, pg.ObjectType_OBJECT_ROLE, pg.ObjectType_OBJECT_TABLESPACE,
		pg.ObjectType_OBJECT_SUBSCRIPTION:
		return otherKind
	}
	return own
}

// define is CREATE of an object with a list of properties.
func define(kind pg.ObjectType) statement {
	return onWords((*pg.Node).GetDefineStmt, (*pg.DefineStmt).GetDefnames).only(isDefine(kind))
}

func isDefine(kind pg.ObjectType) func(*ddl.Entry, *pg.Node) bool {
	return func(_ *ddl.Entry, n *pg.Node) bool { return n.GetDefineStmt().GetKind() == kind }
}
