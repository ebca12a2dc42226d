// Package source checks HCL text before it is parsed: the parser is recursive, a Go program cannot recover from a stack
// overflow, and the author of a spec may not be trusted.
package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// MaxBytes is the largest size of a file of HCL.
const MaxBytes = 8 << 20

const (
	// maxDepth is how deep brackets, blocks and templates may be within each other.
	maxDepth = 250
	// maxChain is how many operators, calls and template directives may follow each other in all that is open at a
	// place: each is a level of the tree, and of the stack of code that walks it.
	maxChain = 5000
	// maxDigits is how long a number may be, and maxExponent how many digits its exponent may have.
	maxDigits, maxExponent = 500, 3
)

// Check reports text that must not be parsed: what is not text, and text that is nested too deep.
func Check(src []byte, filename string) hcl.Diagnostics {
	s := newScanner(src, filename)
	if at, what := notText(src); what != "" {
		s.at = at
		s.line = 1 + bytes.Count(src[:at], []byte("\n"))
		return s.problem("This is not a text file", what+" HCL is text in UTF-8.")
	}
	return s.scan()
}

// Parse calls parse, such as hclsyntax.ParseConfig, on text that passes Check.
func Parse[T any](parse func([]byte, string, hcl.Pos) (T, hcl.Diagnostics), src []byte,
	filename string) (T, hcl.Diagnostics) {
	if ds := Check(src, filename); ds.HasErrors() {
		var none T
		return none, ds
	}
	return parse(src, filename, hcl.InitialPos)
}

// notText returns the first byte that text cannot have, and what it is.
func notText(src []byte) (at int, what string) {
	for i, r := range string(src) {
		switch {
		case r == utf8.RuneError && src[i] != 0xef: // the character itself may be written
			return i, fmt.Sprintf("Byte %d is not UTF-8.", i)
		case r < ' ' && r != '\n' && r != '\r' && r != '\t':
			return i, fmt.Sprintf("Byte %d is a control character (%#02x).", i, r)
		}
	}
	return 0, ""
}

// level is something that is open: a bracket, a quoted template, a heredoc.
type level struct {
	closes byte // what ends it: one of )]}"; 0 for the file, 1 for a heredoc
	marker string
	chain  int
}

type scanner struct {
	src      []byte
	filename string
	at, line int
	open     []level
	chain    int // the sum of that of all levels
	deepest  int // for the test
	lastEnd  int // where the last comment ends that could be one of several lines
}

func newScanner(src []byte, filename string) *scanner {
	return &scanner{
		src:      src,
		filename: filename,
		line:     1,
		open:     []level{{}},
		lastEnd:  bytes.LastIndex(src, []byte("*/")),
	}
}

// Quoteless is the Extra of a diagnostic whose detail quotes nothing of the source.
type Quoteless struct{}

func (s *scanner) problem(summary, detail string) hcl.Diagnostics {
	start := hcl.Pos{Line: s.line, Column: 1, Byte: s.at}
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail, Extra: Quoteless{},
		Subject: &hcl.Range{Filename: s.filename, Start: start, End: start}}}
}

// scan goes through the tokens that open, close or chain, as hclsyntax tells them apart.
func (s *scanner) scan() hcl.Diagnostics {
	for s.at < len(s.src) {
		var ds hcl.Diagnostics
		switch top := s.top(); top.closes {
		case '"':
			s.quoted()
		case 1:
			s.heredoc()
		default:
			ds = s.normal()
		}
		if ds != nil {
			return ds
		}
		s.deepest = max(s.deepest, len(s.open)-1)
		if len(s.open) > maxDepth {
			return s.problem("Nested too deep",
				fmt.Sprintf("More than %d brackets are open here. Give a part of it a name in locals.", maxDepth))
		}
		if s.chain > maxChain {
			return s.problem("Expression too long", fmt.Sprintf(
				"More than %d operators follow each other here. Give a part of it a name in locals.", maxChain))
		}
	}
	return nil
}

func (s *scanner) top() *level { return &s.open[len(s.open)-1] }

func (s *scanner) push(closes byte, marker string) {
	s.open = append(s.open, level{closes: closes, marker: marker})
}

func (s *scanner) pop() {
	if len(s.open) > 1 {
		s.chain -= s.top().chain
		s.open = s.open[:len(s.open)-1]
	}
}

// link counts a token that makes the tree of an expression deeper.
func (s *scanner) link() {
	s.top().chain++
	s.chain++
}

// part ends what is chained at this level.
func (s *scanner) part() {
	s.chain -= s.top().chain
	s.top().chain = 0
}

// has reports whether text begins here.
func (s *scanner) has(text string) bool {
	return len(s.src)-s.at >= len(text) && string(s.src[s.at:s.at+len(text)]) == text
}

// newline takes the end of a line.
func (s *scanner) newline() {
	s.line++
	s.at++
}
