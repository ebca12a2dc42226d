package spec

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/internal/diag"
)

// references collects every mention of a block in another, from the syntax alone.
func (l *loader) references() {
	team := map[string]bool{}
	for _, b := range l.of("mask") {
		team[b.Labels[0]] = true
	}
	for _, b := range l.blocks {
		if b.Type == "locals" {
			for _, a := range b.Body.Attributes {
				l.mentions("local."+a.Name, a.NameRange, a.Expr, team)
			}
			continue
		}
		l.mentions(blockAddress(b), b.DefRange(), b.Body, team)
	}
	sort.Strings(l.project.blocks)
	l.unknownReferences()
	sort.SliceStable(l.project.References, func(i, j int) bool {
		a, b := l.project.References[i], l.project.References[j]
		if a.From != b.From {
			return a.From < b.From
		}
		if a.To != b.To {
			return a.To < b.To
		}
		return a.Range.Start.Byte < b.Range.Start.Byte
	})
}

// mention is a reference with its place as hcl has it.
type mention struct {
	to   string
	at   hcl.Range
	call bool // NAME(…), not mask.NAME
}

// unknownReferences reports references to blocks that there are not, with the nearest name of their kind.
func (l *loader) unknownReferences() {
	for _, m := range l.mentioned {
		if l.project.Place(m.to) != nil {
			continue
		}
		kind, _, _ := strings.Cut(m.to, ".")
		kind, _, _ = strings.Cut(kind, "[")
		var known []string
		for _, b := range l.project.blocks {
			if strings.HasPrefix(b, kind+".") || strings.HasPrefix(b, kind+"[") {
				known = append(known, b)
			}
		}
		l.unresolved = append(l.unresolved, m.at)
		if l.broken {
			continue
		}
		l.errorf(m.at, "Reference to nothing", "There is no block %s.%s", m.to, diag.DidYouMean(m.to, known))
	}
}

// Blocks lists the addresses of all blocks as written, without their instances; sorted.
func (p *Project) Blocks() []string { return p.blocks }

// Place gives where a block of Blocks is declared; nil where there is none.
func (p *Project) Place(address string) *diag.Range {
	if at, ok := p.places[address]; ok {
		return &at
	}
	return nil
}

func blockAddress(b *hclsyntax.Block) string {
	switch b.Type {
	case "variable":
		return address("var", b.Labels[0], "")
	case "table":
		return address2("table", b.Labels[0], b.Labels[1])
	case "project", "lint":
		return b.Type
	}
	return address(b.Type, b.Labels[0], "")
}

// mentions adds the references of one node.
func (l *loader) mentions(from string, at hcl.Range, node hclsyntax.Node, team map[string]bool) {
	if _, known := l.project.places[from]; !known {
		l.project.blocks = append(l.project.blocks, from)
		l.project.places[from] = rangeOf(at)
	}
	add := func(to string, r hcl.Range, call bool) {
		l.mentioned = append(l.mentioned, mention{to, r, call})
		l.project.References = append(l.project.References, Reference{From: from, To: to, Range: rangeOf(r)})
	}
	// The visitor gives no diagnostics of its own.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			root := e.Traversal.RootName()
			if len(e.Traversal) < 2 || !slices.Contains(referable(), root) {
				return nil
			}
			switch step := e.Traversal[1].(type) {
			case hcl.TraverseAttr:
				add(address(root, step.Name, ""), e.SrcRange, false)
			case hcl.TraverseIndex:
				if step.Key.Type().FriendlyName() == "string" {
					add(address(root, step.Key.AsString(), ""), e.SrcRange, false)
				}
			}
		case *hclsyntax.FunctionCallExpr:
			if team[e.Name] {
				add(address("mask", e.Name, ""), e.NameRange, true)
			}
		}
		return nil
	})
}

// referable are the kinds of blocks that expressions can mention.
func referable() []string {
	return []string{
		"var", "local", "secret", "database", "refresh", "role", "mask", "aws", "kms_key", "iam_role", "iam_policy",
		"bucket", "cluster", "parameter_group",
	}
}

// cycles reports blocks that need themselves, with the path and the place of each step.
func (l *loader) cycles() bool {
	next := map[string][]Reference{}
	for _, r := range l.project.References {
		if kind, _, _ := strings.Cut(r.From, "."); kind == "local" || kind == "mask" || kind == "role" {
			next[r.From] = append(next[r.From], r)
		}
	}
	state := map[string]int{} // 1: on the path, 2: done
	found := 0
	var path []Reference
	var visit func(node string)
	visit = func(node string) {
		state[node] = 1
		for _, r := range next[node] {
			switch state[r.To] {
			case 0:
				path = append(path, r)
				visit(r.To)
				path = path[:len(path)-1]
			case 1:
				if found++; found <= mostCycles {
					l.cycle(append(append([]Reference(nil), path...), r))
				}
			}
		}
		state[node] = 2
	}
	for _, node := range l.project.blocks {
		if state[node] == 0 {
			visit(node)
		}
	}
	return found > 0
}

// mostCycles is how many cycles are reported: those of one knot are as many as it has ways through.
const mostCycles = 10

// cycle reports the part of a path that comes back to where its last step leads.
func (l *loader) cycle(path []Reference) {
	target := path[len(path)-1].To
	for i, r := range path {
		if r.From == target {
			path = path[i:]
			break
		}
	}
	names := []string{path[0].From}
	var places []string
	for _, r := range path {
		names = append(names, r.To)
		places = append(places, fmt.Sprintf("  %s -> %s at %s", r.From, r.To, r.Range))
	}
	at := path[0].Range
	l.diags.Errorf(&at, "Cycle: "+strings.Join(names, " -> "),
		"These need each other, so none of them can be worked out first:\n%s\nTake one of the references away.",
		strings.Join(places, "\n"))
}

// unknown reports a value that is none of the known ones.
func (l *loader) unknown(r hcl.Range, summary, given string, known []string) {
	l.errorf(r, summary, "There is no %q.%s Known: %s.", given, diag.DidYouMean(given, known),
		strings.Join(known, ", "))
}
