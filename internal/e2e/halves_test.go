package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTwoHalvesInTwoAccounts: each side has the credentials and the secrets of its own account, and nothing else.
func TestTwoHalvesInTwoAccounts(t *testing.T) {
	w := shared
	w.refreshed(t)
	profiles, err := os.ReadFile(w.SDK()["AWS_SHARED_CREDENTIALS_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	prod, staging, _ := strings.Cut(string(profiles), "[staging]")
	half := func(credentials string, absent ...string) *project {
		p := w.aurora(t)
		file := filepath.Join(t.TempDir(), "credentials")
		if err := os.WriteFile(file, []byte(credentials), 0o600); err != nil {
			t.Fatal(err)
		}
		p.env["AWS_SHARED_CREDENTIALS_FILE"] = file
		for _, name := range absent {
			delete(p.env, name)
		}
		return p
	}
	exporter, importer := half(prod), half("[staging]"+staging, "SHOJI_MASK_KEY")
	w.exec(t, "prod", "shop",
		"INSERT INTO products (sku, name, name_ja, price, stock, attributes) SELECT 'E2E-1', 'between the halves', "+
			"'', 1, 1, '{}' WHERE NOT EXISTS (SELECT FROM products WHERE sku = 'E2E-1')")

	exporter.ok("plan", "-only", "export", "-out", "export.plan")
	out := exporter.ok("apply", "export.plan")
	_, manifest, found := strings.Cut(out, "-manifest ")
	if !found {
		t.Fatal(last(out))
	}
	manifest = strings.Fields(manifest)[0]
	if staged := w.staged(t); len(staged) < 20 {
		t.Errorf("staged: %v", staged)
	}
	importer.ok("plan", "-only", "import", "-manifest", manifest, "-out", "import.plan")
	importer.ok("apply", "import.plan")
	w.arrived(t)
	if w.count(t, "staging", "SELECT count(*) FROM products WHERE sku = 'E2E-1'") != 1 {
		t.Error("the copy is not that of the export")
	}
	exporter.secretless()
	importer.secretless()
	w.empty(t) // the importer may not remove what belongs to the other account
	w.clean(t)
}
