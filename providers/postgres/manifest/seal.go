package manifest

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// Seal says that a manifest was made by somebody who may use the bucket's key directly, and not only write objects
// under it: Key is a data key under the bucket's key, bound to the place of one manifest, and MAC the keyed digest that
// is made with it.
type Seal struct {
	Key []byte `json:"key"`
	MAC string `json:"mac"`
}

// SealPurpose is the value of shoji-seal in the encryption context of the keys of seals. The policies of keys name it.
const SealPurpose = "manifest"

// purpose is the encryption context of a seal's key. Nothing in it is secret: it stands in the logs of KMS.
func purpose(at stage.Place) map[string]string {
	return map[string]string{"shoji-seal": SealPurpose, "shoji-manifest": at.URL(stage.ManifestName)}
}

// Probe makes sure that a run may seal its manifest, before hours of work.
func Probe(ctx context.Context, o stage.Objects, at stage.Place) error {
	if _, _, err := o.NewKey(ctx, purpose(at)); err != nil {
		return fmt.Errorf("making a key to seal the manifest with: %w", err)
	}
	return nil
}

// seal adds the seal.
func (m *Manifest) seal(ctx context.Context, o stage.Objects) error {
	key, packed, err := o.NewKey(ctx, purpose(m.Place))
	if err != nil {
		return fmt.Errorf("making a key to seal the manifest with: %w", err)
	}
	m.Seal = nil
	digest, err := kind().Sum(m)
	if err != nil {
		return fmt.Errorf("sealing the manifest: %w", err)
	}
	m.Seal = &Seal{Key: packed, MAC: sealed.MAC(key, "manifest", []byte(digest))}
	return nil
}

// genuine returns an error unless the exporter has sealed the manifest, all of it and for the place that it says.
func (m *Manifest) genuine(ctx context.Context, o stage.Objects, at URL, e Expected) error {
	forged := func(why string) error {
		return diag.Diagnostic{
			Severity: diag.Error,
			Code:     "manifest_seal",
			Summary:  "The manifest is not sealed by an export",
			Detail: fmt.Sprintf("%s %s. Nothing of it was used. Export again, and let nobody but the exporter write "+
				"the bucket or use %s directly.",
				at, why, e.Key),
		}
	}
	if m.Seal == nil {
		return forged("bears no seal")
	}
	key, opened, err := o.OpenKey(ctx, purpose(m.Place), m.Seal.Key)
	if err != nil {
		return fmt.Errorf("opening the seal of the manifest: %w", err)
	}
	if !opened {
		return forged("bears a seal that was not made with " + e.Key + " for this run")
	}
	plain := *m
	plain.Seal = nil
	digest, err := kind().Sum(&plain)
	if err != nil || !sealed.VerifyMAC(key, "manifest", []byte(digest), m.Seal.MAC) {
		return forged("is not what was sealed: somebody edited it")
	}
	return nil
}
