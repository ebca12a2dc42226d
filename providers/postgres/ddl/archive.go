package ddl

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The custom archive of pg_dump, as written by src/bin/pg_dump/pg_backup_archiver.c
// (WriteHead, WriteToc) and pg_backup_custom.c (_WriteExtraToc) of PostgreSQL 13 to 18:
//
//	"PGDMP" major minor revision intSize offSize format
//	compression (an int before 1.15, one byte since)  seven ints of time
//	database  server's version  pg_dump's version
//	count, then the entries of the table of contents
//
// An int is a sign byte and intSize bytes, least significant first. A string is an int and that many bytes; -1 is NULL.
const (
	archiveMagic  = "PGDMP"
	customFormat  = 1
	oldestArchive = 1<<8 | 14 // PostgreSQL 12: table access methods
	newestArchive = 1<<8 | 16 // PostgreSQL 17 and 18: relkind
	oneByteMethod = 1<<8 | 15 // PostgreSQL 16: compression algorithms
	withRelkind   = 1<<8 | 16
	// longestText limits one string of an archive, so that a damaged one cannot use up all memory. A statement of
	// PostgreSQL has at most 1 GB.
	longestText = 1 << 30
)

// The values of teSection.
const (
	sectionNone = 1 + iota
	sectionPreData
	sectionData
	sectionPostData
)

// errEnded means that the archive is truncated: pg_dump failed, and says why on stderr.
var errEnded = errors.New("unexpected end of the archive")

// item is an entry of the archive as pg_dump wrote it.
type item struct {
	id                      int
	class, oid              uint32
	tag, desc               string
	section                 int
	defn, namespace, method string
	deps                    []int
}

// archive is the header of a dump with its table of contents.
type archive struct {
	serverVersion, dumpVersion string
	items                      []item
}

// readArchive reads the header and the table of contents. The rest, which is empty in a dump of the structure, is left
// unread.
func readArchive(r io.Reader) (*archive, error) {
	rd := &archiveReader{r: bufio.NewReader(r)}
	a := rd.archive()
	if rd.err != nil {
		if errors.Is(rd.err, io.EOF) || errors.Is(rd.err, io.ErrUnexpectedEOF) {
			rd.err = errEnded
		}
		return nil, fmt.Errorf("reading the archive of pg_dump: %w", rd.err)
	}
	return a, nil
}

// archiveReader keeps the first error; every read after it returns zero values.
type archiveReader struct {
	r       *bufio.Reader
	version int
	intSize int
	offSize int
	err     error
}

func (rd *archiveReader) archive() *archive {
	a := &archive{}
	if string(rd.bytes(len(archiveMagic))) != archiveMagic {
		rd.fail(errors.New("this is not an archive of pg_dump"))
		return nil
	}
	major, minor, revision := rd.byte(), rd.byte(), rd.byte()
	rd.version = int(major)<<8 | int(minor)
	if rd.version < oldestArchive || rd.version > newestArchive {
		rd.fail(fmt.Errorf("archive version %d.%d.%d is not supported, only 1.14 to 1.16 (PostgreSQL 12 to 18)", major,
			minor,
			revision))
		return nil
	}
	rd.intSize, rd.offSize = int(rd.byte()), int(rd.byte())
	if rd.err == nil && (rd.intSize < 1 || rd.intSize > 8) {
		rd.fail(fmt.Errorf("invalid integer size %d", rd.intSize))
	}
	if format := rd.byte(); rd.err == nil && format != customFormat {
		rd.fail(fmt.Errorf("unexpected archive format %d", format))
	}
	if rd.version >= oneByteMethod {
		rd.byte()
	} else {
		rd.int()
	}
	for range 7 { // second, minute, hour, day, month, year, daylight saving
		rd.int()
	}
	rd.text() // database
	a.serverVersion, a.dumpVersion = rd.text(), rd.text()
	for range rd.int() {
		if rd.err != nil {
			return nil
		}
		a.items = append(a.items, rd.item())
	}
	return a
}

func (rd *archiveReader) item() item {
	it := item{id: rd.int()}
	rd.int() // had a dumper: comes with data
	it.class, it.oid = rd.number(), rd.number()
	it.tag, it.desc = rd.text(), rd.text()
	it.section = rd.int()
	it.defn = rd.text()
	rd.text() // DROP
	rd.text() // COPY
	it.namespace = rd.text()
	rd.text() // tablespace: --no-tablespaces
	it.method = rd.text()
	if rd.version >= withRelkind {
		rd.int()
	}
	rd.text() // owner
	rd.text() // "false": with OIDs
	for rd.err == nil {
		dep, present := rd.maybeText()
		if !present {
			break
		}
		n, err := strconv.Atoi(dep)
		if err != nil {
			rd.fail(fmt.Errorf("invalid dependency: %w", err))
		}
		it.deps = append(it.deps, n)
	}
	rd.bytes(1 + rd.offSize) // where its data is
	return it
}

func (rd *archiveReader) fail(err error) {
	if rd.err == nil {
		rd.err = err
	}
}

func (rd *archiveReader) bytes(n int) []byte {
	if rd.err != nil {
		return nil
	}
	// The buffer grows while reading, so that a damaged length allocates no more than the archive holds.
	var b bytes.Buffer
	if got, err := io.CopyN(&b, rd.r, int64(n)); err != nil || got < int64(n) {
		rd.fail(io.ErrUnexpectedEOF)
		return nil
	}
	if n == 0 {
		return []byte{}
	}
	return b.Bytes()
}

func (rd *archiveReader) byte() byte {
	if b := rd.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (rd *archiveReader) int() int {
	negative := rd.byte() != 0
	b := rd.bytes(rd.intSize)
	if b == nil {
		return 0
	}
	var wide [8]byte
	copy(wide[:], b)
	n := int(binary.LittleEndian.Uint64(wide[:]))
	if negative {
		n = -n
	}
	return n
}

func (rd *archiveReader) maybeText() (string, bool) {
	n := rd.int()
	switch {
	case n < 0 || rd.err != nil:
		return "", false
	case n > longestText:
		rd.fail(fmt.Errorf("invalid string length %d", n))
		return "", false
	}
	return string(rd.bytes(n)), true
}

func (rd *archiveReader) text() string {
	s, _ := rd.maybeText()
	return s
}

func (rd *archiveReader) number() uint32 {
	s := rd.text()
	if rd.err != nil {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		rd.fail(fmt.Errorf("invalid OID: %w", err))
	}
	return uint32(n)
}
