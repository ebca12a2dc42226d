package engine

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// KeyOf returns the key that seals the plans and journals of a refresh: nil where the spec gives it none, and an error
// that is ErrKeyUnread where the key cannot be read.
type KeyOf func(refresh string) (*sealed.Key, error)

// ErrKeyUnread says that a key of the spec cannot be read.
var ErrKeyUnread = errors.New("the key cannot be read")

// forPlan returns of for a plan. An import may be planned where the key is not available.
func (of KeyOf) forPlan(p *Plan) KeyOf {
	if p.Only == OnlyImport {
		return of.optional()
	}
	return of
}

// forRun returns of for the journal of a run. An import or a rollback may run where the key is not available. Where it
// is, a run that merely claims to be one of those needs the seal of every other run.
func (of KeyOf) forRun(run RunInfo, p *Plan) KeyOf {
	if run.Command == CommandRollback {
		return of.optional()
	}
	return of.forPlan(p)
}

// optional returns of with keys that cannot be read taken for none.
func (of KeyOf) optional() KeyOf {
	if of == nil {
		return nil
	}
	return func(refresh string) (*sealed.Key, error) {
		key, err := of(refresh)
		if errors.Is(err, ErrKeyUnread) {
			return nil, nil
		}
		return key, err
	}
}

// The purposes of seals. A seal made for one does not hold for the other.
const (
	planPurpose    = "plan"
	journalPurpose = "journal"
)

// The codes of diagnostics about documents that are not sealed with the keys of the spec.
const (
	CodePlanSeal    = "plan_seal"
	CodeJournalSeal = "journal_seal"
)

// SealWith seals a plan with the keys of its refreshes. A checksum says that a file is complete; a seal says that
// somebody who has the keys made it. A plan without such keys gets no seal.
func (p *Plan) SealWith(of KeyOf) error {
	keys, err := p.keys(of.forPlan(p))
	if err != nil {
		return err
	}
	substance, err := p.substance()
	if err != nil {
		return err
	}
	p.Seal = sealed.Sign(keys, planPurpose, substance)
	return nil
}

// CheckSeal returns an error for a saved plan that is not sealed with the keys of its refreshes. keyed is false where
// they have none. An import may lack the keys; the steps of its file are compared with those made now.
func (p *Plan) CheckSeal(of KeyOf) (keyed bool, err error) {
	if p.Only == OnlyImport {
		return false, nil
	}
	keys, err := p.keys(of)
	if err != nil {
		return false, err
	}
	return p.checkSeal(keys)
}

func (p *Plan) checkSeal(keys []sealed.Key) (keyed bool, err error) {
	if len(keys) == 0 {
		return false, nil
	}
	substance, err := p.substance()
	if err != nil {
		return true, err
	}
	return true, checkSeal(p.Seal, keys, substance)
}

// checkSeal returns an error for the seal of a plan that keys do not make of what it covers.
func checkSeal(seal *sealed.Seal, keys []sealed.Key, substance []byte) error {
	if seal.Verify(keys, planPurpose, substance) {
		return nil
	}
	why := "It was made with another key, or edited, and its checksum made again."
	if seal == nil {
		why = "It bears no seal: an earlier version of shoji made it, or somebody removed the seal."
	}
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     CodePlanSeal,
		Summary:  "The plan is not sealed with " + keyNames(keys),
		Detail: why + " Nothing was changed. Create a new plan and review it. If this is the plan of a run in the " +
			"journal, and it is correct nevertheless, shoji recover -unsealed puts the run back.",
	}
}

// keys returns the keys of the refreshes of a plan, and of those that it has steps to put back for.
func (p *Plan) keys(of KeyOf) ([]sealed.Key, error) {
	if of == nil {
		return nil, nil
	}
	addresses := map[string]bool{}
	for _, r := range p.Refreshes {
		addresses[r.Address] = true
	}
	for _, s := range p.Steps {
		if s.PutBack != PutBackNever {
			addresses[s.Address] = true
		}
	}
	found := map[string]sealed.Key{}
	for address := range addresses {
		key, err := of(address)
		if err != nil {
			return nil, err
		}
		if key != nil {
			found[key.Address] = *key
		}
	}
	keys := make([]sealed.Key, 0, len(found))
	for _, k := range found {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b sealed.Key) int { return cmp.Compare(a.Address, b.Address) })
	return keys, nil
}

// keyNames returns the addresses of keys for a message.
func keyNames(keys []sealed.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Address
	}
	return strings.Join(names, " and ")
}
