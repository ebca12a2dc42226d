// Package record keeps with each copy how it was made: the masking rules, sealed with the key of its masks, so that the
// next plan, on any machine, sees what would be copied now and was not then.
package record

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// FormatVersion is that of records: a new minor version only adds, older readers reject a new major version.
const FormatVersion = "1.0"

// Record is how a copy was made. It holds no row and no secret.
type Record struct {
	ShojiVersion string    `json:"shoji_version"`
	Project      string    `json:"project"`
	Env          string    `json:"env,omitempty"`
	SpecDigest   string    `json:"spec_digest"`
	Refresh      string    `json:"refresh"` // its address
	Mode         spec.Mode `json:"mode"`
	// Verify is how the copy was verified before it was opened: "sample", "full" or "off".
	Verify string `json:"verify"`
	// Run and Time are set when it is written.
	Run    string       `json:"run,omitempty"`
	Time   time.Time    `json:"time,omitzero"`
	Tables []TableRules `json:"tables"`
	// Structure is what the spec said of the parts of the structure that it limits; other parts were copied whole.
	Structure map[spec.Part]string `json:"structure,omitempty"`
}

// TableRules is how one table was copied.
type TableRules struct {
	Schema      string           `json:"schema"`
	Name        string           `json:"name"`
	PartitionOf string           `json:"partition_of,omitempty"`
	Treatment   decide.Treatment `json:"treatment"`
	Rows        string           `json:"rows,omitempty"` // the condition
	// SQL is a digest of the SELECT that the source ran.
	SQL     string       `json:"sql,omitempty"`
	Columns []ColumnRule `json:"columns,omitempty"`
}

// ColumnRule is how one column was copied.
type ColumnRule struct {
	Name     string          `json:"name"`
	Type     string          `json:"type"`
	Decision engine.Decision `json:"decision"`
	Mask     string          `json:"mask,omitempty"`     // as written, canonical
	Strength engine.Strength `json:"strength,omitempty"` // that of a mask
	Keyed    mask.Keyed      `json:"keyed,omitempty"`
	SQL      string          `json:"sql,omitempty"` // a digest of the mask's expression
}

// RulesOf returns the rules of decided tables, for the record of their copy.
func RulesOf(tables []decide.Table) []TableRules {
	out := make([]TableRules, 0, len(tables))
	for i := range tables {
		t := &tables[i]
		one := TableRules{
			Schema:      t.Source.Schema,
			Name:        t.Source.Name,
			PartitionOf: t.Source.PartitionOf,
			Treatment:   t.Treatment,
			Rows:        t.Rows,
		}
		if t.Treatment == decide.Copy {
			one.SQL = digest(t.Select())
		}
		if one.Crosses() {
			for j := range t.Columns {
				one.Columns = append(one.Columns, columnOf(&t.Columns[j]))
			}
		}
		out = append(out, one)
	}
	return out
}

func columnOf(c *decide.Column) ColumnRule {
	out := ColumnRule{Name: c.Name, Type: c.Type.Formatted, Decision: c.Decision}
	if c.Decision == decide.Masked {
		out.Mask, out.Strength, out.Keyed, out.SQL = c.Mask.Text, decide.StrengthOf(c.Expr.Strength), c.Expr.Keyed,
			digest(c.Expr.SQL)
	}
	return out
}

// Crosses reports whether the rows of the table or of its partitions are copied.
func (t *TableRules) Crosses() bool {
	return t.Treatment == decide.Copy || t.Treatment == decide.Partitioned
}

func (t *TableRules) fullName() string { return catalog.Ref{Schema: t.Schema, Name: t.Name}.String() }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
