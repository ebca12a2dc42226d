package lint

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

func personalKept() Analyzer {
	return Analyzer{
		Code:     "personal_kept",
		Severity: diag.Warning,
		Title:    "A column that looks personal is kept",
		Catalog:  true,
		Doc: "What a name, a type or a comment tells of a column speaks for personal data, and its values cross " +
			"raw. A warning where the guess is sure, a note where it is likely.",
		Example: `keep = ["email"]`,
		Run: func(p *Pass) {
			p.eachGuess(p.Kept(), func(c CheckedColumn, g personal.Guess) {
				if !isCredential(g) && !isFree(g) && g.Confidence > personal.Low {
					p.reportKept(c, g, personal.High,
						"Mask it, or say with # shoji:ignore personal_kept REASON why it is not.")
				}
			})
		},
	}
}

func credentialKept() Analyzer {
	return Analyzer{
		Code:     "credential_kept",
		Severity: diag.Error,
		Title:    "A column that looks like a credential is kept",
		Catalog:  true,
		Doc: "Whoever can read the copy could sign in with what it holds. Hashes of passwords count: they are " +
			"tried out at leisure.",
		Example: `keep = ["password_hash"]`,
		Run: func(p *Pass) {
			p.eachGuess(p.Kept(), func(c CheckedColumn, g personal.Guess) {
				if isCredential(g) && g.Confidence > personal.Low {
					p.reportKept(c, g, personal.High,
						"Replace it for every row: nobody needs the real one to work with a copy.")
				}
			})
		},
	}
}

func credentialPartial() Analyzer {
	return Analyzer{
		Code:     "credential_partial",
		Severity: diag.Warning,
		Title:    "A credential is masked in part",
		Catalog:  true,
		Doc:      "Of a password, a token or its hash, a part is worth nearly as much as the whole.",
		Example:  `column "api_token" { mask = partial(8, "*", 0) }`,
		Run: func(p *Pass) {
			p.eachGuess(p.Masked(), func(c CheckedColumn, g personal.Guess) {
				if isCredential(g) && g.Confidence == personal.High && c.Expr.Strength < mask.Pseudonym {
					p.Report(Finding{Subject: c.FullName(), Range: c.Range,
						Detail: fmt.Sprintf("%s looks like %s (%s), and %s leaves a part of it. "+
							"Replace it whole, such as with %s.", c.FullName(), title(g.Kind), g.Reason, c.Mask.Text,
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
		Title:    "A column in which anything can stand is kept",
		Catalog:  true,
		Doc: "In notes, messages and documents people write names, numbers and passwords, whatever the column is " +
			"for. A note where its name says only that it is text or a document.",
		Example: `keep = ["notes"]`,
		Run: func(p *Pass) {
			p.eachGuess(p.Kept(), func(c CheckedColumn, g personal.Guess) {
				if isFree(g) {
					p.reportKept(c, g, personal.Medium,
						"Replace it, or mask the parts of a document by their paths with json().")
				}
			})
		},
	}
}

func isCredential(g personal.Guess) bool {
	return g.Kind == personal.Password || g.Kind == personal.Token
}
func isFree(g personal.Guess) bool { return g.Kind == personal.FreeText || g.Kind == personal.Document }

// eachGuess calls f for the columns that look personal. What refers to a key is as its key.
func (p *Pass) eachGuess(columns func(func(CheckedColumn) bool), f func(CheckedColumn, personal.Guess)) {
	for c := range columns {
		if c.Range == nil || strings.HasPrefix(c.Because, "foreign key") || strings.HasPrefix(c.Because, "link") {
			continue
		}
		if c.Guess.Kind != "" {
			f(c, c.Guess)
		}
	}
}

// title is a kind in a sentence: "an e-mail address".
func title(k personal.Kind) string {
	for _, info := range personal.Kinds() {
		if info.Kind == k {
			return info.Title
		}
	}
	return strings.ReplaceAll(string(k), "_", " ")
}

// reportKept reports a kept column: as a note where the guess is less sure than that.
func (p *Pass) reportKept(c CheckedColumn, g personal.Guess, sure personal.Confidence, advice string) {
	f := Finding{Subject: c.FullName(), Range: c.Range, Fixes: p.maskInstead(c, g)}
	if g.Confidence < sure {
		f.Severity = diag.Note
	}
	by := "by name"
	switch {
	case strings.HasPrefix(c.Because, "rule"):
		by = "by " + c.Because
	case c.Mask != nil:
		by = "by " + c.Mask.Text
	}
	f.Detail = fmt.Sprintf("%s is kept %s, and looks like %s: %s. %s", c.FullName(), by, title(g.Kind), g.Reason,
		advice)
	if g.Mask != "" {
		f.Detail += " A mask for it: " + g.Mask + "."
	}
	p.Report(f)
}

var plainName = regexp.MustCompile(`^"[A-Za-z0-9_]+"$`)

// maskInstead proposes the guessed mask in place of keep() or of the name in keep.
func (p *Pass) maskInstead(c CheckedColumn, g personal.Guess) []diag.Fix {
	text := p.Text(*c.Range)
	switch {
	case g.Mask == "":
		return nil
	case text == "keep()" && !strings.HasPrefix(c.Because, "rule"):
		return []diag.Fix{replace("Mask it with "+g.Mask, *c.Range, g.Mask)}
	case c.Because != engine.ByKeep || !plainName.MatchString(text) || strings.Trim(text, `"`) != c.Name:
		return nil
	}
	src := p.Project.Sources[c.Range.Filename]
	begin, end := c.Range.Start.Byte, c.Range.End.Byte
	line := bytes.LastIndexByte(src[:begin], '\n') + 1
	indent := src[line : len(src)-len(bytes.TrimLeft(src[line:], " \t"))]
	bracket := bytes.IndexByte(src[end:], ']')
	if !bytes.HasPrefix(src[line+len(indent):], []byte("keep")) || bracket < 0 ||
		bytes.ContainsAny(src[end:end+bracket], "#/") {
		return nil // a list over many lines, or a comment in which a bracket may stand
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
