package aurora

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// format is how an export is written: COPY's options.
type format struct {
	kind                      string // text, csv or binary
	delimiter, quote, escape  byte
	null                      string
	header                    bool
	force                     map[string]bool // columns that are always quoted, "*" for all
	nullGiven, delimiterGiven bool
}

// badOption is a mistake in the options, with its SQLSTATE.
type badOption string

func (b badOption) Error() string { return string(b) }

// parseFormat reads the options of an export: those of COPY, without parentheses.
func parseFormat(options string) (format, error) {
	f := format{kind: "text", quote: '"', force: map[string]bool{}}
	parts, err := split(options)
	if err != nil {
		return f, err
	}
	for _, part := range parts {
		name, value := strings.ToLower(part[0]), strings.Join(part[1:], " ")
		switch name {
		case "format":
			f.kind = strings.ToLower(value)
		case "delimiter":
			f.delimiterGiven = true
			if len(value) != 1 {
				return f, badOption("COPY delimiter must be a single one-byte character")
			}
			f.delimiter = value[0]
		case "null":
			f.null, f.nullGiven = value, true
		case "header":
			f.header = !slices.Contains([]string{"false", "off", "0"}, strings.ToLower(value))
		case "quote", "escape":
			if len(value) != 1 {
				return f, badOption("COPY " + name + " must be a single one-byte character")
			}
			if name == "quote" {
				f.quote = value[0]
			} else {
				f.escape = value[0]
			}
		case "force_quote":
			for c := range strings.SplitSeq(strings.Trim(value, "()"), ",") {
				f.force[strings.TrimSpace(c)] = true
			}
		case "encoding":
			if v := strings.ToUpper(value); v != "UTF8" && v != "UTF-8" && f.kind != "binary" {
				return f, badOption("the lab exports UTF8 only, not " + value)
			}
		default:
			return f, badOption(fmt.Sprintf("option \"%s\" not recognized", name))
		}
	}
	if !slices.Contains([]string{"text", "csv", "binary"}, f.kind) {
		return f, badOption(fmt.Sprintf("COPY format \"%s\" not recognized", f.kind))
	}
	if !f.delimiterGiven {
		f.delimiter = map[string]byte{"text": '\t', "csv": ','}[f.kind]
	}
	if !f.nullGiven && f.kind == "text" {
		f.null = `\N`
	}
	if f.escape == 0 {
		f.escape = f.quote
	}
	return f, nil
}

// split cuts options at commas, and each at blanks; quotes, as '…' or $$…$$, keep both.
func split(options string) ([][]string, error) {
	var parts [][]string
	var words []string
	depth := 0
	for i := 0; i < len(options); {
		switch c := options[i]; {
		case c == ',' && depth == 0:
			if len(words) > 0 {
				parts = append(parts, words)
			}
			words = nil
			i++
		case unicode.IsSpace(rune(c)):
			i++
		case c == '\'', strings.HasPrefix(options[i:], "$$"):
			mark := "'"
			if c == '$' {
				mark = "$$"
			}
			word, n := quotedWord(options[i:], mark)
			if n == 0 {
				return nil, badOption("unterminated quoted string")
			}
			words = append(words, word)
			i += n
		default:
			start := i
			for i < len(options) &&
				(depth > 0 || options[i] != ',' && !unicode.IsSpace(rune(options[i])) && options[i] != '\'') {
				depth += map[byte]int{'(': 1, ')': -1}[options[i]]
				i++
			}
			words = append(words, options[start:i])
		}
	}
	if len(words) > 0 {
		parts = append(parts, words)
	}
	return parts, nil
}

// quotedWord reads a quoted text and says how long it is with its quotes, 0 where it does not end. Inside of '…' a
// quote is doubled.
func quotedWord(text, mark string) (word string, length int) {
	for i := len(mark); ; {
		end := strings.Index(text[i:], mark)
		if end < 0 {
			return "", 0
		}
		word += text[i : i+end]
		i += end + len(mark)
		if mark != "'" || !strings.HasPrefix(text[i:], mark) {
			return word, i
		}
		word += mark
		i += len(mark)
	}
}

