package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/shoji-pg/shoji/internal/sealed"
)

// DirOptions are what a directory store needs from its surroundings.
type DirOptions struct {
	Now    func() time.Time
	Random io.Reader
}

// dirStore keeps journals in files: runs/ID/run.json, plan.json and journal.jsonl, and leases in leases/.
type dirStore struct {
	dir string
	DirOptions
}

// OpenDir returns the store in a directory, which is created with mode 0700 when something is first written.
func OpenDir(dir string, o DirOptions) (Store, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("opening the journal: %s is not a directory", dir)
	}
	return &dirStore{dir, o}, nil
}

func (d *dirStore) String() string { return "directory " + d.dir }

func (d *dirStore) run(id string) string { return filepath.Join(d.dir, "runs", id) }

// runFile is run.json.
type runFile struct {
	FormatVersion string `json:"format_version"`
	RunInfo
}

func (d *dirStore) Begin(_ context.Context, run RunInfo, plan *Plan) (Journal, error) {
	dir := d.run(run.ID)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if err := WritePlan(filepath.Join(dir, "plan.json"), plan); err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(runFile{JournalVersion, run}, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := writeSynced(filepath.Join(dir, "run.json"), raw); err != nil {
		return nil, err
	}
	return d.open(run.ID, os.O_CREATE|os.O_EXCL)
}

func (d *dirStore) Continue(_ context.Context, id string) (Journal, error) { return d.open(id, 0) }

func (d *dirStore) open(id string, flags int) (Journal, error) {
	name := filepath.Join(d.run(id), "journal.jsonl")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND|flags, 0o600)
	if err != nil {
		return nil, err
	}
	// A run that was killed while it wrote leaves half a line. Nothing was done because of it, so it is cut off.
	raw, err := io.ReadAll(f)
	if err == nil {
		if whole := bytes.LastIndexByte(raw, '\n') + 1; whole < len(raw) {
			err = f.Truncate(int64(whole))
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &dirJournal{f: f}, syncDir(filepath.Dir(name))
}

// dirJournal appends to a file and syncs it.
type dirJournal struct {
	mu sync.Mutex
	f  *os.File
}

func (j *dirJournal) Append(_ context.Context, r Record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.f.Write(append(raw, '\n')); err != nil {
		return err
	}
	return j.f.Sync()
}

func (j *dirJournal) Close() error { return j.f.Close() }

func (d *dirStore) Runs(context.Context) ([]RunInfo, error) {
	entries, err := os.ReadDir(filepath.Join(d.dir, "runs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var runs []RunInfo
	for _, e := range entries {
		info, records, err := d.read(e.Name(), changesState)
		if errors.Is(err, fs.ErrNotExist) {
			continue // killed before it wrote anything, so nothing had begun
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, Summarise(info, records))
	}
	sort.SliceStable(runs, func(i, j int) bool { return runs[i].Started.Before(runs[j].Started) })
	return runs, nil
}

// Summarise returns info with the state that the records of the run end with.
func Summarise(info RunInfo, records []Record) RunInfo {
	info.State = RunRunning
	for _, r := range records {
		if r.Kind == StateChanged {
			info.State, info.Ended = r.State, time.Time{}
			if r.State != RunRunning {
				info.Ended = r.Time
			}
		}
	}
	return info
}

func (d *dirStore) Forget(_ context.Context, id string) error {
	dir := d.run(id)
	// First what makes it a run: one whose journal alone is gone would look as if it had not ended.
	if err := os.Remove(filepath.Join(dir, "run.json")); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

func (d *dirStore) Read(_ context.Context, id string) (*Plan, []Record, error) {
	if id == "" || strings.ContainsAny(id, `/\`) {
		return nil, nil, fmt.Errorf("%q is not the ID of a run", id)
	}
	_, records, err := d.read(id, nil)
	if err != nil {
		return nil, nil, err
	}
	plan, err := ReadPlan(filepath.Join(d.run(id), "plan.json"))
	return plan, records, err
}

// changesState reports whether a line of a journal may be a record of the state. A run of thousands of steps has tens
// of thousands of other records, and many runs are listed.
func changesState(line []byte) bool { return bytes.Contains(line, []byte(`"`+StateChanged+`"`)) }

// read reads a run, and those of its records whose lines are wanted; nil is for all.
func (d *dirStore) read(id string, wanted func(line []byte) bool) (RunInfo, []Record, error) {
	raw, err := os.ReadFile(filepath.Join(d.run(id), "run.json"))
	if err != nil {
		return RunInfo{}, nil, err
	}
	var file runFile
	if err := errors.Join(sealed.CheckDuplicates(raw), json.Unmarshal(raw, &file)); err != nil {
		return RunInfo{}, nil, fmt.Errorf("reading run %s: %w", id, err)
	}
	if err := sealed.CheckFormat("journal", file.FormatVersion, JournalVersion); err != nil {
		return RunInfo{}, nil, fmt.Errorf("reading run %s: %w", id, err)
	}
	f, err := os.Open(filepath.Join(d.run(id), "journal.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return file.RunInfo, nil, nil
	}
	if err != nil {
		return RunInfo{}, nil, err
	}
	defer func() { _ = f.Close() }()
	records, err := readRecords(f, wanted)
	if err != nil {
		return RunInfo{}, nil, fmt.Errorf("reading the journal of run %s: %w", id, err)
	}
	return file.RunInfo, records, nil
}

// readRecords reads the records whose lines are wanted, one a line. Half a line at the end is what a killed run leaves,
// and no record.
func readRecords(r io.Reader, wanted func(line []byte) bool) ([]Record, error) {
	var records []Record
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		if wanted != nil && !wanted(line) {
			continue
		}
		var rec Record
		if err := errors.Join(sealed.CheckDuplicates(line), json.Unmarshal(line, &rec)); err != nil {
			return nil, fmt.Errorf("line %d is damaged: %w", n, err)
		}
		if err := sealed.CheckFormat("journal", rec.FormatVersion, JournalVersion); err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
}

func writeSynced(name string, raw []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}
