package lint

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/spec"
)

// keys returns the secrets that are keys of masks, each once.
func (p *Pass) keys() []*spec.Secret {
	var out []*spec.Secret
	for _, r := range p.Project.Refreshes {
		if r.Key != nil && !slices.Contains(out, r.Key) {
			out = append(out, r.Key)
		}
	}
	return out
}

func weakKey() Analyzer {
	return Analyzer{Code: "weak_key", Severity: diag.Error, Title: "Weak key",
		Doc: "Anybody who guesses the key can reverse every pseudonym by brute force. A key in an environment " +
			"variable is judged by its name only: the plan checks its length. A note if " +
			"only a name suggests a default.",
		Example: `secret "mask_key" { env = "DEFAULT_KEY" }`,
		Run: func(p *Pass) {
			for _, s := range p.keys() {
				at := s.Range
				f := Finding{Range: &at, Address: s.Address()}
				if why := p.weakness(s); why != "" {
					f.Detail = fmt.Sprintf("The key in %s %s. Use at least %d random bytes: openssl rand -hex 32.",
						s.File, why, spec.MinKeyBytes)
					p.Report(f)
				}
				for _, name := range []string{s.Name, s.Env, filepath.Base(s.File)} {
					if word := suspicious.FindString(strings.ToLower(name)); word != "" {
						f.Severity, f.Detail = diag.Note,
							fmt.Sprintf("%q suggests a key that others have, too (%s). Make sure that it is a random "+
								"secret of this project.", name, word)
						p.Report(f)
						break
					}
				}
			}
		}}
}

var suspicious = regexp.MustCompile(`default|example|sample|dummy|change_?me|insecure|placeholder`)

// weakness returns what is wrong with a key in a file, "" if nothing is or the key is elsewhere. It never quotes the
// value.
func (p *Pass) weakness(s *spec.Secret) string {
	if s.File == "" || !p.Project.Reaches(s) {
		return ""
	}
	if _, err := os.Stat(within(p.Project.Dir, s.File)); err != nil {
		return "" // it is there during runs only
	}
	v, err := p.Project.ReadSecret(s)
	if err != nil {
		return "is empty"
	}
	text := strings.ToLower(v.Reveal())
	kinds := map[rune]bool{}
	for _, c := range text {
		kinds[c] = true
	}
	switch {
	case v.Len() < spec.MinKeyBytes:
		return fmt.Sprintf("has %d bytes", v.Len())
	case len(kinds) < 6:
		return fmt.Sprintf("has only %d different characters", len(kinds))
	case regexp.MustCompile(`change.?me|password|secret|example|default|0123456789|abcdefgh|qwerty`).MatchString(text):
		return "contains a common word"
	}
	return ""
}

func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func keyBesideSpec() Analyzer {
	return Analyzer{Code: "key_beside_spec", Severity: diag.Warning, Title: "Key is in the project directory",
		Doc: "A file in the project's directory is one `git add` away from everybody who reads the repository. A " +
			"note if a .gitignore names the file.",
		Example: `secret "mask_key" { file = "mask.key" }`,
		Run: func(p *Pass) {
			for _, s := range p.keys() {
				at := s.Range
				place := ""
				if s.File != "" {
					place = p.fileWithin(s.File)
				} else {
					place = p.assigned(s.Env)
				}
				if place == "" {
					continue
				}
				f := Finding{
					Range:   &at,
					Address: s.Address(),
					Detail: fmt.Sprintf("%s holds the value of %s. Keep it outside the directory, or in a secret "+
						"store, and generate a new key if it was ever committed.", place, s.Address()),
				}
				name, _, _ := strings.Cut(place, ":")
				if p.gitignored(name) {
					f.Severity = diag.Note
				}
				p.Report(f)
			}
		}}
}

