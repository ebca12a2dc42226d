package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// screen is in front of the streams of a command. Names, comments and messages come from catalogs, servers and files
// that anybody may have written. Characters in them that would control a terminal, change the order of text, be
// invisible, or make a command of a CI runner are written as \u and a number, which JSON and HCL do too, so that it is
// right in every format and none can forget it. Only escape sequences of a Style pass: they begin with a mark that no
// text can know.
type screen struct {
	w    io.Writer
	mark string
	// commands lets lines begin with "::".
	commands bool
	line     lineState
}

// lineState is what decides, within a line, whether the next character completes a command of a CI runner.
type lineState struct {
	begun  bool // there was something else than white space
	colon  bool // and it was one colon
	hashes int  // how many # there were, and only letters since
}

// newScreen returns a screen in front of w. The styles of its text begin their sequences with mark; it may be empty.
func newScreen(w io.Writer, mark string) *screen { return &screen{w: w, mark: mark} }

// allowCommands returns a writer like w whose lines may begin with a workflow command.
func allowCommands(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return &screen{w: s.w, mark: s.mark, commands: true}
	}
	return w
}

// Verbatim returns the writer behind a screen, for text that another program takes as it is: a formatted file, a token.
func Verbatim(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return s.w
	}
	return w
}

// Write writes text so that a reader sees all of it.
func (s *screen) Write(text []byte) (int, error) {
	var b bytes.Buffer
	b.Grow(len(text))
	for rest := text; len(rest) > 0; {
		if s.mark != "" && bytes.HasPrefix(rest, []byte(s.mark)) {
			b.WriteByte('\x1b')
			rest = rest[len(s.mark):]
			s.line.begun, s.line.colon, s.line.hashes = true, false, 0
			continue
		}
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
			s.line.pass('x')
		case r == '\n':
			b.WriteByte('\n')
			s.line = lineState{}
		case invisible(r) || s.line.completes(r, s.commands):
			escapeRune(&b, r)
			s.line.pass('x')
		default:
			b.WriteRune(r)
			s.line.pass(r)
		}
		rest = rest[size:]
	}
	if _, err := s.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// escaped returns text as a screen with that mark writes it.
func escaped(text, mark string) string {
	var b strings.Builder
	_, _ = newScreen(&b, mark).Write([]byte(text))
	return b.String()
}

// completes reports whether r would complete the beginning of a command: "::" at the start of a line (for GitHub after
// white space too), or "##[", "##vso[", "##teamcity[" anywhere (older ones of GitHub, Azure, TeamCity).
func (l lineState) completes(r rune, commands bool) bool {
	return r == ':' && l.colon && !commands || r == '[' && l.hashes >= 2
}

func (l *lineState) pass(r rune) {
	l.colon = r == ':' && !l.begun
	l.begun = l.begun || !unicode.IsSpace(r)
	switch {
	case r == '#':
		l.hashes++
	case !unicode.IsLetter(r):
		l.hashes = 0
	}
}

// invisible reports whether a character controls its display or cannot be seen: controls (C0, DEL, C1), formats
// (bidirectional overrides and isolates, zero-width, tags), line separators, and letters without ink. Tabs are allowed.
func invisible(r rune) bool {
	if r < 0x7f {
		return r < ' ' && r != '\t'
	}
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func escapeRune(b *bytes.Buffer, r rune) {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// inline escapes what would begin another line.
func inline(text string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text)
}

// printLine writes a line. No argument ends it early: a name with a line feed could forge the lines after it.
func printLine(w io.Writer, format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = inline(text)
		}
	}
	_, _ = fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// withArgs formats a message, with the further lines of its arguments indented.
func withArgs(format string, args []any) string {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = indentRest(text)
		}
	}
	return fmt.Sprintf(format, args...)
}

// indentRest indents the lines of a message after the first, to tell them from the lines of the run.
func indentRest(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }
