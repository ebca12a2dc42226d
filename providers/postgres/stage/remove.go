package stage

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// ManifestName is the name of the object that is written last.
const ManifestName = "manifest.json"

// rangesName names the object that says into how many ranges a table is cut. It is written before the first of them, so
// that all of them can be removed whatever happens to the run.
func (t *Table) rangesName() string { return t.Stem + ".ranges" }

func writeRanges(ctx context.Context, o Objects, at Place, t *Table, n int) error {
	if t.RangeBytes == 0 {
		return nil
	}
	if _, _, err := o.Put(ctx, at.Prefix+t.rangesName(), strings.NewReader(strconv.Itoa(n)), ""); err != nil {
		return fmt.Errorf("writing down the ranges of %s.%s: %w", t.Schema, t.Name, err)
	}
	return nil
}

// ranges returns how many ranges of a table may be staged.
func ranges(ctx context.Context, o Objects, at Place, t *Table) (int, error) {
	if t.RangeBytes == 0 {
		return 1, nil
	}
	_, _, _, found, err := o.Head(ctx, at.Prefix+t.rangesName())
	if err != nil || !found {
		return 0, err
	}
	raw, err := ReadAll(ctx, o, at.Prefix+t.rangesName(), 20)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return 0, fmt.Errorf("%s holds no number", at.URL(t.rangesName()))
	}
	return n, nil
}

// Outline is what Remove must know of a table.
func (t *Table) Outline() Table {
	out := Table{Ways: t.Ways, Stem: t.Stem, Compression: t.Compression, RangeBytes: t.RangeBytes}
	out.Schema, out.Name = t.Schema, t.Name
	if !t.Empty() {
		out.Columns = []transfer.Column{{Name: t.Columns[0].Name}}
	}
	return out
}

// Remove takes everything out of the bucket that a run may have put there, by name. What was exported is not known
// after a failure. Inferred: a server leaves the parts of an export that failed, so they are counted up to the first
// that is not there.
func Remove(ctx context.Context, o Objects, at Place, tables []Table) error {
	keys := []string{at.Prefix + ManifestName, at.Prefix + probeName}
	for i := range tables {
		found, err := staged(ctx, o, at, &tables[i])
		if err != nil {
			return fmt.Errorf("looking for what is staged below %s: %w", at.URL(""), err)
		}
		keys = append(keys, found...)
	}
	if err := o.Delete(ctx, keys); err != nil {
		return fmt.Errorf("removing what is staged below %s: %w", at.URL(""), err)
	}
	if err := o.Abandon(ctx, at.Prefix); err != nil {
		return fmt.Errorf("ending the uploads below %s: %w", at.URL(""), err)
	}
	return nil
}

// staged returns the keys of all objects of a table that may exist, the one that counts its ranges last.
func staged(ctx context.Context, o Objects, at Place, t *Table) ([]string, error) {
	keys := []string{at.Prefix + t.RecordName()}
	count, err := ranges(ctx, o, at, t)
	if err != nil {
		return nil, err
	}
	for n := 1; n <= count && !t.Empty(); n++ {
		keys = append(keys, at.Prefix+t.Object(n))
		if t.Export != spec.WayServer {
			continue
		}
		for p := 2; ; p++ {
			key := at.Prefix + partName(t.Object(n), p)
			_, _, _, found, err := o.Head(ctx, key)
			if err != nil {
				return nil, err
			}
			if !found {
				break
			}
			keys = append(keys, key)
		}
	}
	if t.RangeBytes > 0 {
		keys = append(keys, at.Prefix+t.rangesName())
	}
	return keys, nil
}

const probeName = "probe"

// Probe writes, reads and removes a small object: what a run needs of the bucket and its key is known before hours of
// work, and before a snapshot is held.
func Probe(ctx context.Context, o Objects, at Place) error {
	if _, _, err := o.Put(ctx, at.Prefix+probeName, strings.NewReader("shoji"), ""); err != nil {
		return fmt.Errorf("writing to %s: %w", at.URL(""), err)
	}
	if _, err := ReadAll(ctx, o, at.Prefix+probeName, 100); err != nil {
		return fmt.Errorf("reading from %s: %w", at.URL(""), err)
	}
	if err := o.Delete(ctx, []string{at.Prefix + probeName}); err != nil {
		return fmt.Errorf("removing from %s: %w", at.URL(""), err)
	}
	return nil
}
