package schemalock_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// A field that is added to the catalog is either kept in the lock, and then belongs into this test's list, or it
// changes by itself or decides nothing. Deciding from the lock must not differ from deciding from the catalog.
func TestEveryFieldOfTheCatalogIsInTheLockOrLeftOutByName(t *testing.T) {
	for _, tt := range []struct {
		of           any
		kept, leaves []string
	}{
		{
			catalog.Catalog{},
			[]string{"Server", "Schemas", "Tables", "Extensions", "Literals"},
			[]string{
				"Sequences", "MatViews", "EventTriggers", "LargeObjects", "PolicyRoles", "SearchPath", "Searching",
				"Readers",
			},
		},
		{
			catalog.Table{},
			[]string{
				"Schema", "Name", "Comment", "Partitioned", "PartitionKey", "PartitionOf", "Inherits", "Foreign",
				"Unlogged", "RowSecurity", "ForceRowSecurity", "Columns", "Constraints", "Indexes", "Withheld",
				"Configuration",
			},
			[]string{"OID", "Owner", "Selectable", "RLSApplies", "EstimatedRows", "Bytes", "Pages", "Triggers"},
		},
		{
			catalog.Column{},
			[]string{"Name", "Type", "NotNull", "Default", "Generated", "Identity", "Comment", "Collation"},
			[]string{"Number", "Selectable"},
		},
		{
			catalog.Constraint{}, []string{
				"Name", "Kind", "Columns", "Definition", "RefTable", "RefColumns", "Deferrable", "Deferred",
				"Validated", "Inherited",
			}, nil,
		},
		{catalog.Index{}, []string{"Name", "Definition", "Unique", "Primary", "Constraint", "Columns", "Partial"}, nil},
		{
			mask.Type{}, []string{
				"Schema", "Name", "Formatted", "Kind", "Category", "MaxLength", "Precision", "Scale", "Labels", "Elem",
				"Base", "Fields", "Checks", "NotNull", "Collation",
			}, []string{"AnyBytes"},
		},
		{mask.Field{}, []string{"Name", "Type"}, nil},
	} {
		typ := reflect.TypeOf(tt.of)
		var fields []string
		for i := range typ.NumField() {
			fields = append(fields, typ.Field(i).Name)
		}
		slices.Sort(fields)
		known := slices.Concat(tt.kept, tt.leaves)
		slices.Sort(known)
		if !slices.Equal(fields, known) {
			t.Errorf("%s has the fields %v; the lock knows of %v", typ, fields, known)
		}
	}
}
