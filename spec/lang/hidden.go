package lang

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/shoji-pg/shoji/spec"
)

// Redact returns src with a mark in the place of everything that may be a secret, for output that shows whole files.
func Redact(src []byte) []byte { return spec.Redact(src, hiddenSpans(src)) }

// hiddenSpans finds the text of a source that may be a secret: what is given to an argument that takes a secret and is
// not a reference, and strings that contain a password. It reads tokens rather than the tree, so that lines with
// mistakes are covered too.
func hiddenSpans(src []byte) []spec.Span {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	w := &hider{src: src, tokens: tokens, open: []level{{}}}
	for w.at = 0; w.at < len(tokens); w.at++ {
		w.token(tokens[w.at])
	}
	for _, m := range secretLine.FindAllSubmatchIndex(src, -1) {
		w.line(m[2], m[3])
	}
	return mergeSpans(w.spans)
}

// level is an open bracket, body or template, with the state of the part of it that is being read.
type level struct {
	kind   hclsyntax.TokenType // what opened it; 0: the file
	block  string              // its type, where it is a block's body
	all    bool                // the argument that it stands in takes a secret
	secret bool                // so does the argument or key that is being read in it
	begun  bool                // behind = or :
	name   string              // the first word of what is being read
	labels int                 // how many texts stood behind it
}

// hider walks over tokens.
type hider struct {
	src    []byte
	tokens hclsyntax.Tokens
	at     int
	open   []level
	spans  []spec.Span
}

func (w *hider) top() *level { return &w.open[len(w.open)-1] }

func (w *hider) token(t hclsyntax.Token) {
	top := w.top()
	switch t.Type {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc,
		hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		inner := level{kind: t.Type, all: top.secret, secret: top.secret}
		if t.Type == hclsyntax.TokenOBrace && !top.begun {
			inner.block = top.name
		}
		if (t.Type == hclsyntax.TokenOQuote || t.Type == hclsyntax.TokenOHeredoc) && hasPassword(w.text()) {
			inner.all, inner.secret = true, true
		}
		if t.Type == hclsyntax.TokenOQuote && !top.begun && top.name != "" {
			top.labels++
			inner.secret = inner.secret || surplusLabel(top)
		}
		w.open = append(w.open, inner)
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc,
		hclsyntax.TokenTemplateSeqEnd:
		if len(w.open) > 1 {
			w.open = w.open[:len(w.open)-1]
		}
	case hclsyntax.TokenNewline, hclsyntax.TokenComma:
		if top.kind == hclsyntax.TokenOBrace || top.kind == 0 {
			top.begun, top.name, top.labels, top.secret = false, "", 0, top.all
		}
	case hclsyntax.TokenEqual, hclsyntax.TokenColon:
		if !top.begun && (top.kind == hclsyntax.TokenOBrace || top.kind == 0) {
			top.begun = true
			top.secret = top.all || w.takesSecret(top)
			break
		}
		w.value(t)
	case hclsyntax.TokenIdent, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit:
		w.word(t)
	default:
		w.value(t)
	}
}

// word takes a name or text: the first of an item is its name.
func (w *hider) word(t hclsyntax.Token) {
	w.value(t)
	for i := len(w.open) - 1; i >= 0; i-- {
		s := &w.open[i]
		if s.kind == hclsyntax.TokenOBrace || s.kind == 0 {
			if !s.begun && s.name == "" {
				s.name = string(t.Bytes)
				w.hideBehind(s)
			}
			break
		}
		if s.kind != hclsyntax.TokenOQuote {
			break
		}
	}
}

// hideBehind hides what follows the name of an item, before a = or in braces, if there is no block of that name but an
// argument could take a secret. What follows a = is judged there.
func (w *hider) hideBehind(s *level) {
	if known := s.kind == 0 && kindNamed(s.name) != nil; !known && secretName.MatchString(s.name) {
		s.secret = true
	}
}

// surplusLabel reports whether a text behind the name of a block that holds a secret is more than the block's own
// names.
func surplusLabel(s *level) bool {
	labels := 0
	if kind := kindNamed(s.name); kind != nil {
		labels = len(kind.labels)
	}
	return secretName.MatchString(s.name) && s.labels > labels
}

// text returns the literal text of the template that begins here.
func (w *hider) text() string {
	var b strings.Builder
	depth := 0
	for _, t := range w.tokens[w.at+1:] {
		switch t.Type {
		case hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc:
			depth++
		case hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			if depth--; depth < 0 {
				return b.String()
			}
		case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit:
			if depth == 0 {
				b.Write(t.Bytes)
			}
		}
	}
	return b.String()
}

// value hides what is not a reference, where a secret is taken.
func (w *hider) value(t hclsyntax.Token) {
	if !w.top().secret {
		return
	}
	switch t.Type {
	case hclsyntax.TokenIdent:
		if w.isReference() {
			return
		}
	case hclsyntax.TokenDot, hclsyntax.TokenComma, hclsyntax.TokenQuestion, hclsyntax.TokenColon,
		hclsyntax.TokenEqualOp,
		hclsyntax.TokenEOF:
		return
	}
	w.hide(t)
}

