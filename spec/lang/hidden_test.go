package lang

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
)

// leaks are specs with hunter2 wherever somebody puts a secret by mistake.
func leaks() map[string]string {
	return map[string]string{
		"a URL":               `database "a" {` + "\n" + `  url = "postgres://u:hunter2@h/db"` + "\n}\n",
		"a URL and a mistake": `database "a" {` + "\n" + `  url = "postgres://u:hunter2@h/db" oops` + "\n}\n",
		"a URL in one line":   `database "a" { url = "postgres://u:hunter2@h/db", iam = 1 }` + "\n",
		"a URL without its end": `database "a" {` + "\n" + `  url = "postgres://u:hunter2@h/db` +
			"\n  iam = true\n}\n",
		"encoded": `database "a" {` + "\n" + `  url = "postgres://u@h/db?pass%77ord=hunter2"` +
			"\n  x = 1\n}\n",
		"encoded twice": `locals {` + "\n" + `  a = "postgres://u@h/db?pass%2577ord=hunter2" + 1` +
			"\n}\n",
		"keywords":                    `locals {` + "\n" + `  a = "host=h password='hunter2'" + 1` + "\n}\n",
		"a password":                  `database "a" {` + "\n" + `  password = "hunter2"` + "\n}\n",
		"a password without quotes":   `database "a" {` + "\n" + `  password = hunter2` + "\n}\n",
		"a password of signs":         `database "a" {` + "\n" + `  password = hunter2!hunter2$x` + "\n}\n",
		"a password and a mistake":    `database "a" {` + "\n" + `  password = "hunter2" "` + "\n}\n",
		"a password in single quotes": `database "a" {` + "\n" + `  password = 'hunter2'` + "\n}\n",
		"a missing quote before": `database "a" {` + "\n" + `  maintenance = "x` + "\n" +
			`  password = "hunter2"` + "\n}\n",
		"a missing brace before": `database "a" {` + "\n" + `  maintenance = "${x"` + "\n" +
			`  password = "hunter2"` + "\n}\n",
		"a heredoc":                 "database \"a\" {\n  password = <<EOT\nhunter2\n  hunter2 ${x}\nEOT\n}\n",
		"a heredoc without its end": "database \"a\" {\n  password = <<EOT\nhunter2\n}\n",
		"a key":                     `refresh "a" {` + "\n" + `  key = "hunter2"` + "\n}\n",
		"a key of parts": `refresh "a" {` + "\n" + `  key = join("", ["hunter2", "${upper("hunter2")}"])` +
			"\n}\n",
		"a key by choice":      `refresh "a" {` + "\n" + `  key = true ? "hunter2" : secret.x` + "\n}\n",
		"a number":             `database "a" {` + "\n" + `  password = hunter2.5` + "\n}\n",
		"a secret":             `secret "a" {` + "\n" + `  value = "hunter2"` + "\n}\n",
		"a secret in one line": `secret "a" { literal = "hunter2" }` + "\n",
		"a sensitive variable": `variable "a" {` + "\n  sensitive = true\n  type = number\n" +
			`  default = "hunter2"` + "\n}\n",
		"a sensitive variable, after": `variable "a" {` + "\n  type = number\n" + `  default = "hunter2"` +
			"\n  sensitive = true\n}\n",
		"an environment's": `env "a" {` + "\n" + `  variables = { a = "hunter2", b = ["hunter2"] }` +
			"\n  x = 1\n}\n",
		"an object": `locals {` + "\n" + `  a = { "db_password" = "hunter2", token = "hunter2" }.x` +
			"\n}\n",
		"an object over lines":  "locals {\n  a = {\n    api_token : \"hunter2\"\n    x = 1 +\n  }\n}\n",
		"a comment":             "database \"a\" {\n  # password = \"hunter2\"\n  x = 1\n}\n",
		"a comment behind":      "database \"a\" {\n  password = secret.x # hunter2\n}\n",
		"outside of blocks":     "database \"a\" {}\npassword = \"hunter2\"\nx = \"hunter2\"\n",
		"a key by another name": `locals {` + "\n" + `  mask_key = "hunter2" x` + "\n}\n",
		"a key of AWS":          `aws "a" {` + "\n" + `  access_key = "hunter2"` + "\n}\n",
		"a short name":          `locals {` + "\n" + `  a = { pw = "hunter2", db_pwd = "hunter2" }.x` + "\n}\n",
		"a block":               `database "a" {` + "\n" + `  password "hunter2" {}` + "\n}\n",
		"a block's body":        `database "a" {` + "\n" + `  url { value = "hunter2" }` + "\n}\n",
		"a block over lines":    `database "a" {` + "\n" + "  url {\n    value = \"hunter2\"\n  }\n}\n",
		"a block of its own":    `password "hunter2" {` + "\n}\n",
		"a word behind a name":  `database "a" {` + "\n" + `  password hunter2` + "\n}\n",
		"a text behind a name":  `database "a" {` + "\n" + `  password "hunter2"` + "\n}\n",
		"a label too many":      `secret "a" "hunter2" {` + "\n}\n",
		"a carriage return":     "database \"a\" {\r\n  password = \"hunter2\"\r\n}\r\n",
	}
}

