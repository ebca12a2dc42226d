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
)

// importByClient loads the objects of one range by COPY. An object whose bytes are not those that were exported fails
// the COPY, and with it the transaction.
func importByClient(ctx context.Context, l *loading, part *Range) (int64, error) {
	var rows int64
	for _, f := range part.Files {
		n, err := l.copyIn(ctx, f)
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}

func (l *loading) copyIn(ctx context.Context, f File) (int64, error) {
	if err := Present(ctx, l.objects, l.at, f); err != nil {
		return 0, err
	}
	from, err := l.open(ctx, f)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	tag, err := l.target.PgConn().CopyFrom(ctx,
		&counted{from: bufio.NewReaderSize(from, 256<<10), progress: l.progress}, l.table.CopyIn)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case from.failed != nil:
		return 0, fmt.Errorf("reading %s: %w", l.at.URL(f.Name), from.failed)
	case err != nil:
		return 0, l.table.refused(ctx, l.target, err)
	case !from.checked.whole:
		return 0, fmt.Errorf("reading %s: it was not read to its end", l.at.URL(f.Name))
	}
	l.progress.add(tag.RowsAffected(), 0)
	if l.sum != nil {
		l.sum.end()
	}
	return tag.RowsAffected(), nil
}

// sumOf adds the rows of an object that a server loads itself.
func (l *loading) sumOf(ctx context.Context, f File) error {
	from, err := l.open(ctx, f)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := io.Copy(io.Discard, from); err != nil {
		return fmt.Errorf("reading %s: %w", l.at.URL(f.Name), err)
	}
	l.sum.end()
	return nil
}

// open reads the rows of an object.
func (l *loading) open(ctx context.Context, f File) (*content, error) {
	body, err := l.objects.Get(ctx, l.at.Prefix+f.Name, f.ETag)
	if err != nil {
		return nil, err
	}
	checked := &checked{from: body, file: f, sum: sha256.New()}
	c := &content{
		checked: checked,
		sum:     l.sum,
		packed:  l.record.Compression != Plain,
		left:    f.Unpacked,
		close:   func() { _ = body.Close() },
	}
	unpacked, done, err := unpack(l.record.Compression, checked)
	if err != nil {
		c.close()
		return nil, fmt.Errorf("reading %s: %w", l.at.URL(f.Name), err)
	}
	c.from, c.close = unpacked, func() { done(); _ = body.Close() }
	return c, nil
}

// content are the rows of an object, unpacked. Rows are handed on before the checksum is known, but the end of them
// only after it.
type content struct {
	from    io.Reader
	checked *checked
	sum     *rowSum
	close   func()
	failed  error
	// left is how much more may come of what is packed: a small object can hold any amount.
	packed bool
	left   int64
}

func (c *content) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if c.left -= int64(n); c.packed && c.left < 0 {
		n, err = 0, errors.New("there is more in it than was exported")
	}
	if c.sum != nil {
		_, _ = c.sum.Write(p[:n])
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = err
		err = errBucket
	}
	return n, err
}

// Close releases the object.
func (c *content) Close() { c.close() }

// errBucket is all that the target is told of an object that cannot be read: it writes that into its log.
var errBucket = errors.New("the bucket stopped")

// checked is the object itself. It ends with an error unless it is the one that was exported.
type checked struct {
	from  io.Reader
	file  File
	sum   hash.Hash
	bytes int64
	whole bool
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	_, _ = c.sum.Write(p[:n])
	if c.bytes += int64(n); c.bytes > c.file.Bytes {
		return 0, fmt.Errorf("it has more than the %d bytes that were exported", c.file.Bytes)
	}
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	switch {
	case c.bytes != c.file.Bytes:
		return n, fmt.Errorf("it has %d bytes, and %d were exported", c.bytes, c.file.Bytes)
	case c.file.SHA256 != "" && hex.EncodeToString(c.sum.Sum(nil)) != c.file.SHA256:
		return n, errors.New("its SHA-256 is not that of what was exported")
	}
	c.whole = true
	return n, err
}

// counted tells of the bytes that pass.
type counted struct {
	from     io.Reader
	progress *tally
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.progress.add(0, int64(n))
	return n, err
}
