package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Heading separates a part of the output from the one before.
func Heading(streams Streams, text string) {
	s := streams.OutStyle()
	_, _ = fmt.Fprintf(streams.Out, "\n%s\n", s.bold("── "+text))
}

func inlineAll(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = inline(text)
	}
	return out
}

// Compare prints one row as it is on two sides, with its columns below each other.
func Compare(streams Streams, columns, before, after []string) {
	s := streams.OutStyle()
	left, wide := 0, 0
	columns, before, after = inlineAll(columns), inlineAll(before), inlineAll(after)
	for i, c := range columns {
		left, wide = max(left, runewidth.StringWidth(c)), max(wide, runewidth.StringWidth(before[i]))
	}
	for i, c := range columns {
		_, _ = fmt.Fprintf(streams.Out, "  %s  %s%s  %s  %s\n",
			s.dim(c+strings.Repeat(" ", left-runewidth.StringWidth(c))), before[i],
			strings.Repeat(" ", wide-runewidth.StringWidth(before[i])), s.dim("->"), after[i])
	}
	_, _ = fmt.Fprintln(streams.Out)
}

// Document is a JSON text with a name.
type Document struct{ Name, JSON string }

// PrintDocuments prints one document as it is, and several as an object by their names, in their order.
func PrintDocuments(s Streams, documents []Document) error {
	var b bytes.Buffer
	if len(documents) == 1 {
		b.WriteString(documents[0].JSON)
	} else {
		b.WriteString("{")
		for i, d := range documents {
			if i > 0 {
				b.WriteString(",")
			}
			name, err := json.Marshal(d.Name)
			if err != nil {
				return fmt.Errorf("writing the name of a document: %w", err)
			}
			b.Write(append(append(name, ':'), d.JSON...))
		}
		b.WriteString("}")
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, b.Bytes(), "", "  "); err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	pretty.WriteByte('\n')
	_, err := s.Out.Write(pretty.Bytes())
	return err
}
