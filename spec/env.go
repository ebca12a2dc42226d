package spec

import (
	"slices"
	"sort"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/internal/diag"
)

// hazards are the names that allow takes. They are those of the engine, which this package lies below; a
// test holds the two lists equal.
func hazards() []string {
	return []string{
		"EXPOSES_DATA", "DELETES_DATA", "LOSES_ACCESS", "REQUIRES_REBOOT", "KEY_UNRECOVERABLE", "AFFECTS_OTHERS", "all",
	}
}

// environment finds the env block that was asked for.
func (l *loader) environment() {
	l.project.Env = l.options.Env
	var names []string
	for _, b := range l.of("env") {
		names = append(names, b.Labels[0])
	}
	if l.options.Env != "" && l.chosen() == nil {
		l.diags.Errorf(nil, "Unknown env", "There is no env %q.%s", l.options.Env,
			diag.DidYouMean(l.options.Env, names))
	}
	for _, b := range l.of("env") {
		content, ds := b.Body.Content(blockOf("env").hclSchema())
		l.add(ds)
		in := &instance{l: l, block: b, content: content}
		allow := in.strs("allow", true)
		for _, h := range allow {
			if !slices.Contains(hazards(), h) {
				l.unknown(in.at("allow"), "Unknown hazard", h, hazards())
			}
		}
		protected := in.boolean("protected")
		if b.Labels[0] == l.options.Env {
			l.project.Allow = allow
			l.project.Protected = protected != nil && *protected
		}
	}
}

// chosen is the block of the chosen environment.
func (l *loader) chosen() *hclsyntax.Block {
	for _, b := range l.of("env") {
		if b.Labels[0] == l.options.Env {
			return b
		}
	}
	return nil
}

// envVariables sets the variables that the chosen env block gives.
func (l *loader) envVariables(all map[string]*declared) {
	b := l.chosen()
	if b == nil {
		return
	}
	content, _ := b.Body.Content(blockOf("env").hclSchema())
	a, ok := content.Attributes["variables"]
	if !ok {
		return
	}
	v, ds := l.meter.value(a.Expr, nil)
	l.add(ds)
	if ds.HasErrors() || v.IsNull() || !v.Type().IsObjectType() {
		return
	}
	values := v.AsValueMap()
	names := make([]string, 0, len(values))
	for n := range values {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		if d := all[n]; d != nil {
			l.set(d, values[n], a.Expr.Range())
			continue
		}
		var known []string
		for k := range all {
			known = append(known, k)
		}
		l.unknown(a.Expr.Range(), "Unknown variable", n, known)
	}
}
