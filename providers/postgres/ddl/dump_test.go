package ddl

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// The independent witness is pg_dump's plain script of both databases.
func TestEntriesRestoreAnEqualStructure(t *testing.T) {
	source := nasty(t)
	script := dump(t, source, Args{})
	copied := pgtest.Database(t, pgtest.Server(t))
	statements := []string{"SET search_path = ''; SET check_function_bodies = off"}
	for _, section := range []Section{Pre, Post} {
		for _, e := range script.InSection(section) {
			if e.Type != "SCHEMA" || e.Name != "public" {
				statements = append(statements, e.SQL)
			}
		}
	}
	pgtest.Exec(t, copied, statements...)
	if diff := cmp.Diff(plainDump(t, source), plainDump(t, copied)); diff != "" {
		t.Errorf("the copy differs from the source (-source +copy):\n%s", diff)
	}
	if diff := cmp.Diff(digests(script), digests(dump(t, copied, Args{}))); diff != "" {
		t.Errorf("digests differ (-source +copy):\n%s", diff)
	}
}

func plainDump(t *testing.T, url string) string {
	t.Helper()
	cmd := exec.Command(program(t).Path, "--schema-only", "--no-owner")
	cmd.Env = append(os.Environ(), environ(t, url)...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^\\(un)?restrict .*$`).ReplaceAllString(string(out), "")
}

func digests(s *Script) map[string]string {
	m := map[string]string{}
	for _, e := range s.Entries {
		m[e.Object()] += e.Digest()
	}
	return m
}

func TestEntriesAreNamedAndPlaced(t *testing.T) {
	script := dump(t, nasty(t), Args{})
	type seen struct {
		Section Section
		Table   string
	}
	got := map[string]seen{}
	for _, e := range script.Entries {
		if e.Schema != "" && e.Table != "" && e.TableOID == 0 {
			t.Errorf("%s has a table and no OID", e.Object())
		}
		got[e.Object()] = seen{e.Section, e.Table}
	}
	for object, want := range map[string]seen{
		"table public.customers":                              {Pre, ""},
		`table "Weird ""Schema"""."t; Type: VIEW; Schema: x"`: {Pre, ""},
		`constraint "Weird ""Schema"""."t; Type: VIEW; Schema: x"."t; Type: VIEW; Schema: x_pkey"`: {
			Post, "t; Type: VIEW; Schema: x",
		},
		"index \"日本\".\"idx; with\nnewline\"":        {Post, "顧客 表\ntwo"},
		"fk constraint public.a_cycle.a_to_b":        {Post, "a_cycle"},
		"check constraint public.a_cycle.late_check": {Post, "a_cycle"},
		"trigger public.customers.touch_customers":   {Post, "customers"},
		"row security public.customers":              {Post, "customers"},
		"rule public.grouped._RETURN":                {},
		"default public.orders.id":                   {Pre, "orders"},
		"comment public.INDEX customers_name":        {Post, ""},
		"comment public.COLUMN customers.email":      {Pre, ""},
		"function public.tricky(text)":               {Pre, ""},
		"event trigger watch":                        {Post, ""},
	} {
		if object == "rule public.grouped._RETURN" {
			object, want = `rule public.grouped."_RETURN"`, seen{Post, "grouped"}
		}
		if got[object] != want {
			t.Errorf("%s: got %+v, want %+v", object, got[object], want)
		}
	}
}

func TestDumpNeedsNothingButSelect(t *testing.T) {
	source := pgtest.Database(t, pgtest.Server(t))
	role := pgtest.Role(t, pgtest.Server(t), "")
	pgtest.Exec(t, source,
		`CREATE TABLE open_t (id serial PRIMARY KEY); CREATE TABLE "Closed ""t" (id int); CREATE TABLE closed2 (id int);
		CREATE SCHEMA vault; CREATE TABLE vault.gold (id int);
		GRANT SELECT ON open_t TO `+role)
	masker := pgtest.As(t, source, role)

	_, err := Dump(context.Background(), program(t), environ(t, masker), Args{})
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Fatalf("tables that may not be read: got %v", err)
	}
	if strings.Contains(err.Error(), "PASSWORD") || strings.Contains(err.Error(), "'"+role+"'") {
		t.Errorf("the error shows a secret: %v", err)
	}
	script := dump(t, masker, Args{
		ExcludeTables:   []catalog.Ref{{Schema: "public", Name: `Closed "t`}, {Schema: "public", Name: "closed2"}},
		ExcludeTablesIn: []string{"vault"},
	})
	var tables []string
	for _, e := range script.Entries {
		if e.Type == "TABLE" {
			tables = append(tables, e.Path())
		}
	}
	if diff := cmp.Diff([]string{"public.open_t"}, tables); diff != "" {
		t.Error(diff)
	}
}

