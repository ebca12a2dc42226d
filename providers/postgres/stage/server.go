package stage

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Server is what aws_s3 can do on a server, as its catalog says. An upgrade of the engine leaves the extension as old
// as it was, so nothing is taken for granted. Inferred: that the catalog of Aurora shows the functions as that of
// PostgreSQL does.
type Server struct {
	// Installed: the functions are in the database; Schema is theirs. Version is the extension's, "" where they are in
	// no extension.
	Installed bool   `json:"installed"`
	Schema    string `json:"schema,omitempty"`
	Version   string `json:"version,omitempty"`
	// Export and Import say that the function is there in the form that is called here; KeyArgument that the export's
	// takes a key.
	Export, Import, KeyArgument bool `json:"-"`
	// MayExport and MayImport: the connected user has USAGE on the schemas and EXECUTE on the function.
	MayExport, MayImport bool   `json:"-"`
	User                 string `json:"-"`
}

// InspectServer looks for aws_s3 in the database that c is connected to.
func InspectServer(ctx context.Context, c *pgx.Conn) (Server, error) {
	s := Server{}
	rows, err := c.Query(ctx, `SELECT n.nspname::text, coalesce(e.extversion, ''), p.proname::text,
			coalesce('kms_key' = ANY(p.proargnames), false),
			(SELECT count(*) FROM unnest(p.proargtypes) t WHERE t = 'pg_catalog.text'::pg_catalog.regtype) =
				pg_catalog.cardinality(p.proargtypes::oid[]) AND p.pronargs >= 5,
			p.pronargs::int, has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'),
				current_user::text
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
			AND d.refclassid = 'pg_extension'::regclass
		LEFT JOIN pg_extension e ON e.oid = d.refobjid
		WHERE p.proname IN ('query_export_to_s3', 'table_import_from_s3')
			AND (n.nspname = 'aws_s3' OR e.extname = 'aws_s3') ORDER BY 1, 3, 6`)
	if err != nil {
		return s, fmt.Errorf("looking for aws_s3: %w", conn.Redact(err))
	}
	var schema, version, name, user string
	var key, texts, may bool
	var n int
	_, err = pgx.ForEachRow(rows, []any{&schema, &version, &name, &key, &texts, &n, &may, &user}, func() error {
		s.Installed, s.Schema, s.Version, s.User = true, schema, version, user
		switch {
		case !texts: // the form with aws_commons._s3_uri_1, or with credentials of its own type
		case name == "query_export_to_s3":
			s.Export, s.KeyArgument, s.MayExport = true, s.KeyArgument || key, s.MayExport || may
		case n == 6:
			s.Import, s.MayImport = true, may
		}
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("looking for aws_s3: %w", conn.Redact(err))
	}
	return s, nil
}

// CannotExport says why the server cannot write the objects, "" where it can. needsKey: the bucket has a key of its
// own.
func (s Server) CannotExport(needsKey bool) string {
	switch {
	case !s.Installed || !s.Export:
		return "aws_s3 is not installed there (CREATE EXTENSION aws_s3 CASCADE)"
	case needsKey && !s.KeyArgument:
		return "its aws_s3 " + s.Version + " takes no key (ALTER EXTENSION aws_s3 UPDATE)"
	case !s.MayExport:
		return s.grant("query_export_to_s3")
	}
	return ""
}

// CannotImport says why the server cannot read the objects, "" where it can.
func (s Server) CannotImport() string {
	switch {
	case !s.Installed || !s.Import:
		return "aws_s3 is not installed there (CREATE EXTENSION aws_s3 CASCADE)"
	case !s.MayImport:
		return s.grant("table_import_from_s3")
	}
	return ""
}

func (s Server) grant(function string) string {
	schema, user := sqltext.Ident(s.Schema), sqltext.Ident(s.User)
	return fmt.Sprintf("%s may not call %s (GRANT USAGE ON SCHEMA %s, aws_commons TO %s; GRANT EXECUTE ON ALL "+
		"FUNCTIONS IN SCHEMA %s, aws_commons TO %s;)", s.User, function, schema, user, schema, user)
}

// textOptions are those of COPY on both sides: what they default to is not left to each. There is no header: AWS does
// not say whether the parts of an object that was split repeat it.
const textOptions = `format text, null $$\N$$, encoding $$UTF8$$`

// exportSQL calls the server's export. query is the masked SELECT itself.
func exportSQL(schema, query string, at Place, name string) string {
	args := []string{
		sqltext.Literal(query), sqltext.Literal(at.Bucket), sqltext.Literal(at.Prefix + name),
		sqltext.Literal(at.Region), "options := " + sqltext.Literal(textOptions),
	}
	if at.Key != "" {
		args = append(args, "kms_key := "+sqltext.Literal(at.Key))
	}
	return "SELECT rows_uploaded, files_uploaded, bytes_uploaded FROM " + sqltext.Ident(schema, "query_export_to_s3") +
		"(" + trimmed(args) + ")"
}

// importSQL calls the server's import of one object. Inferred: that table and columns are read as identifiers, as they
// stand in a COPY.
func importSQL(schema, table string, columns []string, at Place, name string) string {
	args := []string{
		sqltext.Literal(table), sqltext.Literal(sqltext.Idents(columns)), sqltext.Literal("(" + textOptions + ")"),
		sqltext.Literal(at.Bucket), sqltext.Literal(at.Prefix + name), sqltext.Literal(at.Region),
	}
	return "SELECT " + sqltext.Ident(schema, "table_import_from_s3") + "(" + trimmed(args) + ")"
}

// trimmed joins literals, of which sqltext makes some begin with a space.
func trimmed(args []string) string {
	for i := range args {
		args[i] = strings.TrimSpace(args[i])
	}
	return strings.Join(args, ", ")
}
