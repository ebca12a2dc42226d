package stage

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// In the binary format rows stand between a signature with flags and no extension, and a trailer (manual, COPY, binary
// format).
const (
	binaryHead = 19
	binaryTail = 2
)

// rowSum is a SHA-256 over the rows of one or several streams of COPY, without what stands around them: several objects
// of a table give the same as the table read at once.
type rowSum struct {
	sum        hash.Hash
	head, tail int // what to leave out of a stream
	skip       int
	held       []byte // the last bytes so far, which can be the trailer
}

func newRowSum(format string) *rowSum {
	s := &rowSum{sum: sha256.New()}
	if format == "binary" {
		s.head, s.tail = binaryHead, binaryTail
	}
	s.skip = s.head
	return s
}

// Write takes a part of a stream.
func (s *rowSum) Write(p []byte) (int, error) {
	n := len(p)
	cut := min(s.skip, len(p))
	s.skip -= cut
	p = p[cut:]
	if s.tail == 0 {
		_, _ = s.sum.Write(p)
		return n, nil
	}
	if over := len(s.held) + len(p) - s.tail; over > 0 {
		if over < len(s.held) {
			_, _ = s.sum.Write(s.held[:over])
			s.held = append(s.held[:0], s.held[over:]...)
		} else {
			_, _ = s.sum.Write(s.held)
			_, _ = s.sum.Write(p[:over-len(s.held)])
			p, s.held = p[over-len(s.held):], s.held[:0]
		}
	}
	s.held = append(s.held, p...)
	return n, nil
}

// end ends a stream; the next one begins with a head of its own.
func (s *rowSum) end() { s.held, s.skip = s.held[:0], s.head }

func (s *rowSum) hex() string { return hex.EncodeToString(s.sum.Sum(nil)) }
