package check

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode"
)

// language is a set of texts: all that a regular expression matches whole. The same expression is the same language, so
// that what was found out about it once is known: in a large catalog, a few masks stand under a few patterns again and
// again.
type language struct {
	prog     *syntax.Prog
	compared sync.Map                       // of comparison, to bool
	lengths  func() (shortest, longest int) // in characters; -1 is no end
}

// languages are those that were read, by their expression.
var languages sync.Map

// parseLanguage reads an expression of Go's syntax. Word boundaries and lines are not followed.
func parseLanguage(expression string) (*language, error) {
	if known, ok := languages.Load(expression); ok {
		return known.(*language), nil
	}
	l, err := newLanguage(expression)
	if err == nil {
		languages.Store(expression, l)
	}
	return l, err
}

func newLanguage(expression string) (*language, error) {
	re, err := syntax.Parse(expression, syntax.Perl|syntax.DotNL)
	if err != nil {
		return nil, fmt.Errorf("reading a regular expression: %w", err)
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("reading a regular expression: %w", err)
	}
	for _, i := range prog.Inst {
		if i.Op == syntax.InstEmptyWidth && syntax.EmptyOp(i.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return nil, fmt.Errorf("%q looks at lines or words", expression)
		}
	}
	l := &language{prog: prog}
	l.lengths = sync.OnceValues(l.measure)
	return l, nil
}

// place is where the reading of a text stands in a program.
type place struct {
	pcs   []uint32
	start bool
}

// key tells places apart, also where two of them are joined.
func (p place) key() string {
	b := make([]byte, 0, 4*len(p.pcs)+5)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(p.pcs)))
	for _, pc := range p.pcs {
		b = binary.NativeEndian.AppendUint32(b, pc)
	}
	if p.start {
		return string(append(b, 1))
	}
	return string(append(b, 0))
}

