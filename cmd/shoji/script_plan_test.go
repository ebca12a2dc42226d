package main

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shoji-pg/shoji/engine"
)

// replanCommand edits plan files as somebody does who has them and no key: the text, and the checksum made again.
func replanCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || neg {
		ts.Fatalf("usage: replan PATTERN OLD NEW")
	}
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	edited := 0
	for _, file := range files {
		text := ts.ReadFile(file)
		changed := strings.ReplaceAll(text, args[1], args[2])
		if changed == text {
			continue
		}
		edited++
		var p engine.Plan
		ts.Check(json.Unmarshal([]byte(changed), &p))
		ts.Check(engine.WritePlan(file, &p))
	}
	if edited == 0 {
		ts.Fatalf("no file %s has %q", args[0], args[1])
	}
}
