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
	return Analyzer{Code: "unencrypted", Severity: diag.Warning, Title: "A connection that may go unencrypted",
		Doc: "Masked rows cross the network readable, or for who poses as the server, and keys and passwords do " +
			"not go there: the plan fails. A note for sslmode=require, which encrypts and " +
			"does not ask whom it talks to.",
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
					f.Detail = fmt.Sprintf("%s encrypts, and does not check that it talks to %s. Use "+
						"sslmode=verify-full with the server's certificate authority (sslrootcert).", d.Address(), host)
				case "":
					f.Detail = fmt.Sprintf("%s names no sslmode, and falls back to plain text where the server wants "+
						"it. Add sslmode=verify-full.", d.Address())
				default:
					f.Detail = fmt.Sprintf("%s says sslmode=%s, which allows plain text. Use sslmode=verify-full.",
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
		Title:    "Secrets that may go to whoever answers",
		Doc: "Whoever poses as the server gets the password and the keys of masks and of verification, and " +
			"undoes every pseudonym with them.",
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
					Detail: fmt.Sprintf("insecure = %q lets the password of %s and the keys go to a server that has "+
						"not proven who it is. Use sslmode=verify-full with sslrootcert.",
						d.Insecure, d.Address()),
				})
			}
		},
	}
}

var setting = regexp.MustCompile(`(\w+)\s*=\s*('[^']*'|\S+)`)

// target gives host and sslmode of a connection string; the host is "" where it is not known, or there is none.
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
	return Analyzer{Code: "verify_off", Severity: diag.Warning, Title: "Nothing is verified before the copy is opened",
		Doc:     "That no raw value arrived, and that all rows did, is then nobody's to say.",
		Example: `verify = "off"`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Refreshes {
				if at := r.At.Verify.Range; r.Verify == "off" {
					p.Report(Finding{
						Range:   &at,
						Address: r.Address(),
						Detail: fmt.Sprintf("%s is not verified: neither raw values in the copy nor a mask that "+
							"changes nothing are found. "+
							"verify = \"sample\" costs seconds.", r.Address()),
					})
				}
			}
		}}
}

// unlocked is found where the lock lacks a source: a gate that was given nothing to look at must not be passed.
func unlocked() Analyzer {
	return Analyzer{Code: "unlocked", Severity: diag.Warning, Title: "Columns that could not be looked at",
		Doc: "Without the catalog in schema.lock.json nothing is known of the source's columns, and most of what " +
			"lint looks for is about them.",
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
					Detail: fmt.Sprintf("The schema lock does not have %s, the source of %s. "+
						"Write it with %s, and commit it.", r.From.Address(), r.Address(),
						schemalock.InspectCommand(r.From)),
				})
			}
		}}
}

func unusedBlock() Analyzer {
	return Analyzer{Code: "unused_block", Severity: diag.Note, Title: "A block that nothing refers to",
		Doc:     "It was meant for something that is misspelt, or is left over.",
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
						Detail:  fmt.Sprintf("Nothing refers to %s. Take it away, or use it.", b),
					})
				}
			}
		}}
}
