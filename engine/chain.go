package engine

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

// chain makes the keyed digests of a journal's records. Each covers the one before it, the first the run and its plan:
// so a record that was edited, removed or put elsewhere is noticed, and one of another run. What was cut off at the
// end is not: a killed run leaves the same.
type chain struct {
	key  secret.Value // empty: nothing is sealed
	name string       // of the keys
	last string
	// before is what the last record follows. One whose answer was lost is in the journal all the same, and the next
	// one follows what it followed.
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
	c := &chain{key: sealed.Join(keys), name: named(keys)}
	c.last = sealed.MAC(c.key, journalPurpose, append(info, substance...))
	c.before = c.last
	return c, nil
}

// sealed reports whether the records of the chain bear digests.
func (c *chain) sealed() bool { return c.key.Len() > 0 }

// bind returns a record with the digest that lets it follow the last one.
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

// appended makes a record the last one, when it is in the journal.
func (c *chain) appended(r Record) { c.before, c.last = c.last, r.MAC }

// follow reads the records of a journal up to its end, and refuses the first that is not the chain's.
func (c *chain) follow(run string, records []Record) error {
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

// notSealed says that a journal is not as a run left it, and what to do.
func notSealed(run, keys, why string) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     CodeJournalSeal,
		Summary:  "The journal of run " + run + " is not sealed with " + keys,
		Detail: why +
			" Nothing was changed. Find out who can write the journal. If its plan and records are right all " +
			"the same, shoji recover -unsealed puts the run back; else put back by hand what " +
			"the run left, and remove the " +
			"run from the journal.",
	}
}

// canonical is the JSON of a value with sorted names, whatever order a database keeps them in.
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
