package stage

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

var (
	// errNoRows ends an upload before it begins: an empty range has no object.
	errNoRows = errors.New("no rows")
	// errReading is all that the upload is told of an error of the source.
	errReading = errors.New("the source stopped")
	errWriting = errors.New("the bucket stopped")
)

// exportByClient reads one range by COPY, packs it and sends it as one object. What is in memory is a row, the window
// of the compression and two parts of the upload.
func exportByClient(ctx context.Context, snapshot *transfer.Export, o Objects, at Place, t *Table, query, name string,
	progress *tally) (Range, error) {
	part := Range{SQL: query, Files: []File{}}
	var failed error // of the bucket: no mask is to blame for it
	err := snapshot.Read(ctx, &t.Table, func(source *pgx.Conn) error {
		out, in := io.Pipe()
		sum := &summed{to: in, sum: sha256.New()}
		var sourceErr error
		var unpacked int64
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			part.Rows, unpacked, sourceErr = copyTo(ctx, source, copyOut(query, t.Format), t.Compression, sum, progress)
			// The upload sees the end of the rows, or a failure: never an end that was none.
			switch {
			case sourceErr != nil:
				_ = in.CloseWithError(errReading)
			case part.Rows == 0:
				_ = in.CloseWithError(errNoRows)
			default:
				_ = in.Close()
			}
		}()
		file := File{Name: name}
		var putErr error
		file.Bytes, file.ETag, putErr = o.Put(ctx, at.Prefix+name, out,
			map[Compression]string{Gzip: "gzip"}[t.Compression])
		_ = out.CloseWithError(errWriting)
		<-ended
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case sourceErr != nil && !errors.Is(sourceErr, errWriting):
			return sourceErr
		case errors.Is(putErr, errNoRows):
			return nil
		case putErr != nil:
			failed = putErr
			return putErr
		case file.Bytes != sum.bytes:
			failed = fmt.Errorf("%d bytes were written, but %d sent", file.Bytes, sum.bytes)
			return failed
		}
		if file.Written, failed = writtenAt(ctx, o, at.Prefix+name, file.ETag); failed != nil {
			return failed
		}
		file.SHA256, file.Unpacked = hex.EncodeToString(sum.sum.Sum(nil)), unpacked
		part.Files = append(part.Files, file)
		return nil
	})
	if failed != nil && ctx.Err() == nil {
		return part, fmt.Errorf("writing %s: %w", at.URL(name), failed)
	}
	return part, err
}

// writtenAt asks when an object was written that must be the one that was just put there.
func writtenAt(ctx context.Context, o Objects, key, etag string) (time.Time, error) {
	_, seen, written, found, err := o.Head(ctx, key)
	if err == nil && (!found || seen != etag) {
		err = errors.New("it is another object already")
	}
	return written, err
}

// copyTo runs a COPY into a writer, packed. It returns how many rows and, before they are packed, bytes there were.
func copyTo(
	ctx context.Context, source *pgx.Conn, sql string, c Compression, to io.Writer, progress *tally,
) (copied, unpacked int64, err error) {
	packed, err := pack(c, to)
	if err != nil {
		return 0, 0, err
	}
	counted := &counter{to: packed}
	buffered := bufio.NewWriterSize(counted, 128<<10)
	tag, err := source.PgConn().CopyTo(ctx, &rows{to: buffered, progress: progress}, sql)
	if err != nil {
		return 0, 0, err
	}
	if tag.RowsAffected() == 0 {
		return 0, 0, nil
	}
	if err := buffered.Flush(); err != nil {
		return 0, 0, err
	}
	return tag.RowsAffected(), counted.bytes, packed.Close()
}

// counter counts bytes on their way.
type counter struct {
	to    io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}

// rows counts what passes: COPY writes a row at a time (protocol, 55.2.6). It tells of it now and then only, because
// several ranges tell the same tally.
type rows struct {
	to          io.Writer
	progress    *tally
	rows, bytes int64
}

func (w *rows) Write(p []byte) (int, error) {
	w.rows++
	w.bytes += int64(len(p))
	if w.rows == 512 || w.bytes > 1<<20 {
		w.progress.add(w.rows, w.bytes)
		w.rows, w.bytes = 0, 0
	}
	return w.to.Write(p)
}

// summed counts bytes and their SHA-256 on their way.
type summed struct {
	to    io.Writer
	bytes int64
	sum   hash.Hash
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	_, _ = s.sum.Write(p[:n])
	s.bytes += int64(n)
	return n, err
}
