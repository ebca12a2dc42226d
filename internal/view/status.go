package view

import (
	"fmt"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// Status is what `status` shows.
type Status struct {
	Journal   string           `json:"journal"`
	Refreshes []RefreshStatus  `json:"refreshes"`
	Runs      []engine.RunInfo `json:"runs"`
	Locks     []engine.Holder  `json:"locks"`
	// Unsealed is why the journal of a run cannot be trusted, by the ID of the run; Unverified why none could be
	// verified.
	Unsealed   map[string]string `json:"unsealed,omitempty"`
	Unverified string            `json:"unverified,omitempty"`
}

// RefreshStatus lists the copies of one refresh.
type RefreshStatus struct {
	Address string `json:"address"`
	Target  string `json:"target"`
	Copies  []Copy `json:"copies"`
	// Unseen says that the target could not be inspected.
	Unseen bool `json:"unseen,omitempty"`
}

// Copy is one database of a refresh. Run and Since are empty where no refresh made it.
type Copy struct {
	Role     string `json:"role"` // live, building, previous, leftover
	Database string `json:"database"`
	Run      string `json:"run,omitempty"`
	Since    string `json:"since,omitempty"`
	Sessions int    `json:"sessions"`
}

// ShownRuns is how many of the last runs are printed.
const ShownRuns = 10

// PrintStatus prints a status for a person.
func PrintStatus(streams Streams, st Status) {
	s := streams.OutStyle()
	line := func(format string, args ...any) { printLine(streams.Out, format, args...) }
	for _, r := range st.Refreshes {
		line("%s -> %s", s.bold(r.Address), r.Target)
		switch {
		case r.Unseen:
			line("  not inspected")
		case len(r.Copies) == 0:
			line("  no copy yet")
		}
		for _, c := range r.Copies {
			made := "not made by a refresh"
			if c.Run != "" {
				made = "run " + c.Run + ", " + c.Since
			}
			line("  %-9s %s  %s", c.Role, c.Database, s.dim(fmt.Sprintf("(%s; %d sessions)", made, c.Sessions)))
		}
	}
	line("%s", s.bold("Runs")+s.dim("  ("+st.Journal+")"))
	if len(st.Runs) == 0 {
		line("  none yet")
	}
	for i := len(st.Runs) - 1; i >= 0 && i >= len(st.Runs)-ShownRuns; i-- {
		r := st.Runs[i]
		took := ""
		if !r.Ended.IsZero() {
			took = " after " + elapsed(r.Ended.Sub(r.Started))
		}
		line("  %s  %-8s %s%s by %s", r.ID, r.Command, r.State, took, r.Who)
		if why := st.Unsealed[r.ID]; why != "" {
			line("    %s", s.red(why))
		}
	}
	if st.Unverified != "" {
		line("  The journals were not verified: %s", st.Unverified)
	}
	if len(st.Locks) > 0 {
		line("%s", s.bold("Locks"))
	}
	for _, h := range st.Locks {
		line("  %s  %s by %s (%s, process %d) since %s, until %s", h.ID, h.Target, h.Who, h.Operation, h.PID,
			h.Since.UTC().Format(time.RFC3339), h.Expires.UTC().Format(time.RFC3339))
	}
}