// fileWithin returns the file's path in the project's directory; "" if it is not there.
func (p *Pass) fileWithin(file string) string {
	dir, err := filepath.Abs(p.Project.Dir)
	if err != nil {
		return ""
	}
	path := within(dir, file)
	rel, err := filepath.Rel(dir, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return rel
}

// maxFile is how long a file may be to be searched for a key.
const maxFile = 64 << 10

// assigned returns file:line where a file in the project's directory, such as .env, sets an environment variable to a
// literal; "" if none does.
func (p *Pass) assigned(env string) string {
	entries, err := os.ReadDir(p.Project.Dir)
	if err != nil || env == "" {
		return ""
	}
	literal := regexp.MustCompile(`(?m)^[\t ]*(?:export[\t ]+|ENV[\t ]+|-[\t ]*)?["']?` + regexp.QuoteMeta(env) +
		`["']?[\t ]*[=:][\t ]*["']?[A-Za-z0-9+/_.-]+`)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
			continue
		}
		raw, err := projectfile.Read(p.Project.Dir, e.Name(), maxFile)
		if err != nil {
			continue
		}
		if m := literal.FindIndex(raw); m != nil {
			return fmt.Sprintf("%s:%d", e.Name(), 1+bytes.Count(raw[:m[0]], []byte("\n")))
		}
	}
	return ""
}

// gitignored reports whether the directory's .gitignore matches a file.
func (p *Pass) gitignored(name string) bool {
	raw, err := projectfile.Read(p.Project.Dir, ".gitignore", maxFile)
	if err != nil {
		return false
	}
	for _, line := range strings.Split(string(raw), "\n") {
		pattern := strings.TrimPrefix(strings.TrimSpace(line), "/")
		if ok, err := filepath.Match(pattern, filepath.ToSlash(name)); err == nil && ok {
			return true
		}
		if ok, err := filepath.Match(pattern, filepath.Base(name)); err == nil && ok {
			return true
		}
	}
	return false
}

func keyReused() Analyzer {
	return Analyzer{Code: "key_reused", Severity: diag.Warning, Title: "Key is also used for something else",
		Doc: "Anybody with the password can then reverse every pseudonym. A note if two sources are masked with one " +
			"key, so that their copies can be joined by masked values.",
		Example: `key = secret.prod_password`,
		Run: func(p *Pass) {
			keys := p.keys()
			for _, k := range keys {
				at := k.Range
				for _, use := range p.uses(k) {
					p.Report(Finding{
						Range:   &at,
						Address: k.Address(),
						Subject: use,
						Detail: fmt.Sprintf("%s is the key of masks, and %s. Use a separate secret for each.",
							k.Address(),
							use),
					})
				}
			}
			for i, r := range p.Project.Refreshes {
				for _, other := range p.Project.Refreshes[:i] {
					if at := r.Range; r.Key != nil && r.Key == other.Key && r.From != other.From {
						p.Report(Finding{
							Severity: diag.Note,
							Range:    &at,
							Address:  r.Address(),
							Subject:  other.Address(),
							Detail: fmt.Sprintf("%s and %s mask different sources with one key (%s): equal values "+
								"are equal in both copies, which can be joined. To prevent "+
								"that, give each its own key.",
								r.Address(), other.Address(), r.Key.Address()),
						})
					}
				}
			}
		}}
}

// uses returns what else a secret is used for.
func (p *Pass) uses(k *spec.Secret) []string {
	same := func(s *spec.Secret) bool {
		return s != nil && (s == k || s.Env != "" && s.Env == k.Env || s.File != "" && s.File == k.File)
	}
	var out []string
	for _, d := range p.Project.Databases {
		if same(d.Password) {
			out = append(out, "the password of "+d.Address())
		}
		if same(d.URLSecret) {
			out = append(out, "the URL of "+d.Address())
		}
	}
	for _, r := range p.Project.Roles {
		if same(r.Password) {
			out = append(out, "the password of "+r.Address())
		}
	}
	return out
}