// isReference reports whether the name at this place is of a reference or of a function that is called.
func (w *hider) isReference() bool {
	i := w.at
	for i >= 2 && w.tokens[i-1].Type == hclsyntax.TokenDot && w.tokens[i-2].Type == hclsyntax.TokenIdent {
		i -= 2
	}
	if w.at+1 < len(w.tokens) && w.tokens[w.at+1].Type == hclsyntax.TokenOParen && i == w.at {
		return true
	}
	root := string(w.tokens[i].Bytes)
	dotted := i+1 < len(w.tokens) &&
		(w.tokens[i+1].Type == hclsyntax.TokenDot || w.tokens[i+1].Type == hclsyntax.TokenOBrack)
	return dotted && (root == "each" || root == "param" || slices.Contains(roots(), root))
}

func (w *hider) hide(t hclsyntax.Token) {
	end := t.Range.End.Byte
	if t.Type == hclsyntax.TokenStringLit || t.Type == hclsyntax.TokenComment { // the line's end is not of it
		end -= len(t.Bytes) - len(bytes.TrimRight(t.Bytes, "\r\n"))
	}
	if end > t.Range.Start.Byte {
		w.spans = append(w.spans, spec.Span{Start: t.Range.Start.Byte, End: end})
	}
}

// takesSecret reports whether an item of this name takes a secret, or may be given one by mistake.
func (w *hider) takesSecret(s *level) bool {
	name := strings.ToLower(s.name)
	switch {
	case s.block == "secret":
		return !slices.Contains([]string{"env", "file", "for_each"}, name)
	case s.block == "variable" && name == "default":
		return w.mentions("sensitive")
	case s.block == "env" && name == "variables":
		return true
	case s.kind == 0: // nothing has a value outside of blocks: it is another kind of file
		return true
	}
	return secretName.MatchString(name)
}

// mentions reports whether the block that is being read contains a word. It assumes so of a very long block.
func (w *hider) mentions(word string) bool {
	for _, step := range []int{-1, 1} {
		depth := 0
		for i := w.at; i >= 0 && i < len(w.tokens); i += step {
			if i-w.at == step*maxTokens {
				return true
			}
			switch t := w.tokens[i]; {
			case t.Type == hclsyntax.TokenOBrace:
				depth += step
			case t.Type == hclsyntax.TokenCBrace:
				depth -= step
			case t.Type == hclsyntax.TokenIdent && string(t.Bytes) == word:
				return true
			}
			if depth < 0 {
				break
			}
		}
	}
	return false
}

const maxTokens = 1000

var secretName = regexp.MustCompile(`(?i)^(url|uri|dsn|key|pw|pwd|pass)$|[_-](pw|pwd|pass|url|uri|dsn)$|` + keyName +
	`|password|passwd|passphrase|passfile|secret|token|credential`)

// keyName matches names of keys that are secrets; a kms_key or a primary_key is not.
const keyName = `(?:mask|access|api|private|signing|encryption|master|hmac|aes|auth|account|shoji)[_-]?key`

// secretLine is a line that gives something to an argument with such a name. Behind a mistake, such as a quote that is
// missing, the tokens of a line may be those of something else.
var secretLine = regexp.MustCompile(`(?im)^[ \t#/]*["']?(?:url|uri|dsn|key|pw|pwd|` +
	`[\w-]*(?:password|passwd|passphrase|passfile|token|credential|` + keyName + `)[\w-]*)["']?[ \t]*[=:]([^\n]*)`)

// properReference matches what an argument that takes a secret should be given.
var properReference = regexp.MustCompile(`^[a-z_]+\.[\w.\[\]"-]+$`)

// line hides what an argument is given in its line, unless it is a reference or a call.
func (w *hider) line(start, end int) {
	text := string(w.src[start:end])
	given := strings.TrimSpace(text)
	root, _, _ := strings.Cut(given, ".")
	if given == "" ||
		properReference.MatchString(given) && slices.Contains(append(roots(), "each", "param"), root) {
		return
	}
	if strings.ContainsAny(given, `"'`) || !strings.ContainsAny(given, "([{<") {
		from := start + strings.Index(text, given)
		w.spans = append(w.spans, spec.Span{Start: from, End: from + len(given)})
	}
}

// mergeSpans sorts spans and joins those that touch.
func mergeSpans(spans []spec.Span) []spec.Span {
	slices.SortFunc(spans, func(a, b spec.Span) int { return a.Start - b.Start })
	var out []spec.Span
	for _, s := range spans {
		if n := len(out) - 1; n >= 0 && s.Start <= out[n].End {
			out[n].End = max(out[n].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// passwordKey matches a parameter that holds a password or names a file of them, of a connection URL or keyword/value
// string.
var passwordKey = regexp.MustCompile(`(?i)(^|[^\w])(ssl)?pass(word|wd|file|phrase)?\s*=`)

// userPassword matches the password of a user in an address, also in one that is not a proper URL.
var userPassword = regexp.MustCompile(`://[^/?#@\s]*:[^@\s]*@`)

// hasPassword reports whether a connection URL or keyword/value string holds a password. Text in percent
// encoding, also twice, is read as a client would.
func hasPassword(text string) bool {
	for range 3 {
		if u, err := url.Parse(text); err == nil && u.User != nil {
			if _, has := u.User.Password(); has {
				return true
			}
		}
		if passwordKey.MatchString(text) || userPassword.MatchString(text) {
			return true
		}
		decoded := decodePercent(text)
		if decoded == text {
			return false
		}
		text = decoded
	}
	return false
}

var escaped = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// decodePercent decodes percent encoding, and leaves what is wrong as it is.
func decodePercent(text string) string {
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		out, err := url.PathUnescape(code)
		if err != nil {
			return code
		}
		return out
	})
}
