package sealed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// CheckDuplicates returns an error where an object of a JSON text has a name twice. Readers differ in which of the two
// they take, so that who looks at such a text may see another one than the program that reads it. A text that is no
// JSON is left to its decoder.
func CheckDuplicates(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var open []map[string]bool // the names of the objects around; nil for an array
	isName := false
	for {
		token, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		if delim, ok := token.(json.Delim); ok {
			switch delim {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			isName = len(open) > 0 && open[len(open)-1] != nil
			continue
		}
		if len(open) == 0 || open[len(open)-1] == nil {
			continue
		}
		if !isName { // that was its value
			isName = true
			continue
		}
		name, _ := token.(string)
		if open[len(open)-1][name] {
			return fmt.Errorf("%q stands twice in one object", name)
		}
		open[len(open)-1][name] = true
		isName = false
	}
}

// notJSON returns an error of the reader only: what is wrong with the text, its decoder says.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) {
		return nil
	}
	return err
}

// canonical reports whether a text is what Encode writes of the document that was read from it, but for white space:
// every name once, in its place and spelled as it is.
func canonical(raw []byte, document any) bool {
	again, err := encode(document)
	if err != nil {
		return false
	}
	var read, written bytes.Buffer
	return json.Compact(&read, raw) == nil && json.Compact(&written, again) == nil &&
		bytes.Equal(read.Bytes(), written.Bytes())
}
