// Package view prints, and no other package does: plans as text and Markdown, diagnostics, progress, and JSON streams.
// It shows of a plan only what is in the plan, so that `plan` and `show FILE` print the same.
package view

import (
	"crypto/rand"
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are where a command reads and writes. A stream that is not a terminal gets no escape byte.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// InTerminal says that somebody can answer a question.
	InTerminal  bool
	OutTerminal bool
	ErrTerminal bool
	// OutColor and ErrColor say that styles are wanted: on a terminal, without NO_COLOR, -no-color, or TERM=dumb.
	OutColor bool
	ErrColor bool
	// Width is that of the terminal in columns, or 80.
	Width int
}

// Standard returns the streams of the process, each behind a screen. noColor is the -no-color flag; lookupEnv reads
// NO_COLOR (https://no-color.org) and TERM.
func Standard(noColor bool, lookupEnv func(string) (string, bool)) Streams {
	mark := "\x1b" + rand.Text()
	s := Streams{In: os.Stdin, Out: newScreen(os.Stdout, mark), Err: newScreen(os.Stderr, mark), Width: 80}
	s.InTerminal = term.IsTerminal(int(os.Stdin.Fd()))
	s.OutTerminal = term.IsTerminal(int(os.Stdout.Fd()))
	s.ErrTerminal = term.IsTerminal(int(os.Stderr.Fd()))
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && w > 20 {
		s.Width = w
	}
	color := !noColor
	if v, set := lookupEnv("NO_COLOR"); set && v != "" {
		color = false
	}
	if v, _ := lookupEnv("TERM"); v == "dumb" {
		color = false
	}
	s.OutColor = color && s.OutTerminal
	s.ErrColor = color && s.ErrTerminal
	return s
}

// OutStyle returns the style of standard output.
func (s Streams) OutStyle() Style { return s.style(s.Out, s.OutColor, s.OutTerminal) }

// ErrStyle returns the style of standard error.
func (s Streams) ErrStyle() Style { return s.style(s.Err, s.ErrColor, s.ErrTerminal) }

func (s Streams) style(w io.Writer, color, terminal bool) Style {
	style := Style{Color: color}
	if terminal {
		style.Width = s.Width
	}
	if screen, ok := w.(*screen); ok {
		style.mark = screen.mark
	}
	return style
}

// WithoutColor returns the same streams without styles.
func (s Streams) WithoutColor() Streams {
	s.OutColor, s.ErrColor = false, false
	return s
}