// TestSecretsAreNotShown: no diagnostic holds the text of an argument that takes a secret, and no snippet of any place
// does.
func TestSecretsAreNotShown(t *testing.T) {
	for name, src := range leaks() {
		p, ds := Load(write(t, map[string]string{"x.hcl": src}), Options{})
		if !ds.HasErrors() {
			t.Errorf("%s: no error", name)
		}
		raw, err := json.Marshal(ds)
		if err != nil || strings.Contains(string(raw), "hunter2") {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
		for start := range len(src) {
			for _, end := range []int{start, start + 1, min(start+9, len(src)), len(src)} {
				r := diag.Range{Filename: "x.hcl", Start: diag.Pos{Line: 1, Byte: start}, End: diag.Pos{Byte: end}}
				s := p.Snippet(&r)
				if s == nil {
					continue
				}
				if strings.Contains(s.Code, "unter") || s.HighlightStart < 0 || s.HighlightEnd > len(s.Code) ||
					s.HighlightEnd < s.HighlightStart {
					t.Fatalf("%s: [%d, %d) is shown as %+v", name, start, end, s)
				}
			}
		}
		if _, ds := Format([]byte(src), "x.hcl"); strings.Contains(ds.Error(), "hunter2") ||
			strings.Contains(render(ds), "hunter2") {
			t.Errorf("%s: fmt shows %s", name, render(ds))
		}
		if text := Diff([]byte(src), []byte("x\n"+src), "x.hcl"); strings.Contains(text, "hunter2") {
			t.Errorf("%s: the differences show\n%s", name, text)
		}
	}
}

// TestWhatIsShown: what is no secret is shown as it is written.
func TestWhatIsShown(t *testing.T) {
	for _, src := range []string{
		"database \"a\" {\n  password = secret.x[each.key]\n  url = var.prod_url\n}\n",
		"refresh \"a\" {\n  key = secret.mask_key\n  mode = \"swap\"\n}\n",
		"table \"public\" \"passwords\" {\n  keep = [\"password\", \"token\"]\n" +
			"  column \"secret\" { mask = fixed(\"x\") }\n}\n",
		"mask \"a\" {\n  value = when(\"is_staff\", keep(), token())\n}\n",
		"secret \"a\" {\n  env = \"SHOJI_KEY\"\n}\n",
		"bucket \"a\" {\n  kms_key = kms_key.transfer\n  name = \"shop\"\n}\n",
		"variable \"a\" {\n  default = \"ap-northeast-1\"\n}\n",
	} {
		if got := string(Redact([]byte(src))); got != src {
			t.Errorf("%s is shown as\n%s", src, got)
		}
	}
}

// TestSnippetsAreShort: a line that is longer than anybody reads is cut around the place that is meant.
func TestSnippetsAreShort(t *testing.T) {
	long := strings.Repeat("日本", 20_000)
	src := "locals {\n  a = [\"" + long + "\", oops, \"" + long + "\"]\n}\n"
	_, ds := Load(write(t, map[string]string{"x.hcl": src}), Options{})
	if len(ds) != 1 || ds[0].Snippet == nil {
		t.Fatalf("%s", render(ds))
	}
	s := ds[0].Snippet
	if len(s.Code) > 300 || s.Code[s.HighlightStart:s.HighlightEnd] != "oops" || !strings.HasPrefix(s.Code, "…") ||
		!strings.HasSuffix(s.Code, "…") {
		t.Errorf("%d bytes, %+v", len(s.Code), s)
	}
}

func TestHasPassword(t *testing.T) {
	for text, want := range map[string]bool{
		"postgres://u:p@h/db":                            true,
		"postgres://u:@h/db":                             true,
		"postgres://u:p%zz@h/db":                         true,
		"postgres://u@h/db?password=p":                   true,
		"postgres://u@h/db?sslmode=require&pass%77ord=p": true,
		"postgres://u@h/db?%70%61%73%73word=p":           true,
		"postgres://u@h/db?pass%2577ord=p":               true,
		"postgres://u@h/db?sslpassword=p":                true,
		"postgres://u@h/db?passfile=/x":                  true,
		"host=h password=p":                              true,
		"host=h PASSWORD = 'p q'":                        true,
		"host=h\tpassword\n= p":                          true,
		"host='h'password='p'":                           true,
		"postgres://u%3Ap@h/db":                          true,
		"postgres://u@h/db?sslmode=verify-full":          false,
		"host=h user=u":                                  false,
		"postgres://h:5432/passwords":                    false,
		"postgres://u@h:5432/db?options=-c%20a%3Db":      false,
	} {
		if got := hasPassword(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestWhatIsTooDeepIsSaid: what is wrong is said also where the file could not be read, so that nothing of its text is.
func TestWhatIsTooDeepIsSaid(t *testing.T) {
	for src, want := range map[string]string{
		"locals {\n  a = " + strings.Repeat("[", 1000) + "\n}\n":  "brackets are open",
		"locals {\n  a = " + strings.Repeat("-", 9000) + "1\n}\n": "operators follow each other",
		"locals {\n  password = \"\x00\"\n}\n":                    "HCL is text in UTF-8",
	} {
		_, ds := Load(write(t, map[string]string{"x.hcl": src}), Options{})
		if !strings.Contains(ds.Error(), want) {
			t.Errorf("%.40q: %s", src, ds.Error())
		}
	}
}
