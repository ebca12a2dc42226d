package vet

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// The commands of ALTER TABLE that pg_dump writes beside what makes an object, by what they are about.
var (
	ofColumns = []pg.AlterTableType{
		pg.AlterTableType_AT_SetStatistics, pg.AlterTableType_AT_SetStorage, pg.AlterTableType_AT_SetCompression,
		pg.AlterTableType_AT_SetOptions, pg.AlterTableType_AT_SetNotNull, pg.AlterTableType_AT_ColumnDefault,
	}
	ofTables = []pg.AlterTableType{
		pg.AlterTableType_AT_ReplicaIdentity, pg.AlterTableType_AT_ForceRowSecurity, pg.AlterTableType_AT_ClusterOn,
		pg.AlterTableType_AT_AddConstraint, pg.AlterTableType_AT_SetLogged, pg.AlterTableType_AT_SetUnLogged,
	}
	ofIdentity    = [][]pg.AlterTableType{{pg.AlterTableType_AT_AddIdentity}}
	ofPersistence = []pg.AlterTableType{pg.AlterTableType_AT_SetLogged, pg.AlterTableType_AT_SetUnLogged}
	ofDefaults    = []pg.AlterTableType{pg.AlterTableType_AT_ColumnDefault, pg.AlterTableType_AT_SetExpression}
	ofIndexes     = []pg.AlterTableType{pg.AlterTableType_AT_ClusterOn, pg.AlterTableType_AT_ReplicaIdentity}
	ofRowSecurity = []pg.AlterTableType{pg.AlterTableType_AT_EnableRowSecurity}
	ofTriggers    = []pg.AlterTableType{
		pg.AlterTableType_AT_DisableTrig, pg.AlterTableType_AT_EnableTrig,
		pg.AlterTableType_AT_EnableAlwaysTrig, pg.AlterTableType_AT_EnableReplicaTrig,
	}
	ofRules = []pg.AlterTableType{
		pg.AlterTableType_AT_DisableRule, pg.AlterTableType_AT_EnableAlwaysRule, pg.AlterTableType_AT_EnableReplicaRule,
	}
)

// alterOwnTable is ALTER TABLE of the relation that the entry makes, or of its index, with some commands only.
func alterOwnTable(kinds ...[]pg.AlterTableType) statement {
	return alter(slices.Concat(kinds...), func(e *ddl.Entry) string { return e.Name })
}

// alterItsTable is ALTER TABLE of the relation that the entry belongs to.
func alterItsTable(kinds ...[]pg.AlterTableType) statement {
	return alter(slices.Concat(kinds...), func(e *ddl.Entry) string { return e.Table })
}

func alter(commands []pg.AlterTableType, name func(*ddl.Entry) string) statement {
	return func(e *ddl.Entry, n *pg.Node) answer {
		s := n.GetAlterTableStmt()
		if s == nil || !only(s, commands) {
			return otherKind
		}
		return about(relation(s.Relation, e.Schema, name(e)))
	}
}

func only(s *pg.AlterTableStmt, commands []pg.AlterTableType) bool {
	return len(s.Cmds) > 0 && !slices.ContainsFunc(s.Cmds, func(c *pg.Node) bool {
		return !slices.Contains(commands, c.GetAlterTableCmd().GetSubtype())
	})
}

// addConstraint adds the constraint of the entry to its table.
func addConstraint(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterTableStmt()
	if s == nil || len(s.Cmds) != 1 || !only(s, []pg.AlterTableType{pg.AlterTableType_AT_AddConstraint}) {
		return otherKind
	}
	c := s.Cmds[0].GetAlterTableCmd().GetDef().GetConstraint()
	return about(relation(s.Relation, e.Schema, e.Table) && c.GetConname() == e.Name)
}

// addDomainConstraint adds a constraint to a domain: pg_dump's name of it is that of the domain and its own.
func addDomainConstraint(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterDomainStmt()
	if s == nil || s.Subtype != "C" || e.Table != "" {
		return otherKind
	}
	schema, domain := qualified(s.TypeName)
	return about(schema == e.Schema && domain+" "+s.Def.GetConstraint().GetConname() == e.Name)
}

// addIdentity makes the sequence of an identity column.
func addIdentity(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterTableStmt()
	if s == nil || len(s.Cmds) != 1 || !only(s, []pg.AlterTableType{pg.AlterTableType_AT_AddIdentity}) {
		return otherKind
	}
	for _, o := range s.Cmds[0].GetAlterTableCmd().GetDef().GetConstraint().GetOptions() {
		if d := o.GetDefElem(); d.GetDefname() == "sequence_name" {
			schema, name := qualified(d.GetArg().GetList().GetItems())
			return about(schema == e.Schema && name == e.Name)
		}
	}
	return otherObject
}

// alterOwnedBy says which column a sequence belongs to.
func alterOwnedBy(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterSeqStmt()
	if s == nil || len(s.Options) != 1 || s.Options[0].GetDefElem().GetDefname() != "owned_by" {
		return otherKind
	}
	return about(relation(s.Sequence, e.Schema, e.Name))
}

// attachPartition makes a table or an index a part of another one.
func attachPartition(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterTableStmt()
	if s == nil || len(s.Cmds) != 1 || !only(s, []pg.AlterTableType{pg.AlterTableType_AT_AttachPartition}) {
		return otherKind
	}
	return about(relation(s.Cmds[0].GetAlterTableCmd().GetDef().GetPartitionCmd().GetName(), e.Schema, e.Name))
}

func alterEventTrigger(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterEventTrigStmt()
	if s == nil {
		return otherKind
	}
	return about(s.Trigname == e.Name)
}

func alterStatistics(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterStatsStmt()
	if s == nil {
		return otherKind
	}
	return about(named(e, s.Defnames))
}

func alterOperatorFamily(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterOpFamilyStmt()
	if s == nil || s.IsDrop {
		return otherKind
	}
	return about(named(e, s.Opfamilyname))
}

func alterTextSearch(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterTsconfigurationStmt()
	if s == nil || s.Kind != pg.AlterTSConfigType_ALTER_TSCONFIG_ADD_MAPPING {
		return otherKind
	}
	return about(named(e, s.Cfgname))
}
