package vet

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// relation reports whether a statement is about the one relation. Nothing of a session of its own (TEMPORARY) is in a
// copy.
func relation(r *pg.RangeVar, schema, name string) bool {
	return r != nil && r.Catalogname == "" && r.Relpersistence != "t" && r.Schemaname == schema && r.Relname == name &&
		name != ""
}

// qualified gives the schema and the name of a list of words; what has no schema has "".
func qualified(words []*pg.Node) (schema, name string) {
	switch len(words) {
	case 1:
		return "", words[0].GetString_().GetSval()
	case 2:
		return words[0].GetString_().GetSval(), words[1].GetString_().GetSval()
	}
	return "", ""
}

func named(e *ddl.Entry, words []*pg.Node) bool {
	schema, name := qualified(words)
	return schema == e.Schema && name == e.Name && name != ""
}

// signed is named for what has arguments: pg_dump's name is the name with its signature.
func signed(e *ddl.Entry, words []*pg.Node) bool {
	schema, name := qualified(words)
	return schema == e.Schema && name != "" && strings.HasPrefix(e.Name, name+"(")
}

func createSchema(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateSchemaStmt()
	if s == nil || s.Authrole != nil || len(s.SchemaElts) > 0 {
		return otherKind
	}
	return about(s.Schemaname == e.Name)
}

func createExtension(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateExtensionStmt()
	if s == nil ||
		slices.ContainsFunc(s.Options, func(o *pg.Node) bool { return o.GetDefElem().GetDefname() != "schema" }) {
		return otherKind
	}
	return about(s.Extname == e.Name)
}

func createTable(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateStmt()
	if s == nil {
		return otherKind
	}
	return about(relation(s.Relation, e.Schema, e.Name))
}

func createView(e *ddl.Entry, n *pg.Node) answer { return view(n, e.Schema, e.Name) }

// createItsView is the rule _RETURN: a view that needs what comes after it is made without a query first.
func createItsView(e *ddl.Entry, n *pg.Node) answer {
	if e.Name != "_RETURN" {
		return otherKind
	}
	return view(n, e.Schema, e.Table)
}

func view(n *pg.Node, schema, name string) answer {
	s := n.GetViewStmt()
	if s == nil {
		return otherKind
	}
	return about(relation(s.View, schema, name))
}

// createMaterializedView runs no query: rows come by another step.
func createMaterializedView(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateTableAsStmt()
	if s == nil || s.Objtype != pg.ObjectType_OBJECT_MATVIEW || s.IsSelectInto || !s.Into.GetSkipData() {
		return otherKind
	}
	return about(relation(s.Into.GetRel(), e.Schema, e.Name))
}

func createSequence(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateSeqStmt()
	if s == nil {
		return otherKind
	}
	return about(relation(s.Sequence, e.Schema, e.Name))
}

func createIndex(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetIndexStmt()
	if s == nil || s.Concurrent {
		return otherKind
	}
	return about(s.Idxname == e.Name && relation(s.Relation, e.Schema, e.Table))
}

func createTrigger(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateTrigStmt()
	if s == nil {
		return otherKind
	}
	return about(s.Trigname == e.Name && relation(s.Relation, e.Schema, e.Table))
}

func createEventTrigger(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateEventTrigStmt()
	if s == nil {
		return otherKind
	}
	return about(s.Trigname == e.Name)
}

func createRule(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetRuleStmt()
	if s == nil {
		return otherKind
	}
	return about(s.Rulename == e.Name && relation(s.Relation, e.Schema, e.Table))
}

func createPolicy(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreatePolicyStmt()
	if s == nil {
		return otherKind
	}
	return about(s.PolicyName == e.Name && relation(s.Table, e.Schema, e.Table))
}

func createStatistics(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateStatsStmt()
	if s == nil {
		return otherKind
	}
	return about(named(e, s.Defnames))
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

func createType(e *ddl.Entry, n *pg.Node) answer {
	switch {
	case n.GetCreateEnumStmt() != nil:
		return about(named(e, n.GetCreateEnumStmt().TypeName))
	case n.GetCreateRangeStmt() != nil:
		return about(named(e, n.GetCreateRangeStmt().TypeName))
	case n.GetCompositeTypeStmt() != nil:
		return about(relation(n.GetCompositeTypeStmt().Typevar, e.Schema, e.Name))
	}
	return define(pg.ObjectType_OBJECT_TYPE)(e, n)
}

func createDomain(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateDomainStmt()
	if s == nil {
		return otherKind
	}
	return about(named(e, s.Domainname))
}

func createConversion(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateConversionStmt()
	if s == nil {
		return otherKind
	}
	return about(named(e, s.ConversionName))
}

// define is CREATE of what has a list of properties.
func define(kind pg.ObjectType) statement {
	return func(e *ddl.Entry, n *pg.Node) answer {
		s := n.GetDefineStmt()
		if s == nil || s.Kind != kind {
			return otherKind
		}
		return about(named(e, s.Defnames))
	}
}

func createAggregate(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetDefineStmt()
	if s == nil || s.Kind != pg.ObjectType_OBJECT_AGGREGATE {
		return otherKind
	}
	return about(signed(e, s.Defnames))
}

func createFunction(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateFunctionStmt()
	if s == nil || s.IsProcedure != (e.Type == "PROCEDURE") {
		return otherKind
	}
	return about(signed(e, s.Funcname))
}

func createOperatorClass(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateOpClassStmt()
	if s == nil {
		return otherKind
	}
	return about(named(e, s.Opclassname))
}

func createOperatorFamily(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateOpFamilyStmt()
	if s == nil {
		return otherKind
	}
	return about(named(e, s.Opfamilyname))
}

// createCast and createTransform have no names.
func createCast(_ *ddl.Entry, n *pg.Node) answer {
	if n.GetCreateCastStmt() == nil {
		return otherKind
	}
	return own
}

func createTransform(_ *ddl.Entry, n *pg.Node) answer {
	if n.GetCreateTransformStmt() == nil {
		return otherKind
	}
	return own
}

func createLanguage(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreatePlangStmt()
	if s == nil || !s.Pltrusted {
		return otherKind
	}
	return about(s.Plname == e.Name)
}

func createAccessMethod(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetCreateAmStmt()
	if s == nil {
		return otherKind
	}
	return about(s.Amname == e.Name)
}
