package docs_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

func TestBlocksAreCurrent(t *testing.T) { generated(t, "spec.md", lang.Markdown()) }

// TestPoliciesAreCurrent shows each policy as the code generates it.
func TestPoliciesAreCurrent(t *testing.T) {
	source, target := policy.Place{Partition: "aws", Region: "ap-northeast-1", Account: "111111111111"},
		policy.Place{Partition: "aws", Region: "ap-northeast-1", Account: "222222222222"}
	export, imports := source.Role("/", "shop-s3-export"), target.Role("/", "shop-s3-import")
	const key = "arn:aws:kms:ap-northeast-1:111111111111:key/1234abcd-…"
	access := policy.Access{At: source, Label: "transfer", Name: "shop-transfer", Prefix: "shoji/", Key: key}
	write, read := access, access
	write.Write, read.Read = true, true
	var b strings.Builder
	for _, p := range []struct {
		title    string
		document policy.Document
	}{
		{
			"The key. Its account's root keeps every right, or nobody could mend the policy any more",
			policy.ForKey(source, policy.KeyUse{Encrypt: []string{export}, Decrypt: []string{imports}}),
		},
		{
			"The bucket", policy.ForBucket(source, policy.BucketUse{
				Name:   "shop-transfer",
				Prefix: "shoji/",
				Key:    key,
				Write:  []string{export},
				Read:   []string{imports},
			}),
		},
		{"The role that exports", policy.ForRole([]policy.Access{write}, nil)},
		{"The role that imports", policy.ForRole([]policy.Access{read}, nil)},
		{
			"Who may assume a role that a cluster works with",
			policy.New(policy.ForTrust(target, policy.Trust{
				Service:  "rds.amazonaws.com",
				Clusters: []string{"shop-staging"},
			})),
		},
		{
			"The users of a database",
			policy.New(policy.ForConnect(target, "staging", "cluster-ABCDEFGHIJKLMNOP", []string{"oltp_ro_user"})),
		},
	} {
		fmt.Fprintf(&b, "%s:\n\n```json\n%s\n```\n\n", p.title, p.document.JSON())
	}
	generated(t, "aws.md", b.String())
}

func TestSettingsAreCurrent(t *testing.T) {
	generated(t, "modes-and-types.md", conn.SettingsMarkdown())
}

func TestMasksAreCurrent(t *testing.T) { generated(t, "masks.md", mask.Markdown()) }

func TestKindsAreCurrent(t *testing.T) { generated(t, "recognition.md", personal.Markdown()) }

func TestCodesAreCurrent(t *testing.T) { generated(t, "lint.md", lint.Markdown()) }

func TestCommandsAreCurrent(t *testing.T) {
	var b strings.Builder
	for _, c := range commands(t) {
		if c.name == "completion" {
			continue // above
		}
		fmt.Fprintf(&b, "### `shoji %s`\n\n%s.\n\n```text\n%s\n```\n\n", c.name, capital(c.summary), c.usage)
	}
	generated(t, "commands.md", b.String())
}

func TestCompletionOfEveryShell(t *testing.T) {
	for shell, part := range map[string]string{
		"bash": "complete ",
		"zsh":  "#compdef shoji",
		"fish": "complete -c shoji",
		"pwsh": "Register-ArgumentCompleter",
	} {
		if script := shoji(t, "completion", shell); !strings.Contains(script, part) {
			t.Errorf("the completion of %s lacks %q:\n%s", shell, part, script)
		}
	}
}

// command is what the program says of one of its commands.
type command struct{ name, summary, usage string }

var listed = regexp.MustCompile(`(?m)^   ([\w-]+)(?:, \w+)?  +(.+)$`)

// commands asks the program for all of its commands; those of lab follow it.
func commands(t *testing.T) []command {
	t.Helper()
	var out []command
	for _, m := range listed.FindAllStringSubmatch(section(shoji(t, "help"), "COMMANDS"), -1) {
		if m[1] == "help" {
			continue
		}
		out = append(out, command{m[1], m[2], usage(shoji(t, m[1], "-help"))})
		if m[1] != "lab" {
			continue
		}
		for _, s := range listed.FindAllStringSubmatch(section(shoji(t, "help", "lab"), "COMMANDS"), -1) {
			out = append(out, command{"lab " + s[1], s[2], usage(shoji(t, "lab", s[1], "-help"))})
		}
	}
	if len(out) < 15 {
		t.Fatalf("the help lists only %d commands", len(out))
	}
	return out
}

// usage is a help without its first and its last part, which all have in common.
func usage(help string) string {
	_, help, _ = strings.Cut(help, "USAGE:\n")
	help, _, _ = strings.Cut(help, "\nGLOBAL OPTIONS:")
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(help, "\n"), "\n") {
		if strings.Contains(line, "--help, -h") {
			continue
		}
		lines = append(lines, strings.TrimPrefix(strings.TrimRight(line, " "), "   "))
	}
	return strings.TrimSuffix(strings.TrimRight(strings.Join(lines, "\n"), "\n"), "\n\nOPTIONS:")
}

// section is the part of a help below a title in capitals.
func section(help, title string) string {
	_, rest, _ := strings.Cut(help, "\n"+title+":\n")
	rest, _, _ = strings.Cut(rest, "\n\n")
	return rest
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// program builds the command once for all tests.
var program = sync.OnceValues(func() (string, error) {
	file := filepath.Join(built, "shoji")
	out, err := exec.Command("go", "build", "-o", file, "../cmd/shoji").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building shoji: %w: %s", err, out)
	}
	return file, nil
})

func shoji(t *testing.T, args ...string) string {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(file, args...).Output()
	if err != nil {
		t.Fatalf("shoji %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