// record takes the text of a row, as record_out writes it, apart. A nil field is NULL.
func record(text string) []*string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	var fields []*string
	for i := 0; ; i++ {
		var b strings.Builder
		null, quoted := true, false
		for i < len(text) && (quoted || text[i] != ',') {
			switch c := text[i]; {
			case c == '"' && quoted && i+1 < len(text) && text[i+1] == '"':
				b.WriteByte('"')
				i++
			case c == '"':
				quoted, null = !quoted, false
			case c == '\\':
				i++
				b.WriteByte(text[i])
				null = false
			default:
				b.WriteByte(c)
				null = false
			}
			i++
		}
		if s := b.String(); null {
			fields = append(fields, nil)
		} else {
			fields = append(fields, &s)
		}
		if i >= len(text) {
			return fields
		}
	}
}

// row writes one row.
func (f format) row(line string, columns []string) ([]byte, error) {
	if f.kind == "binary" {
		return tuple(line)
	}
	fields := record(line)
	if len(columns) == 0 {
		fields = nil // a row of no columns reads like one of a NULL
	}
	var b []byte
	for i, v := range fields {
		if i > 0 {
			b = append(b, f.delimiter)
		}
		switch {
		case v == nil:
			b = append(b, f.null...)
		case f.kind == "csv":
			b = f.quoted(b, *v, len(fields) == 1, f.force["*"] || f.force[columns[i]])
		default:
			b = f.escaped(b, *v)
		}
	}
	return append(b, '\n'), nil
}

// quoted writes a value in CSV.
func (f format) quoted(b []byte, v string, alone, force bool) []byte {
	if !force && v != f.null && !strings.ContainsAny(v, string([]byte{f.delimiter, f.quote, '\n', '\r'})) &&
		!(alone && v == `\.`) {
		return append(b, v...)
	}
	b = append(b, f.quote)
	for _, c := range []byte(v) {
		if c == f.quote || c == f.escape {
			b = append(b, f.escape)
		}
		b = append(b, c)
	}
	return append(b, f.quote)
}

var escapes = map[byte]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v'}

// escaped writes a value in COPY's text.
func (f format) escaped(b []byte, v string) []byte {
	for _, c := range []byte(v) {
		e, named := escapes[c]
		switch {
		case named:
			b = append(b, '\\', e)
		case c == '\\' || c == f.delimiter:
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return b
}

// heading gives what is before the first row.
func (f format) heading(columns []string) []byte {
	switch {
	case f.kind == "binary":
		return []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	case !f.header:
		return nil
	}
	var b []byte
	for i, c := range columns {
		if i > 0 {
			b = append(b, f.delimiter)
		}
		if f.kind == "csv" {
			b = f.quoted(b, c, len(columns) == 1, false)
		} else {
			b = f.escaped(b, c)
		}
	}
	return append(b, '\n')
}

func (f format) ending() []byte {
	if f.kind == "binary" {
		return []byte{0xff, 0xff}
	}
	return nil
}

// tuple turns what record_send gives, in hex, into a row of binary COPY: the types' numbers are left out.
func tuple(line string) ([]byte, error) {
	in, err := hex.DecodeString(line)
	if err != nil || len(in) < 4 {
		return nil, fmt.Errorf("reading a binary row: %w", err)
	}
	n := binary.BigEndian.Uint32(in)
	out := binary.BigEndian.AppendUint16(nil, uint16(n))
	for in = in[4:]; len(in) >= 8; {
		size := int(int32(binary.BigEndian.Uint32(in[4:])))
		end := 8 + max(size, 0)
		if end > len(in) {
			return nil, fmt.Errorf("reading a binary row: it is cut")
		}
		out = append(out, in[4:end]...)
		in = in[end:]
	}
	return out, nil
}

// unescape undoes COPY's text escapes of a line.
func unescape(line string) string {
	if !strings.Contains(line, `\`) {
		return line
	}
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' || i+1 == len(line) {
			b.WriteByte(line[i])
			continue
		}
		i++
		c := line[i]
		for plain, e := range escapes {
			if c == e {
				c = plain
				break
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
