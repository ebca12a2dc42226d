package lang

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// environment is an env block.
type environment struct {
	allow     []string
	protected bool
	variables hcl.Expression
	at        struct{ allow spec.Argument }
}

func envBlock(b *body, e *environment) {
	b.optional("variables", rawExpression("object", &e.variables), nil,
		"Values of variables, above their defaults and below everything else.")
	b.optional("allow", textOrTexts(&e.allow), &e.at.allow, "Hazards that need no `-allow`.")
	b.optional("protected", boolean(&e.protected), nil,
		"`apply` wants a saved plan, and a live copy that nothing can be "+
			"[compared with](plan-and-apply.md#what-crosses-now-and-did-not) is the hazard `EXPOSES_DATA`.")
}

// hazards are the names that allow takes. They are those of the engine, which this package lies below; a test holds the
// two lists equal.
func hazards() []string {
	return []string{"EXPOSES_DATA", "DELETES_DATA", "LOSES_ACCESS", "REQUIRES_REBOOT", "KEY_UNRECOVERABLE",
		"AFFECTS_OTHERS", "all"}
}

// readEnvironments reads the env blocks, and returns the chosen one.
func readEnvironments(r *reader, o Options) *environment {
	chosen := &environment{}
	var known []string
	for _, b := range r.of("env") {
		e := &environment{}
		r.decode(instance{Block: b}, func(b *body) { envBlock(b, e) })
		known = append(known, b.Labels[0])
		for _, h := range e.allow {
			if !slices.Contains(hazards(), h) {
				r.unknown(e.at.allow.Range, "Unknown hazard", h, hazards())
			}
		}
		if b.Labels[0] == r.project.Env {
			chosen = e
		}
	}
	if env := r.project.Env; env != "" && !slices.Contains(known, env) && !o.Earlier {
		r.diags.Errorf(nil, "Unknown env", "There is no env %q.%s", env, diag.DidYouMean(env, known))
	}
	r.project.Allow, r.project.Protected = chosen.allow, chosen.protected
	return chosen
}
