package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// exportByServer has the source write one range, inside of the snapshot's transaction. Inferred: that the function runs
// the query in the transaction of who calls it, with their rights. What it writes to S3 is in no transaction.
func exportByServer(ctx context.Context, snapshot *transfer.Export, o Objects, at Place, t *Table, query, name string,
	progress *tally) (Range, error) {
	part := Range{SQL: query, Files: []File{}}
	var files, bytes int64
	var failed error
	progress.report.Note("aws_s3.query_export_to_s3 writes " + name)
	err := snapshot.Read(ctx, &t.Table, func(source *pgx.Conn) error {
		err := source.QueryRow(ctx, exportSQL(t.ExportSchema, query, at, name), pgx.QueryExecModeSimpleProtocol).
			Scan(&part.Rows, &files, &bytes)
		failed = explain(err, "export", at)
		return err
	})
	if failed != nil && ctx.Err() == nil {
		return part, fmt.Errorf("exporting %s.%s to %s: %w", t.Schema, t.Name, at.URL(name), failed)
	}
	switch {
	case err != nil:
		return part, err
	case part.Rows < 0: // the server counts in 32 bits
		return part,
			fmt.Errorf("exporting %s.%s to %s: the server's count of rows overflowed (%d): the "+
				"range is too large to be counted", t.Schema, t.Name, at.URL(name), part.Rows)
	case part.Rows == 0: // whether an empty object is there is not said anywhere; importing one fails
		return part, nil
	}
	progress.add(part.Rows, bytes)
	// Parts are counted, never listed: an object of another run must not get in.
	for n := 1; n <= max(1, int(files)); n++ {
		file := File{Name: partName(name, n)}
		var found bool
		file.Bytes, file.ETag, file.Written, found, err = o.Head(ctx, at.Prefix+file.Name)
		switch {
		case err != nil:
			return part, fmt.Errorf("looking at %s: %w", at.URL(file.Name), err)
		case !found || file.Bytes == 0:
			return part,
				fmt.Errorf("exporting %s.%s: the server says that it wrote %d objects, but %s is not there or is empty",
					t.Schema, t.Name, files, at.URL(file.Name))
		}
		part.Files = append(part.Files, file)
	}
	return part, nil
}
