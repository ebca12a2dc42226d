// Package examples holds complete specs. The shop's is the demo's too.
package examples

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
)

// shop is the spec of the shop that the lab's production server holds.
//
//go:embed shop/*.hcl
var shop embed.FS

// aurora is the shop's spec on Aurora, in two accounts. It shares most files with the shop's, byte for byte: a link out
// of a project is refused, so that its directory holds all of it.
//
//go:embed aurora/*.hcl
var aurora embed.FS

// WriteShop writes the shop's spec into a directory, which is made.
func WriteShop(dir string) error { return write(dir, shop, "shop") }

// WriteAurora writes the shop's spec for two accounts into a directory, which is made.
func WriteAurora(dir string) error { return write(dir, aurora, "aurora") }

func write(dir string, files embed.FS, root string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return fs.WalkDir(files, root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, filepath.Base(path)), text, 0o644)
	})
}
