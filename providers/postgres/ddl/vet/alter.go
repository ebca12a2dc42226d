package vet

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// The commands of ALTER TABLE that pg_dump writes after the statement that makes an object, by what they change.
var (
	ofColumns = []pg.AlterTableType{
		pg.AlterTableType_AT_SetStatistics, pg.AlterTableType_AT_SetStorage, pg.AlterTableType_AT_SetCompression,
		pg.AlterTableType_AT_SetOptions, pg.AlterTableType_AT_SetNotNull, pg.AlterTableType_AT_ColumnDefault,
	}
	ofTables = []pg.AlterTableType{
		pg.AlterTableType_AT_ReplicaIdentity, pg.AlterTableType_AT_ForceRowSecurity, pg.AlterTableType_AT_ClusterOn,
		pg.AlterTableType_AT_AddConstraint, pg.AlterTableType_AT_SetLogged, pg.AlterTableType_AT_SetUnLogged,
	}
	ofIndexes  = []pg.AlterTableType{pg.AlterTableType_AT_ClusterOn, pg.AlterTableType_AT_ReplicaIdentity}
	ofTriggers = []pg.AlterTableType{
		pg.AlterTableType_AT_DisableTrig, pg.AlterTableType_AT_EnableTrig,
		pg.AlterTableType_AT_EnableAlwaysTrig, pg.AlterTableType_AT_EnableReplicaTrig,
	}
)

// alterOwnTable is ALTER TABLE of the relation that the entry makes, or of its index, with these commands only.
func alterOwnTable(commands ...pg.AlterTableType) statement {
	return onRelation((*pg.Node).GetAlterTableStmt, (*pg.AlterTableStmt).GetRelation).only(hasOnly(commands))
}

// alterItsTable is ALTER TABLE of the relation that the entry belongs to, with these commands only.
func alterItsTable(commands ...pg.AlterTableType) statement {
	return on((*pg.Node).GetAlterTableStmt, func(e *ddl.Entry, s *pg.AlterTableStmt) bool {
		return isRelation(s.Relation, e.Schema, e.Table)
	}).only(hasOnly(commands))
}

// hasOnly returns a condition on an ALTER TABLE: all of its commands are among these.
func hasOnly(commands []pg.AlterTableType) func(*ddl.Entry, *pg.Node) bool {
	return func(_ *ddl.Entry, n *pg.Node) bool {
		list := n.GetAlterTableStmt().GetCmds()
		return len(list) > 0 && !slices.ContainsFunc(list, func(c *pg.Node) bool {
			return !slices.Contains(commands, c.GetAlterTableCmd().GetSubtype())
		})
	}
}

// onCommand is ALTER TABLE with one command, whose definition owns looks at.
func onCommand(command pg.AlterTableType, owns func(*ddl.Entry, *pg.AlterTableStmt, *pg.Node) bool) statement {
	return on((*pg.Node).GetAlterTableStmt, func(e *ddl.Entry, s *pg.AlterTableStmt) bool {
		return owns(e, s, s.Cmds[0].GetAlterTableCmd().GetDef())
	}).only(func(e *ddl.Entry, n *pg.Node) bool {
		return len(n.GetAlterTableStmt().GetCmds()) == 1 && hasOnly([]pg.AlterTableType{command})(e, n)
	})
}

// ownConstraint reports whether ALTER TABLE adds the constraint of the entry to its table.
func ownConstraint(e *ddl.Entry, s *pg.AlterTableStmt, def *pg.Node) bool {
	return isRelation(s.Relation, e.Schema, e.Table) && def.GetConstraint().GetConname() == e.Name
}

// ownIdentity reports whether ALTER TABLE makes the sequence of an identity column.
func ownIdentity(e *ddl.Entry, _ *pg.AlterTableStmt, def *pg.Node) bool {
	for _, o := range def.GetConstraint().GetOptions() {
		if d := o.GetDefElem(); d.GetDefname() == "sequence_name" {
			schema, name := qualified(d.GetArg().GetList().GetItems())
			return schema == e.Schema && name == e.Name
		}
	}
	return false
}

// ownPartition reports whether ALTER TABLE or ALTER INDEX attaches the entry's object to another one.
func ownPartition(e *ddl.Entry, _ *pg.AlterTableStmt, def *pg.Node) bool {
	return isRelation(def.GetPartitionCmd().GetName(), e.Schema, e.Name)
}

// addDomainConstraint adds a constraint to a domain: pg_dump's name for it is that of the domain and its own.
func addDomainConstraint(e *ddl.Entry, n *pg.Node) answer {
	s := n.GetAlterDomainStmt()
	if s == nil || s.Subtype != "C" || e.Table != "" {
		return otherKind
	}
	schema, domain := qualified(s.TypeName)
	return about(schema == e.Schema && domain+" "+s.Def.GetConstraint().GetConname() == e.Name)
}

// setsOwner reports whether ALTER SEQUENCE does nothing but say which column the sequence belongs to.
func setsOwner(_ *ddl.Entry, n *pg.Node) bool {
	options := n.GetAlterSeqStmt().GetOptions()
	return len(options) == 1 && options[0].GetDefElem().GetDefname() == "owned_by"
}

// addsOperators reports whether ALTER OPERATOR FAMILY adds to the family.
func addsOperators(_ *ddl.Entry, n *pg.Node) bool { return !n.GetAlterOpFamilyStmt().GetIsDrop() }

// addsMapping reports whether ALTER TEXT SEARCH CONFIGURATION adds a mapping.
func addsMapping(_ *ddl.Entry, n *pg.Node) bool {
	return n.GetAlterTsconfigurationStmt().GetKind() == pg.AlterTSConfigType_ALTER_TSCONFIG_ADD_MAPPING
}
