package lint

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

func unencrypted() Analyzer {
	return Analyzer{Code: "unencrypted", Severity: diag.Warning, Title: "Connection may not be encrypted",
		Doc: "Masked rows cross the network in the clear, or go to an impostor; the plan fails, because keys and " +
			"passwords are not sent. A note for sslmode=require, which encrypts but does not verify the server.",
		Example: `url = "postgres://masker@prod.example/app"`,
		Run: func(p *Pass) {
			for _, d := range p.Project.Databases {
				host, mode := target(d.URL)
				if host == "" || strings.HasPrefix(host, "/") || host == "localhost" ||
					strings.HasPrefix(host, "127.") || host == "::1" {
					continue
				}
				at := d.Range
				f := Finding{Range: &at, Address: d.Address()}
				switch mode {
				case "verify-full", "verify-ca":
					continue
				case "require":
					f.Severity = diag.Note
					f.Detail = fmt.Sprintf("%s is encrypted, but does not verify that the server is %s. Use "+
						"sslmode=verify-full with the server's certificate authority (sslrootcert).", d.Address(), host)
				case "":
					f.Detail = fmt.Sprintf("%s has no sslmode, and falls back to plain text if the server does not "+
						"support TLS. Add sslmode=verify-full.", d.Address())
				default:
					f.Detail = fmt.Sprintf("%s has sslmode=%s, which allows plain text. Use sslmode=verify-full.",
						d.Address(), mode)
				}
				p.Report(f)
			}
		}}
}

func insecureConnection() Analyzer {
	return Analyzer{
		Code:     "insecure_connection",
		Severity: diag.Warning,
		Title:    "Secrets may be sent to an unverified server",
		Doc: "An impostor gets the password and the keys of masks and of verification, and can reverse every " +
			"pseudonym with them.",
		Example: `insecure = "no_tls"`,
		Run: func(p *Pass) {
			for _, d := range p.Project.Databases {
				if d.Insecure == "" {
					continue
				}
				at := d.Range
				p.Report(Finding{
					Range:   &at,
					Address: d.Address(),
					Detail: fmt.Sprintf("insecure = %q sends the password of %s and the keys to an unverified "+
						"server. Use sslmode=verify-full with sslrootcert.",
						d.Insecure, d.Address()),
				})
			}
		},
	}
}

var setting = regexp.MustCompile(`(\w+)\s*=\s*('[^']*'|\S+)`)

// target returns the host, "" if unknown, and the sslmode of a connection string.
func target(text string) (host, mode string) {
	if u, err := url.Parse(text); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") {
		if host = u.Hostname(); host == "" {
			host = u.Query().Get("host")
		}
		return host, u.Query().Get("sslmode")
	}
	for _, m := range setting.FindAllStringSubmatch(text, -1) {
		switch m[1] {
		case "host":
			host = strings.Trim(m[2], "'")
		case "sslmode":
			mode = strings.Trim(m[2], "'")
		}
	}
	return host, mode
}

func verifyOff() Analyzer {
	return Analyzer{Code: "verify_off", Severity: diag.Warning, Title: "Copy is not verified before it is opened",
		Doc:     "Nothing then shows that no raw value was copied, and that all rows were.",
		Example: `verify = "off"`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Refreshes {
				if at := r.At.Verify.Range; r.Verify == "off" {
					p.Report(Finding{
						Range:   &at,
						Address: r.Address(),
						Detail: fmt.Sprintf("%s is not verified: neither raw values in the copy nor masks without "+
							"effect are detected. verify = \"sample\" takes seconds.", r.Address()),
					})
				}
			}
		}}
}

// unlocked reports sources that are not in the lock: a check that had nothing to check must not pass.
func unlocked() Analyzer {
	return Analyzer{Code: "unlocked", Severity: diag.Warning, Title: "Columns could not be checked",
		Doc: "Without the catalog in schema.lock.json the source's columns are unknown, " +
			"which most checks are about.",
		Example: "a refresh without schema.lock.json beside the spec",
		Run: func(p *Pass) {
			for _, r := range p.Project.Refreshes {
				if slices.ContainsFunc(p.Refreshes, func(known *Refresh) bool { return known.Spec == r }) {
					continue
				}
				at := r.Range
				p.Report(Finding{
					Range:   &at,
					Address: r.Address(),
					Detail: fmt.Sprintf("The schema lock does not contain %s, the source of %s. "+
						"Write it with %s, and commit it.", r.From.Address(), r.Address(),
						schemalock.InspectCommand(r.From)),
				})
			}
		}}
}

func unusedBlock() Analyzer {
	return Analyzer{Code: "unused_block", Severity: diag.Note, Title: "Unused block",
		Doc:     "It is a leftover, or its reference is misspelled.",
		Example: `secret "old_key" { env = "OLD_KEY" }`,
		Run: func(p *Pass) {
			used := map[string]bool{}
			for _, r := range p.Project.References {
				if r.From != r.To {
					used[r.To] = true
				}
			}
			for _, b := range p.Project.Blocks() {
				kind, _, _ := strings.Cut(b, ".")
				kind, _, _ = strings.Cut(kind, "[")
				switch kind {
				case "var", "local", "secret", "database", "mask":
				default:
					continue
				}
				if !used[b] {
					p.Report(Finding{
						Range:   p.Project.Place(b),
						Address: b,
						Detail:  fmt.Sprintf("Nothing refers to %s. Remove it, or use it.", b),
					})
				}
			}
		}}
}
