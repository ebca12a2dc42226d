package ddl

import (
	"crypto/sha256"
	"encoding/hex"
	"sort"

	"github.com/shoji-pg/shoji/engine"
)

// Fingerprints returns a fingerprint of each object of the script, sorted by name, to bind a plan to: address is that
// of the refresh, database that of the source ("database.prod"). Objects to which pg_dump gives the same name
// (operators with the same sign) share one.
func (s *Script) Fingerprints(address, database string) []engine.Fingerprint {
	digests := map[string][]string{}
	for _, e := range s.Entries {
		name := e.Object()
		digests[name] = append(digests[name], e.Digest())
	}
	out := make([]engine.Fingerprint, 0, len(digests))
	for name, all := range digests {
		digest := all[0]
		if len(all) > 1 {
			sort.Strings(all)
			h := sha256.New()
			for _, d := range all {
				h.Write([]byte(d))
			}
			digest = hex.EncodeToString(h.Sum(nil))
		}
		out = append(out, engine.Fingerprint{Address: address, Object: name + " of " + database, Digest: digest})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Object < out[j].Object })
	return out
}
