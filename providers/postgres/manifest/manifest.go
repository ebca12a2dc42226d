// Package manifest is what the exporting half of a refresh tells the importing one: everything that the importer needs
// of a source that it has no access to. It lies beside the staged objects and is written last, so that an export
// without one is none. It holds no row, no secret, and nothing derived from the key of the masks.
package manifest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// FormatVersion is that of manifests: a new minor only adds, a new major is refused by an older reader.
const FormatVersion = "1.2"

// Manifest describes one export.
type Manifest struct {
	FormatVersion string      `json:"format_version"`
	ShojiVersion  string      `json:"shoji_version"`
	Project       string      `json:"project"`
	Refresh       string      `json:"refresh"` // its address
	Run           string      `json:"run"`
	Time          time.Time   `json:"time"`
	Place         stage.Place `json:"place"`
	// Source is the identity of what was read, SpecDigest that of the spec's files.
	Source     engine.Endpoint `json:"source"`
	SpecDigest string          `json:"spec_digest"`
	Mode       engine.Mode     `json:"mode"`
	// Decisions are the tables as the exporter's spec decided them, in words; Records what was staged of those that
	// cross.
	Decisions []Decision     `json:"decisions"`
	Records   []stage.Record `json:"records"`
	Sequences []Sequence     `json:"sequences"`
	// Catalog, Shapes, Locale, Objects and Script are what of the source's structure an import needs. Objects are those
	// that privileges can be on, without anybody's privileges; Script is pg_dump's, nil in mode replace.
	Catalog *catalog.Catalog  `json:"catalog"`
	Shapes  map[string]string `json:"shapes"`
	Locale  catalog.Locale    `json:"locale"`
	Objects []acl.Object      `json:"objects"`
	Script  *ddl.Script       `json:"script,omitempty"`
	// Seal says who made it; since 1.1, without which none is taken.
	Seal *Seal `json:"seal,omitempty"`
	// Checksum is the SHA-256 of the manifest without it.
	Checksum string `json:"checksum,omitempty"`
}

// Decision is how one table crosses.
type Decision struct {
	Schema    string           `json:"schema"`
	Name      string           `json:"name"`
	Treatment engine.Treatment `json:"treatment"`
	Rows      string           `json:"rows,omitempty"`
	Columns   []Column         `json:"columns,omitempty"`
}

// Column is how one column crosses.
type Column struct {
	Name     string          `json:"name"`
	Type     string          `json:"type"`
	Decision engine.Decision `json:"decision"`
	Mask     string          `json:"mask,omitempty"`
}

// Sequence is where a sequence stood when all rows were exported.
type Sequence struct {
	Schema string                 `json:"schema"`
	Name   string                 `json:"name"`
	Value  transfer.SequenceValue `json:"value"`
}

// Write seals the manifest and puts it into its place.
func Write(ctx context.Context, o stage.Objects, m *Manifest) error {
	if err := m.seal(ctx, o); err != nil {
		return err
	}
	raw, err := kind().Encode(m)
	if err != nil {
		return fmt.Errorf("encoding the manifest: %w", err)
	}
	if _, _, err := o.Put(ctx, m.Place.Prefix+stage.ManifestName, bytes.NewReader(raw), ""); err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	return nil
}

// limit is far above what the structure of ten thousand tables takes.
const limit = 256 << 20

// Read gets a manifest, and a digest of all of it for a plan to be bound to. One that is truncated, edited, of a newer
// format, of another refresh or not sealed by its export is a Diagnostic that says so.
func Read(ctx context.Context, o stage.Objects, at URL, e Expected) (*Manifest, string, error) {
	raw, err := stage.ReadAll(ctx, o, at.Key, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading the manifest %s: %w", at, err)
	}
	m, err := kind().Decode(raw, at.String())
	if err == nil && m.Catalog == nil {
		err = fmt.Errorf("%s has no catalog. Export again", at)
	}
	if err == nil {
		err = m.Belongs(at, e)
	}
	if err == nil {
		err = m.genuine(ctx, o, at, e)
	}
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(raw)
	return m, hex.EncodeToString(sum[:]), nil
}

func kind() sealed.Kind[Manifest] {
	return sealed.Kind[Manifest]{
		Words: sealed.Words{
			Code:    "manifest",
			Name:    "manifest",
			Maker:   "apply -only export",
			Remedy:  "Give the manifest.json of an export, or export again.",
			Version: FormatVersion,
		},
		Checksum: func(m *Manifest) *string { return &m.Checksum },
	}
}
