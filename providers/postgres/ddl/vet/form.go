package vet

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// form is what the script of one type of entries looks like: one statement that makes the object, and others that
// complete it.
type form struct {
	makes     []statement
	completes []statement
}

// statement reports whether a statement is of its kind, and about the entry's own object.
type statement func(e *ddl.Entry, n *pg.Node) answer

// answer is what a statement says of a node.
type answer int

const (
	otherKind   answer = iota // it is no statement of this kind
	otherObject               // it is, but it is about something else
	own
)

func about(same bool) answer {
	if same {
		return own
	}
	return otherObject
}

// check holds the statements of an entry against the form. A nil statement is one that newer has looked at.
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

// forms are those of all types that a copy takes, under pg_dump's words.
var forms = map[string]form{
	"SCHEMA":    one(createSchema),
	"EXTENSION": one(createExtension),
	"TABLE": {
		makes:     []statement{createTable},
		completes: []statement{alterOwnTable(ofColumns, ofTables), alterOwnTable(ofIdentity...)},
	},
	"VIEW": {makes: []statement{createView}, completes: []statement{alterOwnTable(ofColumns)}},
	"MATERIALIZED VIEW": {
		makes:     []statement{createMaterializedView},
		completes: []statement{alterOwnTable(ofColumns, ofTables)},
	},
	"SEQUENCE": {
		makes:     []statement{createSequence, addIdentity},
		completes: []statement{alterOwnTable(ofPersistence)},
	},
	"SEQUENCE OWNED BY": one(alterOwnedBy),
	"DEFAULT":           one(alterItsTable(ofDefaults)),
	"TABLE ATTACH":      one(attachPartition),
	"INDEX ATTACH":      one(attachPartition),
	"INDEX": {
		makes:     []statement{createIndex},
		completes: []statement{alterItsTable(ofIndexes), alterOwnTable(ofColumns)},
	},
	"CONSTRAINT": {
		makes:     []statement{addConstraint, addDomainConstraint},
		completes: []statement{alterItsTable(ofIndexes), alterOwnTable(ofColumns)},
	},
	"FK CONSTRAINT":    one(addConstraint),
	"CHECK CONSTRAINT": one(addConstraint, addDomainConstraint),
	"TRIGGER": { // that of a partition is its parent's, and may be switched otherwise
		makes:     []statement{createTrigger, alterItsTable(ofTriggers)},
		completes: []statement{alterItsTable(ofTriggers)},
	},
	"EVENT TRIGGER": {makes: []statement{createEventTrigger}, completes: []statement{alterEventTrigger}},
	"RULE":          {makes: []statement{createRule, createItsView}, completes: []statement{alterItsTable(ofRules)}},
	"POLICY":        one(createPolicy),
	"ROW SECURITY":  one(alterItsTable(ofRowSecurity)),
	"STATISTICS":    {makes: []statement{createStatistics}, completes: []statement{alterStatistics}},
	"COMMENT":       one(comment),

	"TYPE":       one(createType),
	"SHELL TYPE": one(define(pg.ObjectType_OBJECT_TYPE)),
	"DOMAIN":     one(createDomain),
	"COLLATION":  one(define(pg.ObjectType_OBJECT_COLLATION)),
	"CONVERSION": one(createConversion),

	"FUNCTION":            one(createFunction),
	"PROCEDURE":           one(createFunction),
	"AGGREGATE":           one(createAggregate),
	"OPERATOR":            one(define(pg.ObjectType_OBJECT_OPERATOR)),
	"OPERATOR CLASS":      one(createOperatorClass),
	"OPERATOR FAMILY":     {makes: []statement{createOperatorFamily}, completes: []statement{alterOperatorFamily}},
	"CAST":                one(createCast),
	"TRANSFORM":           one(createTransform),
	"PROCEDURAL LANGUAGE": one(createLanguage),
	"ACCESS METHOD":       one(createAccessMethod),

	"TEXT SEARCH PARSER":     one(define(pg.ObjectType_OBJECT_TSPARSER)),
	"TEXT SEARCH DICTIONARY": one(define(pg.ObjectType_OBJECT_TSDICTIONARY)),
	"TEXT SEARCH TEMPLATE":   one(define(pg.ObjectType_OBJECT_TSTEMPLATE)),
	"TEXT SEARCH CONFIGURATION": {
		makes:     []statement{define(pg.ObjectType_OBJECT_TSCONFIGURATION)},
		completes: []statement{alterTextSearch},
	},
}
