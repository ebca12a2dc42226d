package view

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
)

// Plan prints a plan for a person: the changes with their statements, the refreshes with every column, the hazards and
// the summary.
func Plan(w io.Writer, s Style, p *engine.Plan) {
	t := planText{w: w, s: s}
	if !p.HasChanges() {
		t.warnings(p)
		t.line("%s %s match the spec; there is nothing to do.", t.s.bold(t.s.green("No changes.")), comparedParts(p))
		return
	}
	t.legend(p)
	if len(p.Targets)+len(p.Excludes) > 0 {
		t.line("Only a part of the spec is planned (%s).\n", selectionText(p))
	}
	for _, c := range p.Changes {
		if c.Action != engine.NoOp {
			t.change(c)
		}
	}
	for _, r := range p.Refreshes {
		t.refresh(r)
		t.structure(p, r)
		t.calls(p, r)
	}
	t.warnings(p)
	t.line("%s", t.s.bold(p.Summary().String()))
	t.hazards(p)
}

// comparedParts returns the subject of a sentence about what the plan compared with the spec.
func comparedParts(p *engine.Plan) string {
	switch {
	case len(p.Accounts) == 0:
		return "The databases"
	case len(p.Endpoints) == 0:
		return "The accounts"
	}
	return "The databases and accounts"
}

func selectionText(p *engine.Plan) string {
	var parts []string
	for _, a := range p.Targets {
		parts = append(parts, "-target "+a)
	}
	for _, a := range p.Excludes {
		parts = append(parts, "-exclude "+a)
	}
	return strings.Join(parts, " ")
}

// planText writes plans to a stream.
type planText struct {
	w io.Writer
	s Style
}

func (t planText) line(format string, args ...any) {
	printLine(t.w, format, args...)
}

// legend explains the symbols that are used, and no others.
func (t planText) legend(p *engine.Plan) {
	used := map[engine.Action]bool{}
	for _, c := range p.Changes {
		used[c.Action] = true
	}
	if len(p.Refreshes) > 0 {
		used[engine.Execute] = true
	}
	t.line("shoji will perform the following actions. Symbols:")
	for _, a := range []struct {
		action engine.Action
		text   string
	}{{engine.Create, "create"}, {engine.Update, "update in place"}, {engine.Delete, "destroy"},
		{engine.Replace, "destroy, then create"}, {engine.Execute, "run"}} {
		if used[a.action] {
			t.line("  %s %s", t.s.action(a.action, fmt.Sprintf("%-3s", symbol(a.action))), a.text)
		}
	}
	t.line("")
}

func (t planText) change(c engine.Change) {
	where := ""
	if c.Range != nil {
		where = "  " + t.s.dim(c.Range.String())
	}
	subject := c.Address
	if kind := changeKind(c); kind != "" {
		subject += " " + kind
	}
	t.line("%s%s", t.s.bold("# "+subject+" "+verb(c.Action)), where)
	t.line("  %s %s %q {", t.s.action(c.Action, symbol(c.Action)), c.Type, c.Name)
	hidden := 0
	for _, name := range c.AttributeNames() {
		before, hadBefore := c.Before[name]
		after, hasAfter := c.After[name]
		b, a := valueText(before), valueText(after)
		if slices.Contains(c.Unknown, name) {
			a, hasAfter = "(known after apply)", true
		}
		if slices.Contains(c.Sensitive, name) {
			b, a = secret.Redacted, secret.Redacted
		}
		switch {
		case !hadBefore && hasAfter:
			t.line("      %s %s = %s", t.s.green("+"), name, a)
		case hadBefore && !hasAfter:
			t.line("      %s %s = %s", t.s.red("-"), name, b)
		case a != b || slices.Contains(c.Sensitive, name):
			t.line("      %s %s = %s -> %s", t.s.yellow("~"), name, b, a)
		default:
			hidden++
		}
	}
	if hidden > 0 {
		t.line("        %s", t.s.dim(fmt.Sprintf("# (%d unchanged attributes hidden)", hidden)))
	}
	t.line("    }")
	for _, n := range c.Notes {
		t.line("    %s", n)
	}
	t.hazardLines("    ", c.Hazards)
	t.statements("    ", c.Statements)
	t.line("")
}

func (t planText) statements(indent string, list []engine.Statement) {
	last := ""
	for _, st := range list {
		if st.On != last {
			t.line("%s%s", indent, t.s.dim("on "+st.On+":"))
			last = st.On
		}
		for _, l := range strings.Split(strings.TrimRight(st.Text, "\n"), "\n") {
			t.line("%s  %s", indent, t.s.dim(l))
		}
	}
}

func (t planText) hazardLines(indent string, list []engine.Hazard) {
	for _, h := range list {
		t.line("%s%s %s", indent, t.s.bold(t.s.red(string(h.Name))), h.Reason)
	}
}

func (t planText) warnings(p *engine.Plan) {
	if len(p.Diagnostics) > 0 {
		Diagnostics(t.w, t.s, p.Diagnostics)
		t.line("")
	}
}

func (t planText) hazards(p *engine.Plan) {
	hazards := p.Hazards()
	if len(hazards) == 0 {
		return
	}
	t.line("")
	t.line("%s", t.s.bold("Hazards:"))
	for _, name := range engine.HazardNames() {
		n := 0
		for _, h := range hazards {
			if h.Name == name {
				n++
			}
		}
		if n == 0 {
			continue
		}
		state := "not allowed; -allow " + string(name) + " allows it"
		for _, a := range p.Allowed {
			if a == name {
				state = "allowed"
			}
		}
		t.line("  %s (%d)  %s", t.s.red(string(name)), n, t.s.dim(state))
	}
}

// valueText returns a value as JSON, which is close enough to HCL, and exact.
func valueText(v any) string {
	if v == nil {
		return "null"
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}
