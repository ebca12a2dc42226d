// Package view is the only one that prints: plans as text and Markdown, diagnostics,
// progress, and the JSON streams. What it shows of a plan comes from the plan alone, so that
// `show FILE` and `plan` print the same.
package view

import (
	"crypto/rand"
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are where a command reads and writes, with what is known of each. A stream that is
// not a terminal gets no escape byte.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// InTerminal tells whether somebody can answer a prompt.
	InTerminal  bool
	OutTerminal bool
	ErrTerminal bool
	// OutColor and ErrColor tell whether styling is wanted: a terminal, no NO_COLOR, no
	// -no-color, TERM not "dumb".
	OutColor bool
	ErrColor bool
	// Width is that of the terminal in columns; 80 where there is none.
	Width int
}

// Standard gives the process's own streams, each behind a screen. noColor is the -no-color flag; lookupEnv
// reads NO_COLOR (https://no-color.org) and TERM.
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

// OutStyle is how the standard output is written to.
func (s Streams) OutStyle() Style { return s.style(s.Out, s.OutColor, s.OutTerminal) }

// ErrStyle is how the standard error stream is written to.
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

// WithoutColor gives the same streams with styling off.
func (s Streams) WithoutColor() Streams {
	s.OutColor, s.ErrColor = false, false
	return s
}