// open returns the instructions that can be next, with the assertions that hold here.
func (l *language) open(p place, end bool) []uint32 {
	holds := syntax.EmptyOp(0)
	if p.start {
		holds |= syntax.EmptyBeginText
	}
	if end {
		holds |= syntax.EmptyEndText
	}
	seen := make([]bool, len(l.prog.Inst))
	var out []uint32
	var add func(pc uint32)
	add = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch i := l.prog.Inst[pc]; i.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			add(i.Out)
			add(i.Arg)
		case syntax.InstCapture, syntax.InstNop:
			add(i.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(i.Arg)&^holds == 0 {
				add(i.Out)
			}
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	for _, pc := range p.pcs {
		add(pc)
	}
	return out
}

func (l *language) accepts(p place) bool {
	return slices.ContainsFunc(l.open(p, true), func(pc uint32) bool { return l.prog.Inst[pc].Op == syntax.InstMatch })
}

// step reads a character where the instructions that open gives can be next.
func (l *language) step(open []uint32, r rune) place {
	var out []uint32
	for _, pc := range open {
		if i := &l.prog.Inst[pc]; i.Op != syntax.InstMatch && i.MatchRune(r) && !slices.Contains(out, i.Out) {
			out = append(out, i.Out)
		}
	}
	slices.Sort(out)
	return place{pcs: out}
}

// alphabet returns one character for each group that neither language tells apart.
func alphabet(languages ...*language) []rune {
	bounds := map[rune]bool{0: true}
	add := func(low, high rune) { bounds[low], bounds[high+1] = true, true }
	for _, l := range languages {
		for _, i := range l.prog.Inst {
			switch i.Op {
			case syntax.InstRuneAnyNotNL:
				add('\n', '\n')
			case syntax.InstRune, syntax.InstRune1:
				if len(i.Rune) == 1 {
					add(i.Rune[0], i.Rune[0])
					for r := unicode.SimpleFold(i.Rune[0]); r != i.Rune[0]; r = unicode.SimpleFold(r) {
						add(r, r)
					}
					continue
				}
				for k := 0; k+1 < len(i.Rune); k += 2 {
					add(i.Rune[k], i.Rune[k+1])
				}
			}
		}
	}
	var out []rune
	for r := range bounds {
		if r <= unicode.MaxRune {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return out
}

// tooMany pairs of places are given up on: what cannot be known soon is not known.
const tooMany = 20000

// compare walks through both languages at once, until found gives true for whether a text is in the one and in the
// other. known is false where that takes too long.
func compare(a, b *language, found func(inA, inB bool) bool) (result, known bool) {
	type pair struct{ a, b place }
	start := pair{place{[]uint32{uint32(a.prog.Start)}, true}, place{[]uint32{uint32(b.prog.Start)}, true}}
	letters := alphabet(a, b)
	seen := map[string]bool{start.a.key() + start.b.key(): true}
	for todo := []pair{start}; len(todo) > 0; todo = todo[1:] {
		p := todo[0]
		if found(a.accepts(p.a), b.accepts(p.b)) {
			return true, true
		}
		openA, openB := a.open(p.a, false), b.open(p.b, false)
		for _, r := range letters {
			next := pair{a.step(openA, r), b.step(openB, r)}
			if len(next.a.pcs) == 0 {
				continue // no text of a goes on from here
			}
			if k := next.a.key() + next.b.key(); !seen[k] {
				if len(seen) > tooMany {
					return false, false
				}
				seen[k] = true
				todo = append(todo, next)
			}
		}
	}
	return false, true
}

// comparison is a question about a language and another: whether a text of it can be in the other, or outside of it.
type comparison struct {
	with   *language
	within bool
}

// within reports whether every text of a is one of b.
func within(a, b *language) bool { return a.none(comparison{b, true}) }

// apart reports whether no text is in both.
func apart(a, b *language) bool { return a.none(comparison{b, false}) }

// none reports whether it is certain that no text of l is outside of the other language, or in it.
func (l *language) none(c comparison) bool {
	if known, ok := l.compared.Load(c); ok {
		return known.(bool)
	}
	found, known := compare(l, c.with, func(inL, inOther bool) bool { return inL && inOther != c.within })
	l.compared.Store(c, known && !found)
	return known && !found
}

// measure returns the lengths of the shortest and of the longest text.
func (l *language) measure() (shortest, longest int) {
	start := place{[]uint32{uint32(l.prog.Start)}, true}
	index := map[string]int{start.key(): 0}
	places, depth := []place{start}, []int{0}
	var next, previous [][]int
	var ends []int
	letters := alphabet(l)
	shortest = -1
	for n := 0; n < len(places); n++ {
		next, previous = append(next, nil), append(previous, nil)
		if l.accepts(places[n]) {
			if ends = append(ends, n); shortest < 0 {
				shortest = depth[n]
			}
		}
		open := l.open(places[n], false)
		for _, r := range letters {
			q := l.step(open, r)
			if len(q.pcs) == 0 {
				continue
			}
			to, known := index[q.key()]
			if !known {
				if len(places) > tooMany {
					return max(0, shortest), -1
				}
				to = len(places)
				index[q.key()], places, depth = to, append(places, q), append(depth, depth[n]+1)
			}
			next[n] = append(next[n], to)
		}
	}
	for from, list := range next {
		for _, to := range list {
			previous[to] = append(previous[to], from)
		}
	}
	return max(0, shortest), longestPath(next, previous, ends)
}

// longestPath returns the length of the longest path from the first node to one of ends; -1 where a cycle leads there.
func longestPath(next, previous [][]int, ends []int) int {
	live := make([]bool, len(next)) // an end can be reached from it
	for todo := ends; len(todo) > 0; todo = todo[1:] {
		if !live[todo[0]] {
			live[todo[0]] = true
			todo = append(todo, previous[todo[0]]...)
		}
	}
	const unseen, onPath = -2, -1
	lengths := make([]int, len(next))
	for i := range lengths {
		lengths[i] = unseen
	}
	var walk func(n int) int
	walk = func(n int) int {
		if lengths[n] != unseen {
			return lengths[n] // that of one on the path is a cycle's
		}
		lengths[n] = onPath
		most := 0
		for _, to := range next[n] {
			if !live[to] {
				continue
			}
			length := walk(to)
			if length < 0 {
				return onPath
			}
			most = max(most, length+1)
		}
		lengths[n] = most
		return most
	}
	return walk(0)
}
