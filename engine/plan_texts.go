package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The statements of a plan have much in common: a mask's list of names is in the SELECT of each table that it masks, in
// the query that verifies it, and in the parameters of both. A plan file stores such texts once, by their digests. A
// string that contains some is written as an object with one member, whose list begins with what stands before the
// first of them and ends with what stands after the last:
//
//	{"$text": ["COPY (SELECT ", "8c2f0e6a1d5b9c47", " FROM ONLY public.people) TO STDOUT"]}
//
// In memory, and in what is printed as JSON, strings are whole. Where a text is cut decides nothing but how it is
// stored.

const (
	// shortestText is the length from which a text is worth its digest.
	shortestText = 64
	// textMember is the name of the member that stands for a string.
	textMember = `"$text"`
	opening    = `{` + textMember + `:[`
	closing    = `]}`
)

// texts are what the strings of a plan are cut by.
type texts struct {
	byPrefix map[uint64][]text // the longest first
	begins   [1 << 16]bool     // whether one begins with two bytes
}

// text is a shared text as it is within a JSON string.
type text struct {
	key     string
	escaped []byte
}

func newTexts(list []string) (*texts, error) {
	t := &texts{byPrefix: map[uint64][]text{}}
	for _, s := range list {
		if len(s) < shortestText || !utf8.ValidString(s) {
			continue
		}
		quoted, err := marshal(s)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(s))
		one := text{hex.EncodeToString(sum[:8]), quoted[1 : len(quoted)-1]}
		at := binary.LittleEndian.Uint64(one.escaped)
		t.byPrefix[at] = append(t.byPrefix[at], one)
		t.begins[binary.LittleEndian.Uint16(one.escaped)] = true
	}
	for _, list := range t.byPrefix {
		slices.SortFunc(list, func(a, b text) int {
			if d := len(b.escaped) - len(a.escaped); d != 0 {
				return d
			}
			return bytes.Compare(a.escaped, b.escaped)
		})
	}
	return t, nil
}

// marshal returns the compact JSON of a value, with the letters of SQL as they are.
func marshal(v any) (out []byte, err error) {
	err = marshalTo(v, func(raw []byte) error {
		out = bytes.Clone(raw)
		return nil
	})
	return slices.Clip(out), err
}

// marshalTo calls use with what marshal returns, which is valid until use returns: it may be large.
func marshalTo(v any, use encoded) error {
	e := json.NewEncoder(use)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// encoded is told what an encoder writes, which is all of a value at once.
type encoded func(raw []byte) error

func (use encoded) Write(raw []byte) (int, error) {
	return len(raw), use(bytes.TrimSuffix(raw, []byte("\n")))
}

// pack writes compact JSON with the shared texts of its strings taken out.
func (t *texts) pack(out *bytes.Buffer, raw []byte) error {
	from := 0 // what is before is written
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			i++
			continue
		}
		end := i + stringLength(raw[i:])
		isName := end < len(raw) && raw[end] == ':'
		switch {
		case isName && string(raw[i:end]) == textMember:
			return errors.New("a plan cannot hold an object with a member named " + textMember)
		case !isName && end-i > shortestText:
			out.Write(raw[from:i])
			t.cut(out, raw[i+1:end-1], nil)
			from = end
		}
		i = end
	}
	out.Write(raw[from:])
	return nil
}

// cut writes a string, whose content is given as it is within the quotes, as JSON. The text with the key of within is
// not cut by itself.
func (t *texts) cut(out *bytes.Buffer, content []byte, within *text) {
	begun, from := false, 0
	part := func(b []byte) {
		out.WriteByte('"')
		out.Write(b)
		out.WriteByte('"')
	}
	for i := 0; i+shortestText <= len(content); {
		found := t.at(content[i:], within)
		if found == nil {
			i += runeLength(content[i:])
			continue
		}
		if !begun {
			begun = true
			out.WriteString(opening)
		}
		part(content[from:i])
		out.WriteByte(',')
		part([]byte(found.key))
		out.WriteByte(',')
		i += len(found.escaped)
		from = i
	}
	part(content[from:])
	if begun {
		out.WriteString(closing)
	}
}

// at returns the longest text that begins here; nil for none.
func (t *texts) at(content []byte, within *text) *text {
	if !t.begins[binary.LittleEndian.Uint16(content)] {
		return nil
	}
	list := t.byPrefix[binary.LittleEndian.Uint64(content)]
	for i := range list {
		if bytes.HasPrefix(content, list[i].escaped) && (within == nil || within.key != list[i].key) {
			return &list[i]
		}
	}
	return nil
}

