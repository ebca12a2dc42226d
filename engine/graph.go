package engine

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
)

// Graph is what needs what, for drawing: the blocks of a spec, or the steps of a plan. It may have a cycle.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is one block or step.
type Node struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"` // "table", "refresh", a step's kind
	Title string `json:"title,omitempty"`
}

// Edge says that From needs To. At is "file:line" of the reference, where there is one.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	At   string `json:"at,omitempty"`
}

// StepGraph returns the graph of steps.
func StepGraph(steps []Step) Graph {
	g := Graph{Nodes: []Node{}, Edges: []Edge{}}
	for _, s := range steps {
		g.Nodes = append(g.Nodes, Node{ID: s.ID, Kind: s.Kind, Title: s.Title})
		for _, n := range s.Needs {
			g.Edges = append(g.Edges, Edge{From: s.ID, To: n})
		}
	}
	g.Sort()
	return g
}

// Sort orders nodes and edges, and removes duplicate edges.
func (g *Graph) Sort() {
	sort.SliceStable(g.Nodes, func(i, j int) bool { return g.Nodes[i].ID < g.Nodes[j].ID })
	sort.SliceStable(g.Edges, func(i, j int) bool {
		a, b := g.Edges[i], g.Edges[j]
		return a.From < b.From || a.From == b.From && a.To < b.To
	})
	kept := g.Edges[:0]
	for i, e := range g.Edges {
		if i == 0 || e.From != g.Edges[i-1].From || e.To != g.Edges[i-1].To {
			kept = append(kept, e)
		}
	}
	g.Edges = kept
}

// Cycle returns one cycle as the path a, b, …, a; nil where there is none.
func (g Graph) Cycle() []string {
	next := map[string][]string{}
	for _, e := range g.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	state := map[string]int{} // 1: on the path, 2: done
	var path, cycle []string
	var visit func(string) bool
	visit = func(n string) bool {
		state[n] = 1
		path = append(path, n)
		for _, to := range next[n] {
			if state[to] == 1 {
				for i, p := range path {
					if p == to {
						cycle = append(append([]string(nil), path[i:]...), to)
						return true
					}
				}
			}
			if state[to] == 0 && visit(to) {
				return true
			}
		}
		path = path[:len(path)-1]
		state[n] = 2
		return false
	}
	for _, n := range g.Nodes {
		if state[n.ID] == 0 && visit(n.ID) {
			return cycle
		}
	}
	return nil
}

// cycleEdges returns the edges of the cycle that Cycle finds.
func (g Graph) cycleEdges() map[[2]string]bool {
	red := map[[2]string]bool{}
	path := g.Cycle()
	for i := 1; i < len(path); i++ {
		red[[2]string{path[i-1], path[i]}] = true
	}
	return red
}

// WriteDOT writes the graph for Graphviz; a cycle is red.
func (g Graph) WriteDOT(w io.Writer) error {
	var b strings.Builder
	b.WriteString("digraph shoji {\n  rankdir = \"RL\"\n  node [shape = \"box\", fontname = \"sans-serif\"]\n")
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "  %s [label = %s]\n", quoteDOT(n.ID), quoteDOT(n.ID))
	}
	red := g.cycleEdges()
	for _, e := range g.Edges {
		attributes := ""
		if red[[2]string{e.From, e.To}] {
			attributes = ` [color = "red", label = ` + quoteDOT(e.At) + `]`
		}
		fmt.Fprintf(&b, "  %s -> %s%s\n", quoteDOT(e.From), quoteDOT(e.To), attributes)
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// quoteDOT and labelMermaid write a name so that it is nothing but a label: names come from catalogs too.
func quoteDOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\\n`, "\r", `\\r`).Replace(s) + `"`
}

func labelMermaid(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "%", "#37;", "`",
		"#96;",
		"\n", `\\n`, "\r", `\\r`).Replace(s)
}

// WriteMermaid writes the graph as a Mermaid flowchart, which pull requests draw; a cycle is red.
func (g Graph) WriteMermaid(w io.Writer) error {
	var b strings.Builder
	b.WriteString("flowchart RL\n")
	number := map[string]int{}
	for i, n := range g.Nodes {
		number[n.ID] = i
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, labelMermaid(n.ID))
	}
	red := g.cycleEdges()
	var reds []string
	for i, e := range g.Edges {
		fmt.Fprintf(&b, "  n%d --> n%d\n", number[e.From], number[e.To])
		if red[[2]string{e.From, e.To}] {
			reds = append(reds, fmt.Sprint(i))
		}
	}
	if reds != nil {
		fmt.Fprintf(&b, "  linkStyle %s stroke:red\n", strings.Join(reds, ","))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes nodes, edges and the cycle, if there is one.
func (g Graph) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		FormatVersion string `json:"format_version"`
		Graph
		Cycle []string `json:"cycle,omitempty"`
	}{"1.0", g, g.Cycle()})
}
