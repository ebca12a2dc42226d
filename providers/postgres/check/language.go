package check

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode"
)

// language is a set of texts: all that a regular expression matches whole.
type language struct{ prog *syntax.Prog }

// parseLanguage reads an expression of Go's syntax. Word boundaries and lines are not followed.
func parseLanguage(expression string) (*language, error) {
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
	return &language{prog}, nil
}

// place is where the reading of a text stands in a program.
type place struct {
	pcs   []uint32
	start bool
}

func (p place) key() string { return fmt.Sprint(p.pcs, p.start) }

// open gives the instructions that can be next, with the assertions that hold here.
func (l *language) open(p place, end bool) []uint32 {
	holds := syntax.EmptyOp(0)
	if p.start {
		holds |= syntax.EmptyBeginText
	}
	if end {
		holds |= syntax.EmptyEndText
	}
	seen := map[uint32]bool{}
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

func (l *language) step(p place, r rune) place {
	var out []uint32
	for _, pc := range l.open(p, false) {
		if i := &l.prog.Inst[pc]; i.Op != syntax.InstMatch && i.MatchRune(r) && !slices.Contains(out, i.Out) {
			out = append(out, i.Out)
		}
	}
	slices.Sort(out)
	return place{pcs: out}
}

// alphabet gives one character for each group that neither language tells apart.
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

// compare walks through both languages at once, until found gives true for whether a text is in the one and in the other. known is
// false where that takes too long.
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
		for _, r := range letters {
			next := pair{a.step(p.a, r), b.step(p.b, r)}
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

// within reports whether every text of a is one of b.
func within(a, b *language) bool {
	outside, known := compare(a, b, func(inA, inB bool) bool { return inA && !inB })
	return known && !outside
}

// apart reports whether no text is in both.
func apart(a, b *language) bool {
	both, known := compare(a, b, func(inA, inB bool) bool { return inA && inB })
	return known && !both
}

// lengths gives the shortest and the longest text in characters; -1 is no end.
func (l *language) lengths() (shortest, longest int) {
	shortest, longest = -1, -1
	at := map[string]place{}
	start := place{[]uint32{uint32(l.prog.Start)}, true}
	at[start.key()] = start
	letters := alphabet(l)
	for n := 0; len(at) > 0; n++ {
		if n > 2000 {
			return max(0, shortest), -1
		}
		next := map[string]place{}
		for _, p := range at {
			if l.accepts(p) {
				if shortest < 0 {
					shortest = n
				}
				longest = n
			}
			for _, r := range letters {
				if q := l.step(p, r); len(q.pcs) > 0 {
					next[q.key()] = q
				}
			}
		}
		at = next
	}
	return max(0, shortest), longest
}