func TestDumpFailures(t *testing.T) {
	source := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, source, "CREATE TABLE t (id int)")

	wrong := environ(t, pgtest.As(t, source, "nobody_here"))
	if _, err := Dump(context.Background(), program(t), wrong, Args{}); err == nil ||
		!strings.Contains(err.Error(), "authentication failed") {
		t.Errorf("a wrong user: got %v", err)
	}

	holder := pgtest.Connect(t, source)
	if _, err := holder.Exec(context.Background(), "BEGIN; LOCK TABLE t"); err != nil {
		t.Fatal(err)
	}
	if _, err := Dump(context.Background(), program(t), environ(t, source), Args{
		LockTimeout: 100 * time.Millisecond,
	}); err == nil || !strings.Contains(err.Error(), "LOCK TABLE public.t") {
		t.Errorf("a locked table: got %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := Dump(ctx, program(t), environ(t, source), Args{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a cancelled run: got %v", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("cancelling took %s", took)
	}
}

func TestSecretsAreTakenOutOfMessages(t *testing.T) {
	got := redact("pg_dump: error: bad hunter2 near 'Ann''s mail'\nDETAIL:  Key (email)=(ann@x) exists\n",
		[]string{"PGPASSWORD=hunter2"})
	if want := "pg_dump: error: bad … near '…'"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	fake := func(dir, version string) string {
		dir = filepath.Join(root, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "pg_dump"),
			[]byte("#!/bin/sh\necho 'pg_dump (PostgreSQL) "+version+"'\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	onPath := fake("path", "14.9")
	fake("pg/16/bin", "16.3 (Debian 16.3-1)")
	fake("pg/18/bin", "18beta1")
	f := Finder{Path: onPath, Globs: []string{root + "/pg/*/bin"}}
	for server, want := range map[int]int{13: 14, 14: 14, 15: 16, 16: 16, 17: 18} {
		if p, err := f.Find(context.Background(), server); err != nil || p.Major != want {
			t.Errorf("server %d: got %+v, %v; want major %d", server, p, err, want)
		}
	}
	_, err := f.Find(context.Background(), 19)
	if err == nil || !strings.Contains(err.Error(), "14.9") || !strings.Contains(err.Error(), "PostgreSQL 19") ||
		!strings.Contains(err.Error(), "postgresql-client-19") {
		t.Errorf("all too old: got %v", err)
	}
	_, err = Finder{Bin: onPath, Globs: f.Globs}.Find(context.Background(), 16)
	if err == nil || !strings.Contains(err.Error(), "SHOJI_PG_BIN") {
		t.Errorf("SHOJI_PG_BIN too old: got %v", err)
	}
	_, err = Finder{}.Find(context.Background(), 16)
	if err == nil || !strings.Contains(err.Error(), "install") {
		t.Errorf("none: got %v", err)
	}
}

// A damaged archive is an error: never a panic, never an endless loop, never half a structure.
func TestDamagedArchive(t *testing.T) {
	cmd := exec.Command(program(t).Path, Args{}.list()...)
	cmd.Env = append(os.Environ(), environ(t, nasty(t))...)
	whole, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readArchive(strings.NewReader(string(whole))); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole)-16; n += 211 {
		if _, err := readArchive(strings.NewReader(string(whole[:n]))); err == nil {
			t.Fatalf("cut after %d of %d bytes: no error", n, len(whole))
		}
	}
	for n := 0; n < len(whole); n += 53 {
		damaged := []byte(string(whole))
		damaged[n] ^= 0xff
		a, err := readArchive(strings.NewReader(string(damaged)))
		if err == nil {
			_ = a.script() // must not panic
		}
	}
	newer := []byte(string(whole))
	newer[6] = 99
	if _, err := readArchive(strings.NewReader(string(newer))); err == nil || !strings.Contains(err.Error(), "1.99") {
		t.Errorf("an archive from the future: got %v", err)
	}
}
