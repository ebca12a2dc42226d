package engine

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

// chain computes the keyed digests of the records of a journal. Each covers the one before it, and the first covers the
// run and its plan, so that a record that was edited, removed or moved is noticed, and one of another run. Records that
// were cut off at the end are not: a killed run leaves the same.
type chain struct {
	key  secret.Value // empty where nothing is sealed
	name string       // of the keys, for messages
	last string
	// before is the digest that the last record follows. A record can be in the journal although appending it failed;
	// the next one then follows the same.
	before string
}

func newChain(keys []sealed.Key, run RunInfo, plan *Plan) (*chain, error) {
	if len(keys) == 0 {
		return &chain{}, nil
	}
	run.State, run.Ended = "", run.Started // these are read from the records
	info, err := canonical(run)
	if err != nil {
		return nil, err
	}
	substance, err := plan.substance()
	if err != nil {
		return nil, err
	}
	c := &chain{key: sealed.Join(keys), name: keyNames(keys)}
	c.last = sealed.MAC(c.key, journalPurpose, append(info, substance...))
	c.before = c.last
	return c, nil
}

// sealed reports whether the records of the chain have digests.
func (c *chain) sealed() bool { return c.key.Len() > 0 }

// bind returns the record with the digest that makes it follow the last one.
func (c *chain) bind(r Record) (Record, error) {
	r.MAC = ""
	if !c.sealed() {
		return r, nil
	}
	raw, err := canonical(r)
	if err != nil {
		return r, err
	}
	r.MAC = sealed.MAC(c.key, journalPurpose, append([]byte(c.last), raw...))
	return r, nil
}

// appended makes a record that is in the journal the last one.
func (c *chain) appended(r Record) { c.before, c.last = c.last, r.MAC }

// verify follows the records of a journal to the end, and returns an error for the first that does not belong there.
func (c *chain) verify(run string, records []Record) error {
	if !c.sealed() {
		return nil
	}
	for i, r := range records {
		raw, err := canonical(Record{r.FormatVersion, r.Time, r.Kind, r.Step, r.State, r.Error, r.Data, ""})
		if err != nil {
			return err
		}
		genuine := func(after string) bool {
			return sealed.VerifyMAC(c.key, journalPurpose, append([]byte(after), raw...), r.MAC)
		}
		switch {
		case genuine(c.last):
			c.appended(r)
		case genuine(c.before):
			c.last = r.MAC
		default:
			return notSealed(run, c.name,
				fmt.Sprintf("Record %d of its journal is not what the run wrote: it was edited, "+
					"or one before it is missing.", i+1))
		}
	}
	return nil
}

// notSealed returns the error for a journal that is not as its run left it.
func notSealed(run, keys, why string) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     CodeJournalSeal,
		Summary:  "The journal of run " + run + " is not sealed with " + keys,
		Detail: why + " Nothing was changed. Find out who can write the journal. If its plan and records are correct " +
			"nevertheless, shoji recover -unsealed puts the run back. Otherwise undo by hand what the run left, and " +
			"remove the run from the journal.",
	}
}

// canonical returns the JSON of a value with sorted names: a database may keep them in any order.
func canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var plain any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&plain); err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}
