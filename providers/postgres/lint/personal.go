package lint

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

func personalKept() Analyzer {
	return Analyzer{
		Code:     "personal_kept",
		Severity: diag.Warning,
		Title:    "Column that looks personal is kept",
		Catalog:  true,
		Doc: "The name, type or comment of the column suggests personal data, and its values are copied raw. A " +
			"warning if the guess is certain, a note if it is likely.",
		Example: `keep = ["email"]`,
		Run: func(p *Pass) {
			p.eachGuess(p.Kept(), func(c CheckedColumn, g personal.Guess) {
				if !isCredential(g) && !isFree(g) && g.Confidence > personal.Low {
					p.reportKept(c, g, personal.High,
						"Mask it, or add # shoji:ignore personal_kept REASON if it is not personal.")
				}
			})
		},
	}
}

func credentialKept() Analyzer {
	return Analyzer{
		Code:     "credential_kept",
		Severity: diag.Error,
		Title:    "Column that looks like a credential is kept",
		Catalog:  true,
		Doc: "Anybody who can read the copy could sign in with it. That includes password hashes, " +
			"which can be cracked offline.",
		Example: `keep = ["password_hash"]`,
		Run: func(p *Pass) {
			p.eachGuess(p.Kept(), func(c CheckedColumn, g personal.Guess) {
				if isCredential(g) && g.Confidence > personal.Low {
					p.reportKept(c, g, personal.High,
						"Replace it in every row: nobody needs the real one to work with a copy.")
				}
			})
		},
	}
}

func credentialPartial() Analyzer {
	return Analyzer{
		Code:     "credential_partial",
		Severity: diag.Warning,
		Title:    "Credential is only partly masked",
		Catalog:  true,
		Doc:      "A part of a password, of a token or of its hash is nearly as useful as the whole.",
		Example:  `column "api_token" { mask = partial(8, "*", 0) }`,
		Run: func(p *Pass) {
			p.eachGuess(p.Masked(), func(c CheckedColumn, g personal.Guess) {
				if isCredential(g) && g.Confidence == personal.High && c.Expr.Strength < mask.Pseudonym {
					p.Report(Finding{Subject: c.FullName(), Range: c.Range,
						Detail: fmt.Sprintf("%s looks like %s (%s), and %s keeps a part of it. Replace all of it, "+
							"for example with %s.", c.FullName(), title(g.Kind), g.Reason, c.Mask.Text,
							g.Mask)})
				}
			})
		},
	}
}

func freeTextKept() Analyzer {
	return Analyzer{
		Code:     "free_text_kept",
		Severity: diag.Warning,
		Title:    "Column with free text is kept",
		Catalog:  true,
		Doc: "People write names, numbers and passwords into notes, messages and documents, whatever the column is " +
			"for. A note if its name only suggests text or a document.",
		Example: `keep = ["notes"]`,
		Run: func(p *Pass) {
			p.eachGuess(p.Kept(), func(c CheckedColumn, g personal.Guess) {
				if isFree(g) {
					p.reportKept(c, g, personal.Medium,
						"Replace it, or mask parts of a document by their paths with json().")
				}
			})
		},
	}
}

func isCredential(g personal.Guess) bool {
	return g.Kind == personal.Password || g.Kind == personal.Token
}
func isFree(g personal.Guess) bool { return g.Kind == personal.FreeText || g.Kind == personal.Document }

// eachGuess calls f for the columns that look personal, without those that take their mask from a key.
func (p *Pass) eachGuess(columns func(func(CheckedColumn) bool), f func(CheckedColumn, personal.Guess)) {
	for c := range columns {
		if c.Range == nil || c.Basis == decide.FromForeignKey || c.Basis == decide.FromLink {
			continue
		}
		if c.Guess.Kind != "" {
			f(c, c.Guess)
		}
	}
}

// title returns a kind for a sentence: "an e-mail address".
func title(k personal.Kind) string {
	for _, info := range personal.Kinds() {
		if info.Kind == k {
			return info.Title
		}
	}
	return strings.ReplaceAll(string(k), "_", " ")
}

// reportKept reports a kept column, as a note if the guess is less certain than sure.
func (p *Pass) reportKept(c CheckedColumn, g personal.Guess, sure personal.Confidence, advice string) {
	f := Finding{Subject: c.FullName(), Range: c.Range, Fixes: p.maskInstead(c, g)}
	if g.Confidence < sure {
		f.Severity = diag.Note
	}
	by := "by name"
	switch {
	case c.Basis == decide.FromRule:
		by = "by " + c.Because
	case c.Mask != nil:
		by = "by " + c.Mask.Text
	}
	f.Detail = fmt.Sprintf("%s is kept %s, and looks like %s: %s. %s", c.FullName(), by, title(g.Kind), g.Reason,
		advice)
	if g.Mask != "" {
		f.Detail += " A possible mask: " + g.Mask + "."
	}
	p.Report(f)
}

var plainName = regexp.MustCompile(`^"[A-Za-z0-9_]+"$`)

// maskInstead returns a fix with the guessed mask in place of keep() or of the name in keep.
func (p *Pass) maskInstead(c CheckedColumn, g personal.Guess) []diag.Fix {
	text := p.Text(*c.Range)
	switch {
	case g.Mask == "":
		return nil
	case text == "keep()" && c.Basis != decide.FromRule:
		return []diag.Fix{replace("Mask it with "+g.Mask, *c.Range, g.Mask)}
	case c.Basis != decide.FromKeep || !plainName.MatchString(text) || strings.Trim(text, `"`) != c.Name:
		return nil
	}
	src := p.Project.Sources[c.Range.Filename]
	begin, end := c.Range.Start.Byte, c.Range.End.Byte
	line := bytes.LastIndexByte(src[:begin], '\n') + 1
	indent := src[line : len(src)-len(bytes.TrimLeft(src[line:], " \t"))]
	bracket := bytes.IndexByte(src[end:], ']')
	if !bytes.HasPrefix(src[line+len(indent):], []byte("keep")) || bracket < 0 ||
		bytes.ContainsAny(src[end:end+bracket], "#/") {
		return nil // a list over several lines, or a comment that may have a bracket
	}
	list := end + bracket + 1
	if rest := bytes.TrimLeft(src[end:list], " "); rest[0] == ',' { // with the comma after it
		end = list - len(bytes.TrimLeft(rest[1:], " "))
	} else if before := bytes.TrimRight(src[line:begin], " "); before[len(before)-1] == ',' {
		// the last one, with the comma before it
		begin = line + len(before) - 1
	}
	at := func(from, to int) diag.Range {
		r := *c.Range
		r.Start = diag.Pos{Line: r.Start.Line, Column: r.Start.Column + from - c.Range.Start.Byte, Byte: from}
		r.End = diag.Pos{Line: r.Start.Line, Column: r.Start.Column + to - from, Byte: to}
		return r
	}
	return []diag.Fix{{
		Title: "Mask it with " + g.Mask,
		Edits: []diag.Edit{
			{Range: at(begin, end)},
			{Range: at(list, list), Text: fmt.Sprintf("\n%scolumn %q { mask = %s }", indent, c.Name, g.Mask)},
		},
	}}
}
