package lang

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// references are the mentions of blocks in others.
type references struct {
	*files
	mentions []mention
}

// mention is a reference with its place as hcl has it.
type mention struct {
	to   string
	at   hcl.Range
	call bool // NAME(…), not mask.NAME
}

// findReferences finds every mention of a block in another, from the syntax alone, and reports those of blocks that do
// not exist.
func findReferences(f *files) *references {
	r := &references{files: f}
	masks := map[string]bool{}
	for _, b := range f.of("mask") {
		masks[b.Labels[0]] = true
	}
	for _, b := range f.blocks {
		if b.Type == "locals" {
			for _, a := range b.Body.Attributes {
				r.find("local."+a.Name, a.NameRange, a.Expr, masks)
			}
			continue
		}
		r.find(blockAddress(b), b.DefRange(), b.Body, masks)
	}
	r.reportUnknown()
	slices.SortStableFunc(f.project.References, func(a, b spec.Reference) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte))
	})
	return r
}

// reportUnknown reports references to blocks that do not exist, with the nearest name of their kind.
func (r *references) reportUnknown() {
	blocks := r.project.Blocks()
	for _, m := range r.mentions {
		if r.project.Place(m.to) != nil {
			continue
		}
		r.unresolved = append(r.unresolved, m.at)
		if r.broken {
			continue
		}
		kind, _, _ := strings.Cut(m.to, ".")
		kind, _, _ = strings.Cut(kind, "[")
		known := slices.DeleteFunc(slices.Clone(blocks), func(b string) bool {
			return !strings.HasPrefix(b, kind+".") && !strings.HasPrefix(b, kind+"[")
		})
		r.errorf(rangeOf(m.at), "Reference to undeclared block", "There is no block %s.%s", m.to,
			diag.DidYouMean(m.to, known))
	}
}

func blockAddress(b *hclsyntax.Block) string {
	switch b.Type {
	case "variable":
		return spec.Address("var", b.Labels[0], "")
	case "table":
		return spec.TableAddress(b.Labels[0], b.Labels[1])
	case "project", "lint":
		return b.Type
	}
	return spec.Address(b.Type, b.Labels[0], "")
}

// find adds the references of one node.
func (r *references) find(from string, at hcl.Range, node hclsyntax.Node, masks map[string]bool) {
	if _, known := r.project.Places[from]; !known {
		r.project.Places[from] = rangeOf(at)
	}
	add := func(to string, at hcl.Range, call bool) {
		r.mentions = append(r.mentions, mention{to, at, call})
		r.project.References = append(r.project.References, spec.Reference{From: from, To: to, Range: rangeOf(at)})
	}
	// The visitor returns no diagnostics of its own.
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			root := e.Traversal.RootName()
			if name, ok := secondStep(e.Traversal); ok && slices.Contains(roots(), root) {
				add(spec.Address(root, name, ""), e.SrcRange, false)
			}
		case *hclsyntax.FunctionCallExpr:
			if masks[e.Name] {
				add(spec.Address("mask", e.Name, ""), e.NameRange, true)
			}
		}
		return nil
	})
}

// secondStep returns the name behind the root of a traversal: x of var.x and of var["x"].
func secondStep(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

// reportCycles reports blocks that need themselves, with the path and the place of each step.
func (r *references) reportCycles() bool {
	next := map[string][]spec.Reference{}
	for _, ref := range r.project.References {
		if kind, _, _ := strings.Cut(ref.From, "."); kind == "local" || kind == "mask" || kind == "role" {
			next[ref.From] = append(next[ref.From], ref)
		}
	}
	const onPath, done = 1, 2
	state := map[string]int{}
	found := 0
	var path []spec.Reference
	var visit func(node string)
	visit = func(node string) {
		state[node] = onPath
		for _, ref := range next[node] {
			switch state[ref.To] {
			case 0:
				path = append(path, ref)
				visit(ref.To)
				path = path[:len(path)-1]
			case onPath:
				if found++; found <= maxCycles {
					r.reportCycle(append(slices.Clone(path), ref))
				}
			}
		}
		state[node] = done
	}
	for _, node := range r.project.Blocks() {
		if state[node] == 0 {
			visit(node)
		}
	}
	return found > 0
}

// maxCycles is how many cycles are reported: one knot has as many as there are ways through it.
const maxCycles = 10

// reportCycle reports the part of a path that comes back to where its last step leads.
func (r *references) reportCycle(path []spec.Reference) {
	target := path[len(path)-1].To
	for i, ref := range path {
		if ref.From == target {
			path = path[i:]
			break
		}
	}
	names := []string{path[0].From}
	var places []string
	for _, ref := range path {
		names = append(names, ref.To)
		places = append(places, fmt.Sprintf("  %s -> %s at %s", ref.From, ref.To, ref.Range))
	}
	r.errorf(path[0].Range, "Cycle: "+strings.Join(names, " -> "),
		"These depend on each other, so none of them can be "+
			"evaluated first:\n%s\nRemove one of the references.", strings.Join(places, "\n"))
}

// inOrder calls f for each name of a kind, after those of the kind that it refers to.
func (r *references) inOrder(kind string, names []string, f func(name string)) {
	byAddress := map[string]string{}
	for _, n := range names {
		byAddress[spec.Address(kind, n, "")] = n
	}
	needs := map[string][]string{}
	for _, ref := range r.project.References {
		if needed, ok := byAddress[ref.To]; ok {
			needs[ref.From] = append(needs[ref.From], needed)
		}
	}
	done := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if done[name] {
			return
		}
		done[name] = true
		for _, needed := range needs[spec.Address(kind, name, "")] {
			visit(needed)
		}
		f(name)
	}
	for _, n := range names {
		visit(n)
	}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
