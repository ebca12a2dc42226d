package source

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestBombs: what would end the process gets an error, and at once.
func TestBombs(t *testing.T) {
	const many = 100_000
	for name, c := range map[string]struct{ src, want string }{
		"brackets":           {"a = " + strings.Repeat("[", many), "Nested too deep"},
		"closed brackets":    {"a = " + strings.Repeat("[", many) + strings.Repeat("]", many), "Nested too deep"},
		"parentheses":        {"a = " + strings.Repeat("(", many), "Nested too deep"},
		"objects":            {"a = " + strings.Repeat("{a=", many), "Nested too deep"},
		"blocks":             {strings.Repeat("a {\n", many), "Nested too deep"},
		"templates":          {"a = " + strings.Repeat(`"${`, many), "Nested too deep"},
		"templates, heredoc": {strings.Repeat("a = <<A\n${", many), "Nested too deep"},
		"calls":              {"a = " + strings.Repeat("f(", many), "Nested too deep"},
		"for":                {"a = " + strings.Repeat("[for x in ", many), "Nested too deep"},
		"if in a template":   {`a = "` + strings.Repeat("%{if true}", many) + `"`, "Expression too long"},
		"not":                {"a = " + strings.Repeat("!", many) + "true", "Expression too long"},
		"minus":              {"a = " + strings.Repeat("-", many) + "1", "Expression too long"},
		"sums":               {"a = 1" + strings.Repeat("+1", many), "Expression too long"},
		"choices":            {"a = " + strings.Repeat("a?b:", many) + "c", "Expression too long"},
		"indexes":            {"a = b" + strings.Repeat("[c]", many), "Expression too long"},
		"splats":             {"a = b" + strings.Repeat("[*]", many), "Expression too long"},
		"over lines":         {"a = (1" + strings.Repeat("\n+1", many) + ")", "Expression too long"},
		"behind a string":    {`a = "]" + [` + strings.Repeat(`"]", [`, many), "Nested too deep"},
		"behind a comment":   {"a = " + strings.Repeat("[ # ]\n", many), "Nested too deep"},
		"exponent":           {"a = 1e1000000000", "Number too large"},
		"small exponent":     {"a = 1e-1000000000", "Number too large"},
		"digits":             {"a = " + strings.Repeat("9", many), "Number too large"},
		"NUL":                {"a = \"\x00\"", "not a text file"},
		"escape":             {"a = 1 # \x1b[2K", "not a text file"},
		"latin-1":            {"a = \"caf\xe9\"", "not a text file"},
	} {
		begun := time.Now()
		_, ds := Parse(hclsyntax.ParseConfig, []byte(c.src), "x.hcl")
		if took := time.Since(begun); took > time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
		if !ds.HasErrors() || !strings.Contains(ds[0].Summary, c.want) {
			t.Errorf("%s: %v", name, ds)
		}
	}
}

// TestWhatIsWritten: what people write passes, however much there is of it.
func TestWhatIsWritten(t *testing.T) {
	for name, src := range map[string]string{
		"a long list":     "a = [" + strings.Repeat("\"x\",\n", 20_000) + "]",
		"a long object":   "a = {\n" + strings.Repeat("b = c ? 1 : 2\n", 20_000) + "}",
		"no comments":     "a = b\n" + strings.Repeat("# /* /* << <<\n", 400_000),
		"many blocks":     strings.Repeat("a \"b\" {\n  c = d + 1\n}\n", 5_000),
		"a long template": `a = "` + strings.Repeat("${b}-", 20_000) + `"`,
		"a heredoc":       "a = <<-EOT\n  [ { ( \" ${b}\n  EOT\nb = 1\n",
		"characters":      "a = \"日本語 \ufffd 👍\" # é\r\n",
		"a long choice":   "a = (\n" + strings.Repeat("b == 1 ||\n", 500) + "c)",
	} {
		if ds := Check([]byte(src), "x.hcl"); ds.HasErrors() {
			t.Errorf("%s: %v", name, ds)
		}
	}
}

// TestScannerAgrees: the scanner opens and closes what the parser's own does, whatever is thrown at both.
func TestScannerAgrees(t *testing.T) {
	pieces := []string{
		"[", "]", "(", ")", "{", "}", `"`, `\"`, `\\`, `\`, "${", "%{", "$${", "%%{", "~}", "$", "%", "#", "//", "/*",
		"*/",
		"\n", "\r\n", " ", "a", "é", "-", "1", "1e5", "e", ".", ",", "=", "<<A\n", "<<-A\n", "A", "\nA\n", "\n  A\n",
		"<<", "A1", "<<A-b\n", "A-b\n",
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60_000 {
		var b strings.Builder
		for range r.IntN(24) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		src := []byte(b.String())
		s := newScanner(src, "x.hcl")
		if ds := s.scan(); ds.HasErrors() {
			t.Fatalf("%q: %v", src, ds)
		}
		if want := lexedDepth(src); s.deepest < want {
			t.Fatalf("%q: %d levels were seen of %d", src, s.deepest, want)
		}
	}
}

// lexedDepth returns how deep the parser's own tokens are nested.
func lexedDepth(src []byte) int {
	tokens, _ := hclsyntax.LexConfig(src, "x.hcl", hcl.InitialPos)
	deepest, depth := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest
}
