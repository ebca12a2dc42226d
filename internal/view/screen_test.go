package view

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestScreen: what a text could do to a terminal or a CI runner is written out, and what people write stays.
func TestScreen(t *testing.T) {
	for text, want := range map[string]string{
		"日本語 naïve 👍 a\tb\n":                   "日本語 naïve 👍 a\tb\n",
		"a\x1b[2K\x1b]0;title\x07b":            `a\u001b[2K\u001b]0;title\u0007b`,
		"a\rb\bc\x7fd":                         `a\u000db\u0008c\u007fd`,
		"a\u009b31mb\u0085c":                   `a\u009b31mb\u0085c`,
		"\x9b31m":                              `\x9b31m`,
		"a\u202eb\u2066c\u200bd\ufeffe\u00adf": `a\u202eb\u2066c\u200bd\ufeffe\u00adf`,
		"a\u2028b\u2029c\u3164":                `a\u2028b\u2029c\u3164`,
		"tag \U000e0041":                       `tag \udb40\udc41`,
		"::error::x\n":                         `:\u003aerror::x` + "\n",
		" \t\u3000::set-output name=a::b":      " \t\u3000" + `:\u003aset-output name=a::b`,
		"a::text, not a command":               "a::text, not a command",
		"x ##[error]y ##vso[task.setvariable]": `x ##\u005berror]y ##vso\u005btask.setvariable]`,
		"##teamcity[message":                   `##teamcity\u005bmessage`,
		"## a heading [link](x) and a #[tag]":  "## a heading [link](x) and a #[tag]",
		"first\n:":                             "first\n:",
	} {
		if got := escaped(text, ""); got != want {
			t.Errorf("%q is shown as %q, not %q", text, got, want)
		}
	}
}

// TestScreenAcrossWrites: a command is not put together from several writes.
func TestScreenAcrossWrites(t *testing.T) {
	var b strings.Builder
	s := newScreen(&b, "")
	for _, part := range []string{"x\n ", ":", ":error::a\n", "#", "#", "vs", "o", "[b"} {
		if n, err := s.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("%d bytes of %q, %v", n, part, err)
		}
	}
	if want := "x\n " + `:\u003aerror::a` + "\n" + `##vso\u005bb`; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// TestScreenKeepsJSON: what is written out is the same document to who reads it.
func TestScreenKeepsJSON(t *testing.T) {
	value := "a\\\u009b\u202e\u2028##[error]\U000e0041\x1b\x7f::b"
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := json.Unmarshal([]byte(escaped(string(raw), "")), &got); err != nil || got != value {
		t.Errorf("got %q, %v; want %q", got, err, value)
	}
}

// TestStyleThroughScreen: colours reach the terminal, and sequences of the text that is coloured do not.
func TestStyleThroughScreen(t *testing.T) {
	var b strings.Builder
	s := Streams{Out: newScreen(&b, "\x1bsecret"), OutColor: true}
	style := s.OutStyle()
	_, _ = s.Out.Write([]byte(style.bold("a"+style.red("b\x1b[8mc")+"d") + "\x1b[0m"))
	want := "\x1b[1ma\x1b[31mb" + `\u001b[8mc` + "\x1b[0m\x1b[1md\x1b[0m" + `\u001b[0m`
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

// TestPrintLine: a line is one line, whatever a name holds.
func TestPrintLine(t *testing.T) {
	var b strings.Builder
	printLine(newScreen(&b, ""), "%s has %d columns", "a\n::warning::b\r", 2)
	if want := `a\n::warning::b\r has 2 columns` + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
