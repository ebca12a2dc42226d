package view

import (
	"strings"

	"github.com/pterm/pterm"

	"github.com/shoji-pg/shoji/engine"
)

// Style is how a stream is written to. The zero Style is for a file or a pipe: no escape bytes, lines of any length.
type Style struct {
	Color bool
	// Width is that of the terminal in columns; 0 where there is none.
	Width int
	// mark begins escape sequences instead of the escape byte, where a screen is behind.
	mark string
}

func (s Style) paint(text string, colors ...pterm.Color) string {
	if !s.Color || text == "" {
		return text
	}
	style := pterm.NewStyle(colors...)
	if s.mark == "" {
		return style.Sprint(text)
	}
	on, off, _ := strings.Cut(strings.ReplaceAll(style.Sprint("x"), "\x1b", s.mark), "x")
	return on + strings.ReplaceAll(text, off, off+on) + off
}

func (s Style) bold(text string) string   { return s.paint(text, pterm.Bold) }
func (s Style) dim(text string) string    { return s.paint(text, pterm.FgGray) }
func (s Style) green(text string) string  { return s.paint(text, pterm.FgGreen) }
func (s Style) yellow(text string) string { return s.paint(text, pterm.FgYellow) }
func (s Style) red(text string) string    { return s.paint(text, pterm.FgRed) }
func (s Style) underline(text string) string {
	return s.paint(text, pterm.Underscore)
}
func (s Style) cyan(text string) string { return s.paint(text, pterm.FgCyan) }

// symbol returns the mark of an action at the start of a line, as in Terraform, with > for an operation that runs.
func symbol(a engine.Action) string {
	switch a {
	case engine.Create:
		return "+"
	case engine.Update:
		return "~"
	case engine.Delete:
		return "-"
	case engine.Replace:
		return "-/+"
	case engine.Execute:
		return ">"
	default:
		return " "
	}
}

// verb completes "# role.x …".
func verb(a engine.Action) string {
	switch a {
	case engine.Create:
		return "will be created"
	case engine.Update:
		return "will be updated in place"
	case engine.Delete:
		return "will be destroyed"
	case engine.Replace:
		return "must be replaced"
	case engine.Execute:
		return "will run"
	default:
		return "is unchanged"
	}
}

func (s Style) action(a engine.Action, text string) string {
	switch a {
	case engine.Create:
		return s.green(text)
	case engine.Update:
		return s.yellow(text)
	case engine.Delete, engine.Replace:
		return s.red(text)
	case engine.Execute:
		return s.cyan(text)
	default:
		return text
	}
}