// stored returns the texts by their keys, as a plan file stores them.
func (t *texts) stored() map[string][]byte {
	out := map[string][]byte{}
	for _, list := range t.byPrefix {
		for i := range list {
			var b bytes.Buffer
			t.cut(&b, list[i].escaped, &list[i])
			out[list[i].key] = b.Bytes()
		}
	}
	return out
}

// stringLength returns the length of the JSON string that b begins with.
func stringLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// runeLength returns the length of what b begins with and must not be cut: an escape, or a byte.
func runeLength(b []byte) int {
	switch {
	case b[0] != '\\':
		return 1
	case len(b) > 1 && b[1] == 'u':
		return min(len(b), 6)
	}
	return min(len(b), 2)
}

// expansion puts the shared texts of a plan file back into its strings.
type expansion struct {
	stored map[string]json.RawMessage
	whole  map[string][]byte // the texts as they are within a JSON string
	open   map[string]bool   // those that are being expanded
	left   int               // how many bytes the plan may still grow by
}

// newExpansion returns the expansion of a plan file of some size. Texts can hold others, so that a small file could
// stand for more than any memory holds; that of a real plan stands for a few times its size.
func newExpansion(stored map[string]json.RawMessage, size int) *expansion {
	return &expansion{
		stored: stored,
		whole:  map[string][]byte{},
		open:   map[string]bool{},
		left:   32<<20 + 64*size,
	}
}

// texts returns all texts.
func (x *expansion) texts() ([]string, error) {
	out := make([]string, 0, len(x.stored))
	for key := range x.stored {
		content, err := x.text(key)
		if err != nil {
			return nil, err
		}
		var s string
		if err := json.Unmarshal(slices.Concat([]byte{'"'}, content, []byte{'"'}), &s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out, nil
}

// text returns a text by its key, as it is within a JSON string.
func (x *expansion) text(key string) ([]byte, error) {
	if content, ok := x.whole[key]; ok {
		return content, nil
	}
	raw, ok := x.stored[key]
	switch {
	case !ok:
		return nil, fmt.Errorf("it has no text %q", key)
	case x.open[key]:
		return nil, fmt.Errorf("the text %q is a part of itself", key)
	}
	x.open[key] = true
	expanded, err := x.unpack(raw)
	delete(x.open, key)
	if err != nil {
		return nil, err
	}
	if len(expanded) < 2 || expanded[0] != '"' || stringLength(expanded) != len(expanded) {
		return nil, fmt.Errorf("the text %q is no string", key)
	}
	x.whole[key] = expanded[1 : len(expanded)-1]
	return x.whole[key], nil
}

// unpack returns what pack was given.
func (x *expansion) unpack(raw []byte) ([]byte, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		switch {
		case raw[i] == '"':
			n := stringLength(raw[i:])
			out = append(out, raw[i:i+n]...)
			i += n
		case bytes.HasPrefix(raw[i:], []byte(opening)):
			n, joined, err := x.join(out, raw[i:])
			if err != nil {
				return nil, err
			}
			out = joined
			i += n
		default:
			out = append(out, raw[i])
			i++
		}
	}
	return out, nil
}

// join appends the string that an object with the member stands for, and returns the length of that object.
func (x *expansion) join(out, raw []byte) (length int, joined []byte, err error) {
	var parts []string
	i := len(opening)
	for i < len(raw) && raw[i] == '"' {
		n := stringLength(raw[i:])
		parts = append(parts, string(raw[i+1:i+n-1]))
		if i += n; i < len(raw) && raw[i] == ',' {
			i++
		}
	}
	if !bytes.HasPrefix(raw[i:], []byte(closing)) || len(parts)%2 == 0 {
		return 0, nil, errors.New("it has a " + textMember + " that is no list of texts")
	}
	out = append(out, '"')
	for n, part := range parts {
		content := []byte(part)
		if n%2 == 1 {
			if content, err = x.text(part); err != nil {
				return 0, nil, err
			}
			if x.left -= len(content); x.left < 0 {
				return 0, nil, errors.New("its texts are too long")
			}
		}
		out = append(out, content...)
	}
	return i + len(closing), append(out, '"'), nil
}
