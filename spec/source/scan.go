package source

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// normal takes a token outside of templates.
func (s *scanner) normal() hcl.Diagnostics {
	c := s.src[s.at]
	switch {
	case c == '#' || s.has("//"):
		s.skipTo("\n")
		return nil
	case s.has("/*") && s.at+2 <= s.lastEnd:
		s.at += 2
		s.skipPast("*/")
		return nil
	case s.has("<<"):
		if s.beginHeredoc() {
			return nil
		}
	case digit(c):
		return s.number()
	case identifier(c):
		for s.at < len(s.src) && (identifier(s.src[s.at]) || digit(s.src[s.at]) || s.src[s.at] == '-') {
			s.at++
		}
		return nil
	}
	s.punctuation(c)
	return nil
}

// punctuation takes one character.
func (s *scanner) punctuation(c byte) {
	switch c {
	case '\n':
		if closes := s.top().closes; closes == 0 || closes == '}' { // else it is white space
			s.part()
		}
		s.newline()
		return
	case ',':
		s.part()
	case '(':
		s.push(')', "")
	case '[':
		s.push(']', "")
	case '{':
		s.push('}', "")
	case '"':
		s.push('"', "")
	case ')', ']', '}':
		if s.top().closes == c {
			s.pop()
		}
		if c != '}' {
			s.link() // an index or a call, which others may follow
		}
	case '+', '-', '*', '/', '%', '!', '&', '|', '<', '>', '=', '?', ':':
		s.link()
	}
	s.at++
}

// quoted takes a part of a template in quotes.
func (s *scanner) quoted() {
	switch c := s.src[s.at]; {
	case c == '"':
		s.pop()
		s.at++
	case c == '\\':
		s.at++
		if s.at < len(s.src) && s.src[s.at] != '\n' {
			s.at++
		}
	case c == '\n':
		s.newline()
	default:
		s.template()
	}
}

// template takes a part of a template of either kind: text, or the beginning of an expression.
func (s *scanner) template() {
	switch {
	case s.has("$${") || s.has("%%{"):
		s.at += 3
	case s.has("${") || s.has("%{"):
		if s.src[s.at] == '%' {
			s.link() // it may open an if or a for, which ends somewhere behind it
		}
		s.at += 2
		s.push('}', "")
	default:
		s.at++
	}
}

// beginHeredoc takes <<MARKER or <<-MARKER with the end of its line.
func (s *scanner) beginHeredoc() bool {
	from := s.at + 2
	if from < len(s.src) && s.src[from] == '-' {
		from++
	}
	end := from
	for end < len(s.src) && (identifier(s.src[end]) || end > from && (digit(s.src[end]) || s.src[end] == '-')) {
		end++
	}
	marker := string(s.src[from:end])
	if end < len(s.src) && s.src[end] == '\r' {
		end++
	}
	if marker == "" || end == len(s.src) || s.src[end] != '\n' {
		return false
	}
	s.push(1, marker)
	s.at = end
	s.newline()
	return true
}

// heredoc takes a part of a heredoc; at the beginning of a line it may be the end.
func (s *scanner) heredoc() {
	if s.at == 0 || s.src[s.at-1] == '\n' {
		line := s.src[s.at:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		if string(bytes.TrimSpace(line)) == s.top().marker {
			s.pop()
			s.at += len(line)
			return
		}
	}
	if s.src[s.at] == '\n' {
		s.newline()
		return
	}
	s.template()
}

// number takes a number. Numbers are converted to text somewhere: a long exponent makes a gigabyte of it.
func (s *scanner) number() hcl.Diagnostics {
	start, exponent := s.at, 0
	for s.at < len(s.src) && (digit(s.src[s.at]) || s.src[s.at] == '.' && s.at+1 < len(s.src) && digit(s.src[s.at+1])) {
		s.at++
	}
	if s.at < len(s.src) && (s.src[s.at] == 'e' || s.src[s.at] == 'E') {
		s.at++
		if s.at < len(s.src) && (s.src[s.at] == '+' || s.src[s.at] == '-') {
			s.at++
		}
		for ; s.at < len(s.src) && digit(s.src[s.at]); s.at++ {
			exponent++
		}
	}
	if s.at-start > maxDigits || exponent > maxExponent {
		s.at = start
		return s.problem("Number too large",
			fmt.Sprintf("A number has at most %d digits, and its exponent %d.", maxDigits, maxExponent))
	}
	return nil
}

func (s *scanner) skipTo(text string) {
	if i := bytes.Index(s.src[s.at:], []byte(text)); i >= 0 {
		s.at += i
		return
	}
	s.at = len(s.src)
}

func (s *scanner) skipPast(text string) {
	from := s.at
	s.skipTo(text)
	s.line += bytes.Count(s.src[from:s.at], []byte("\n"))
	s.at = min(s.at+len(text), len(s.src))
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

func identifier(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}
