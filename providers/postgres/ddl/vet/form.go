package vet

import (
	"fmt"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// form is what the script of one type of entry looks like: one statement that makes the object, and others that
// complete it.
type form struct {
	makes     []statement
	completes []statement
}

// statement reports whether a node is a statement of one kind, and about the entry's own object.
type statement func(e *ddl.Entry, n *pg.Node) answer

// answer is what a statement reports.
type answer int

const (
	otherKind   answer = iota // the node is another kind of statement
	otherObject               // it is of the kind, but about something else
	own
)

func about(same bool) answer {
	if same {
		return own
	}
	return otherObject
}

// check checks the statements of an entry against the form. A nil statement was checked by newer.
func (f form) check(e *ddl.Entry, statements []*pg.Node) error {
	for i, n := range statements {
		allowed := f.completes
		if i == 0 {
			allowed = f.makes
		}
		if n == nil {
			continue
		}
		best := otherKind
		for _, s := range allowed {
			best = max(best, s(e, n))
		}
		switch best {
		case otherKind:
			return refused(e, "holds "+describe(n))
		case otherObject:
			return fmt.Errorf("holds %s about another object than its own", describe(n))
		}
		if what := reaches(n); what != "" {
			return fmt.Errorf("%s, which reaches beyond the new database", what)
		}
	}
	if len(statements) == 0 && e.Type != "SCHEMA" {
		return refused(e, "holds no statement")
	}
	return nil
}

// one is a form of a single statement.
func one(s ...statement) form { return form{makes: s} }

// forms are those of all types that a copy takes, by pg_dump's words.
var forms = map[string]form{
	"SCHEMA": one(onName((*pg.Node).GetCreateSchemaStmt, (*pg.CreateSchemaStmt).GetSchemaname).
		only(makesNothingElse)),
	"EXTENSION": one(onName((*pg.Node).GetCreateExtensionStmt, (*pg.CreateExtensionStmt).GetExtname).
		only(namesSchemaOnly)),
	"TABLE": {
		makes: []statement{onRelation((*pg.Node).GetCreateStmt, (*pg.CreateStmt).GetRelation)},
		completes: []statement{
			alterOwnTable(slices.Concat(ofColumns, ofTables)...),
			alterOwnTable(pg.AlterTableType_AT_AddIdentity),
		},
	},
	"VIEW": {
		makes:     []statement{onRelation((*pg.Node).GetViewStmt, (*pg.ViewStmt).GetView)},
		completes: []statement{alterOwnTable(ofColumns...)},
	},
	"MATERIALIZED VIEW": {
		makes:     []statement{createMaterializedView},
		completes: []statement{alterOwnTable(slices.Concat(ofColumns, ofTables)...)},
	},
	"SEQUENCE": {
		makes: []statement{
			onRelation((*pg.Node).GetCreateSeqStmt, (*pg.CreateSeqStmt).GetSequence),
			onCommand(pg.AlterTableType_AT_AddIdentity, ownIdentity),
		},
		completes: []statement{alterOwnTable(pg.AlterTableType_AT_SetLogged, pg.AlterTableType_AT_SetUnLogged)},
	},
	"SEQUENCE OWNED BY": one(onRelation((*pg.Node).GetAlterSeqStmt, (*pg.AlterSeqStmt).GetSequence).only(setsOwner)),
	"DEFAULT": one(alterItsTable(
		pg.AlterTableType_AT_ColumnDefault, pg.AlterTableType_AT_SetExpression)),
	"TABLE ATTACH": one(onCommand(pg.AlterTableType_AT_AttachPartition, ownPartition)),
	"INDEX ATTACH": one(onCommand(pg.AlterTableType_AT_AttachPartition, ownPartition)),
	"INDEX": {
		makes: []statement{
			onPart((*pg.Node).GetIndexStmt, (*pg.IndexStmt).GetIdxname, (*pg.IndexStmt).GetRelation).only(isBlocking),
		},
		completes: []statement{alterItsTable(ofIndexes...), alterOwnTable(ofColumns...)},
	},
	"CONSTRAINT": {
		makes:     []statement{addConstraint, addDomainConstraint},
		completes: []statement{alterItsTable(ofIndexes...), alterOwnTable(ofColumns...)},
	},
	"FK CONSTRAINT":    one(addConstraint),
	"CHECK CONSTRAINT": one(addConstraint, addDomainConstraint),
	"TRIGGER": { // that of a partition is its parent's, and may be enabled otherwise
		makes: []statement{
			onPart((*pg.Node).GetCreateTrigStmt, (*pg.CreateTrigStmt).GetTrigname, (*pg.CreateTrigStmt).GetRelation),
			alterItsTable(ofTriggers...),
		},
		completes: []statement{alterItsTable(ofTriggers...)},
	},
	"EVENT TRIGGER": {
		makes: []statement{
			onName((*pg.Node).GetCreateEventTrigStmt, (*pg.CreateEventTrigStmt).GetTrigname),
		},
		completes: []statement{onName((*pg.Node).GetAlterEventTrigStmt, (*pg.AlterEventTrigStmt).GetTrigname)},
	},
	"RULE": {
		makes: []statement{
			onPart((*pg.Node).GetRuleStmt, (*pg.RuleStmt).GetRulename, (*pg.RuleStmt).GetRelation),
			createViewRule,
		},
		completes: []statement{alterItsTable(pg.AlterTableType_AT_DisableRule,
			pg.AlterTableType_AT_EnableAlwaysRule, pg.AlterTableType_AT_EnableReplicaRule)},
	},
	"POLICY": one(onPart((*pg.Node).GetCreatePolicyStmt, (*pg.CreatePolicyStmt).GetPolicyName,
		(*pg.CreatePolicyStmt).GetTable)),
	"ROW SECURITY": one(alterItsTable(pg.AlterTableType_AT_EnableRowSecurity)),
	"STATISTICS": {
		makes:     []statement{onWords((*pg.Node).GetCreateStatsStmt, (*pg.CreateStatsStmt).GetDefnames)},
		completes: []statement{onWords((*pg.Node).GetAlterStatsStmt, (*pg.AlterStatsStmt).GetDefnames)},
	},
	"COMMENT": one(comment),

	"TYPE": one(
		onWords((*pg.Node).GetCreateEnumStmt, (*pg.CreateEnumStmt).GetTypeName),
		onWords((*pg.Node).GetCreateRangeStmt, (*pg.CreateRangeStmt).GetTypeName),
		onRelation((*pg.Node).GetCompositeTypeStmt, (*pg.CompositeTypeStmt).GetTypevar),
		define(pg.ObjectType_OBJECT_TYPE),
	),
	"SHELL TYPE": one(define(pg.ObjectType_OBJECT_TYPE)),
	"DOMAIN":     one(onWords((*pg.Node).GetCreateDomainStmt, (*pg.CreateDomainStmt).GetDomainname)),
	"COLLATION":  one(define(pg.ObjectType_OBJECT_COLLATION)),
	"CONVERSION": one(onWords((*pg.Node).GetCreateConversionStmt, (*pg.CreateConversionStmt).GetConversionName)),

	"FUNCTION":  one(createFunction),
	"PROCEDURE": one(createFunction),
	"AGGREGATE": one(onSignature((*pg.Node).GetDefineStmt, (*pg.DefineStmt).GetDefnames).
		only(isDefine(pg.ObjectType_OBJECT_AGGREGATE))),
	"OPERATOR":       one(define(pg.ObjectType_OBJECT_OPERATOR)),
	"OPERATOR CLASS": one(onWords((*pg.Node).GetCreateOpClassStmt, (*pg.CreateOpClassStmt).GetOpclassname)),
	"OPERATOR FAMILY": {
		makes: []statement{onWords((*pg.Node).GetCreateOpFamilyStmt, (*pg.CreateOpFamilyStmt).GetOpfamilyname)},
		completes: []statement{
			onWords((*pg.Node).GetAlterOpFamilyStmt, (*pg.AlterOpFamilyStmt).GetOpfamilyname).only(addsOperators),
		},
	},
	"CAST":      one(onAny((*pg.Node).GetCreateCastStmt)),
	"TRANSFORM": one(onAny((*pg.Node).GetCreateTransformStmt)),
	"PROCEDURAL LANGUAGE": one(onName((*pg.Node).GetCreatePlangStmt, (*pg.CreatePLangStmt).GetPlname).
		only(isTrusted)),
	"ACCESS METHOD": one(onName((*pg.Node).GetCreateAmStmt, (*pg.CreateAmStmt).GetAmname)),

	"TEXT SEARCH PARSER":     one(define(pg.ObjectType_OBJECT_TSPARSER)),
	"TEXT SEARCH DICTIONARY": one(define(pg.ObjectType_OBJECT_TSDICTIONARY)),
	"TEXT SEARCH TEMPLATE":   one(define(pg.ObjectType_OBJECT_TSTEMPLATE)),
	"TEXT SEARCH CONFIGURATION": {
		makes: []statement{define(pg.ObjectType_OBJECT_TSCONFIGURATION)},
		completes: []statement{
			onWords((*pg.Node).GetAlterTsconfigurationStmt, (*pg.AlterTSConfigurationStmt).GetCfgname).
				only(addsMapping),
		},
	},
}

var (
	addConstraint  = onCommand(pg.AlterTableType_AT_AddConstraint, ownConstraint)
	createFunction = onSignature((*pg.Node).GetCreateFunctionStmt, (*pg.CreateFunctionStmt).GetFuncname).only(isOfType)
)

// isOfType reports whether CREATE FUNCTION and CREATE PROCEDURE make what the entry is.
func isOfType(e *ddl.Entry, n *pg.Node) bool {
	return n.GetCreateFunctionStmt().GetIsProcedure() == (e.Type == "PROCEDURE")
}

// isBlocking reports whether CREATE INDEX is not CONCURRENTLY, which no transaction can run.
func isBlocking(_ *ddl.Entry, n *pg.Node) bool { return !n.GetIndexStmt().GetConcurrent() }

// isTrusted reports whether CREATE LANGUAGE makes a trusted language.
func isTrusted(_ *ddl.Entry, n *pg.Node) bool { return n.GetCreatePlangStmt().GetPltrusted() }
