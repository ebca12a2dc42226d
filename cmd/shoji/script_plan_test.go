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
		saved, err := engine.ReadPlan(file)
		ts.Check(err)
		raw, err := json.MarshalIndent(saved, "", "  ")
		ts.Check(err)
		text := string(raw)
		changed := strings.ReplaceAll(text, args[1], args[2])
		if changed == text {
			continue
		}
		edited++
		p := engine.Plan{Texts: saved.Texts}
		ts.Check(json.Unmarshal([]byte(changed), &p))
		ts.Check(engine.WritePlan(file, &p))
	}
	if edited == 0 {
		ts.Fatalf("no file %s has %q", args[0], args[1])
	}
}
