package stage

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// imported finds the number in what the server says: "12 rows imported into relation …".
var imported = regexp.MustCompile(`^\s*(\d+) rows? `)

// importByServer has the target read the objects of one range, inside of the transaction. Each object takes a call of
// its own.
func importByServer(ctx context.Context, l *loading, part *Range) (int64, error) {
	var rows int64
	for _, f := range part.Files {
		// The server reads whatever has the name: what it is must be looked at first.
		if err := Present(ctx, l.objects, l.at, f); err != nil {
			return 0, err
		}
		var said string
		l.progress.report.Note("aws_s3.table_import_from_s3 reads " + f.Name)
		err := l.target.QueryRow(ctx, l.table.importSQL(l.at, f.Name), pgx.QueryExecModeSimpleProtocol).Scan(&said)
		if failed := explain(err, "import", l.at); failed != nil && ctx.Err() == nil {
			return 0, fmt.Errorf("loading %s.%s from %s: %w", l.table.Schema, l.table.Name, l.at.URL(f.Name), failed)
		}
		if err != nil {
			return 0, l.table.refused(ctx, l.target, err)
		}
		n, ok := parseImported(said)
		if !ok {
			return 0, fmt.Errorf("loading %s.%s: aws_s3 did not say how many rows it took from %s", l.table.Schema,
				l.table.Name, l.at.URL(f.Name))
		}
		// Nor may it have become another one while the server read it: the transaction is not committed yet.
		if err := Present(ctx, l.objects, l.at, f); err != nil {
			return 0, err
		}
		rows += n
		l.progress.add(n, f.Bytes)
	}
	return rows, nil
}

func parseImported(said string) (int64, bool) {
	m := imported.FindStringSubmatch(said)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return n, err == nil
}

// Present makes sure that an object is there and is the one that was exported.
func Present(ctx context.Context, o Objects, at Place, f File) error {
	bytes, etag, written, found, err := o.Head(ctx, at.Prefix+f.Name)
	switch {
	case err != nil:
		return fmt.Errorf("looking at %s: %w", at.URL(f.Name), err)
	case !found:
		return fmt.Errorf("%s is not there any more", at.URL(f.Name))
	case bytes != f.Bytes || etag != f.ETag:
		return fmt.Errorf("%s is not the object that was exported: it has %d bytes and the ETag %s, not %d and %s",
			at.URL(f.Name), bytes, etag, f.Bytes, f.ETag)
	case !written.Equal(f.Written):
		return fmt.Errorf("%s is not the object that was exported: it was written at %s, not at %s", at.URL(f.Name),
			written.UTC().Format(time.RFC3339), f.Written.UTC().Format(time.RFC3339))
	}
	return nil
}
