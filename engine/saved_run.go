package engine

import (
	"context"
	"fmt"
)

// SavedRun is a run as its journal has it.
type SavedRun struct {
	Info    RunInfo
	Plan    *Plan
	Records []Record
	// Sealed says that plan and records are known to be what the run wrote; false where its refreshes have no key.
	Sealed bool

	chain *chain
}

// ReadRun reads a run, and refuses one that is not sealed with the keys of its refreshes.
func ReadRun(ctx context.Context, store Store, info RunInfo, of KeyOf) (*SavedRun, error) {
	run, err := readRun(ctx, store, info)
	if err != nil {
		return nil, err
	}
	keys, err := run.Plan.keys(of.forRun(info, run.Plan))
	if err != nil {
		return nil, err
	}
	if run.Sealed, err = run.Plan.checkSeal(keys); err != nil {
		return nil, err
	}
	if run.chain, err = newChain(keys, info, run.Plan); err != nil {
		return nil, err
	}
	return run, run.chain.follow(info.ID, run.Records)
}

// ReadUnsealed reads a run whatever seals it bears. What it records from then on bears none.
func ReadUnsealed(ctx context.Context, store Store, info RunInfo) (*SavedRun, error) {
	run, err := readRun(ctx, store, info)
	if err != nil {
		return nil, err
	}
	run.chain = &chain{}
	return run, nil
}

func readRun(ctx context.Context, store Store, info RunInfo) (*SavedRun, error) {
	plan, records, err := store.Read(ctx, info.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the journal of run %s: %w", info.ID, err)
	}
	return &SavedRun{Info: info, Plan: plan, Records: records}, nil
}
