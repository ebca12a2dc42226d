package docs_test

import (
	"path/filepath"
	"regexp"
	"testing"
)

// aPath is a code span that names a file, a directory or files of this repository.
var aPath = regexp.MustCompile("`([\\w.-]+(?:/[\\w.*-]+)+)`")

// TestPathsExist: the pages for those who change shoji name no file that is not there. A path is that from the root of
// the repository, or from the provider of PostgreSQL.
func TestPathsExist(t *testing.T) {
	found := 0
	for _, page := range []string{"architecture.md", "glossary.md", "../CONTRIBUTING.md"} {
		for _, m := range aPath.FindAllStringSubmatch(read(t, page), -1) {
			found++
			files, err := filepath.Glob(filepath.Join("..", m[1]))
			if err == nil && files == nil {
				files, err = filepath.Glob(filepath.Join("../providers/postgres", m[1]))
			}
			if err != nil || files == nil {
				t.Errorf("%s: there is no %s (%v)", page, m[1], err)
			}
		}
	}
	if found < 60 {
		t.Fatalf("only %d paths were found", found)
	}
}
