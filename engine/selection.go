package engine

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Selection is -target and -exclude as typed. The zero Selection selects everything.
type Selection struct {
	Targets  []string
	Excludes []string
}

// Selected is a resolved Selection: the declared objects and refreshes that are planned. The zero Selected has all of
// them.
type Selected struct {
	out map[string]bool
	// objects says that out has refreshes only.
	objects bool
}

// SelectObjects returns the selection of every declared object and of none of the refreshes.
func SelectObjects(refreshes []string) Selected {
	s := Selected{out: map[string]bool{}, objects: true}
	for _, address := range refreshes {
		s.out[address] = true
	}
	return s
}

// Has reports whether the object or refresh of that address is planned.
func (s Selected) Has(address string) bool { return !s.out[address] }

// AllObjects reports whether no declared object is left out: what is there and not declared can then be told.
func (s Selected) AllObjects() bool { return s.objects || len(s.out) == 0 }

// Resolve returns which of the known addresses are selected. needs maps an address to what it refers to: a target
// brings what it needs, an exclusion takes what needs it. An address without a key stands for all its instances.
// Unknown addresses, and both kinds together, are errors.
func (s Selection) Resolve(known []string, needs map[string][]string) (Selected, diag.Diagnostics) {
	var ds diag.Diagnostics
	if len(s.Targets) > 0 && len(s.Excludes) > 0 {
		ds.Errorf(nil, "-target and -exclude cannot be combined", "Give only one of them.")
		return Selected{}, ds
	}
	edges := map[string][]string{} // from what is given to what comes along
	for from, list := range needs {
		for _, to := range list {
			if len(s.Targets) > 0 {
				edges[from] = append(edges[from], to)
			} else {
				edges[to] = append(edges[to], from)
			}
		}
	}
	reached := map[string]bool{}
	var visit func(string)
	visit = func(a string) {
		if reached[a] {
			return
		}
		reached[a] = true
		for _, next := range edges[a] {
			visit(next)
		}
		if base := baseAddress(a); base != a {
			for _, next := range edges[base] {
				visit(next)
			}
		}
	}
	for _, a := range append(append([]string(nil), s.Targets...), s.Excludes...) {
		found := false
		for _, k := range known {
			if k == a || baseAddress(k) == a {
				found = true
				visit(k)
			}
		}
		if !found {
			ds.Errorf(nil, "Unknown address", "There is no %s.%s Known: %s.", a, diag.DidYouMean(a, known),
				strings.Join(known, ", "))
		}
	}
	if ds.HasErrors() || len(reached) == 0 {
		return Selected{}, ds
	}
	out := Selected{out: map[string]bool{}}
	for _, k := range known {
		hit := reached[k] || reached[baseAddress(k)]
		if hit == (len(s.Excludes) > 0) {
			out.out[k] = true
		}
	}
	return out, ds
}

// baseAddress returns an address without the key of for_each.
func baseAddress(a string) string {
	kind := strings.IndexByte(a, '.')
	if i := strings.LastIndexByte(a, '['); i > 0 && kind > 0 && kind < i && strings.HasSuffix(a, "]") {
		return a[:i]
	}
	return a
}
