package view

import (
	"encoding/json"
)

// Inspection is what `inspect` found: the sources, and how each differs from the schema lock.
type Inspection struct {
	FormatVersion string              `json:"format_version"`
	File          string              `json:"file"`
	Checked       bool                `json:"checked"` // -check: nothing was written
	Databases     []InspectedDatabase `json:"databases"`
	// Removed are the databases that are no longer in the spec, and were removed from the lock.
	Removed []string `json:"removed"`
	// Draft is the spec that was drafted, if one was asked for.
	Draft *Draft `json:"draft,omitempty"`
	// Explained says of each column how it crosses and why, if that was asked for. Since 1.1.
	Explained *Explanation `json:"explained,omitempty"`
}

// InspectedDatabase is one source.
type InspectedDatabase struct {
	Address     string       `json:"address"`
	Server      int          `json:"server_version"` // the major one
	Schemas     int          `json:"schemas"`
	Tables      int          `json:"tables"`
	Columns     int          `json:"columns"`
	New         bool         `json:"new"` // the lock did not have it
	Differences []Difference `json:"differences"`
}

// Difference is one thing that differs from the lock. What is "added", "removed" or "changed".
type Difference struct {
	What  string `json:"what"`
	Where string `json:"where"`
	Words string `json:"words"`
}

// Moved reports whether the lock is out of date.
func (i Inspection) Moved() bool {
	for _, d := range i.Databases {
		if d.New || len(d.Differences) > 0 {
			return true
		}
	}
	return len(i.Removed) > 0
}

// PrintInspection prints an inspection for a person, or as JSON.
func PrintInspection(streams Streams, i Inspection, asJSON bool) error {
	if asJSON {
		i.FormatVersion = "1.1"
		enc := json.NewEncoder(streams.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(i)
	}
	s := streams.OutStyle()
	line := func(format string, args ...any) { printLine(streams.Out, format, args...) }
	marks := map[string]string{"added": s.green("+"), "removed": s.red("-"), "changed": s.yellow("~")}
	for _, d := range i.Databases {
		line("%s: PostgreSQL %d, %s, %s, %s", s.bold(d.Address), d.Server, plural(d.Schemas, "schema"),
			plural(d.Tables, "table"), plural(d.Columns, "column"))
		if d.New {
			line("  %s new in %s", s.green("+"), i.File)
		}
		for _, x := range d.Differences {
			line("  %s %s", marks[x.What], x.Words)
		}
	}
	for _, address := range i.Removed {
		line("%s: no longer in the spec", s.bold(address))
	}
	switch {
	case !i.Moved():
		line("%s is up to date.", i.File)
	case i.Checked:
		line("%s is out of date: shoji inspect updates it.", i.File)
	default:
		line("Wrote %s. Commit it with the spec.", i.File)
	}
	if i.Draft != nil {
		i.Draft.print(line, s)
	}
	if i.Explained != nil {
		i.Explained.print(line, s)
	}
	return nil
}
