package view

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Document is JSON with a name.
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
