package personal

import (
	"maps"
	"strings"
	"sync"
	"unicode"
)

// split returns the words of a name in lower case and in one spelling: snake_case, camelCase, dotted and run together
// ("phonenumber"), abbreviations written out ("cust_nm" is customer name), digits apart.
func split(name string) []string {
	var out []string
	for _, part := range pieces(name) {
		out = append(out, expand(part)...)
	}
	return out
}

// pieces cuts at everything that is neither letter nor digit, between letters and digits, and where capitals begin:
// "homeIPAddress" is home, ip, address.
func pieces(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, strings.ToLower(string(word)))
		}
		word = nil
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(runes[i-1]) ||
				unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		case i > 0 && unicode.IsDigit(r) != unicode.IsDigit(runes[i-1]):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// expand returns one piece in known words: as it is, its abbreviation written out, or cut into words that are all
// known. An unknown piece stays.
func expand(piece string) []string {
	v := vocabulary()
	if words, ok := v.spelling[piece]; ok {
		return words
	}
	if v.words[piece] {
		return []string{piece}
	}
	if single := singular(piece); single != piece {
		if words, ok := v.spelling[single]; ok {
			return words
		}
		if v.words[single] {
			return []string{single}
		}
	}
	if cut := v.cut(piece); cut != nil {
		return cut
	}
	for _, end := range v.ends { // an unknown word before one that says what it is: "execmodule"
		if rest, ok := strings.CutSuffix(piece, end); ok && len(rest) >= 3 {
			return append(v.knownOr(rest), end)
		}
	}
	return []string{piece}
}

func (v lexicon) knownOr(piece string) []string {
	if words := v.known(piece); words != nil {
		return words
	}
	return []string{piece}
}

// lexicon is what is understood in a name.
type lexicon struct {
	words    map[string]bool     // in their one spelling
	spelling map[string][]string // of abbreviations and variants
	// ends are words that others are run together with so often that what is before them need not be known.
	ends []string
}

// spelling returns the canonical form of a word or two.
var spelling = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(spellings) {
		right, variants, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for _, variant := range strings.Fields(variants) {
			out[variant] = strings.Fields(right)
		}
	}
	return out
})

// normalize returns a phrase in canonical spelling.
func normalize(phrase string) string {
	var out []string
	for _, w := range strings.Fields(phrase) {
		if words, ok := spelling()[w]; ok {
			out = append(out, words...)
		} else {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

var vocabulary = sync.OnceValue(func() lexicon {
	v := lexicon{
		words:    map[string]bool{},
		spelling: spelling(),
		ends: strings.Fields("address number module status format email phone class token level title name type code " +
			"date time flag hash mode path text"),
	}
	for _, right := range v.spelling {
		for _, w := range right {
			v.words[w] = true
		}
	}
	for phrase := range phrases() {
		for _, w := range strings.Fields(phrase) {
			v.words[w] = true
		}
	}
	for _, set := range []func() map[string]bool{
		persons, things, firms, otherWords, ordinaryHeads, whose, objects, neutral, amounts, payWords, workerWords,
		machineWords, pictured, opening, numbered, placed,
	} {
		maps.Copy(v.words, set())
	}
	return v
})

// cut divides a piece into the fewest known words of three letters and more; nil if that leaves a rest. Longer
// words come first, so that "username" would be one word before it is two.
func (v lexicon) cut(piece string) []string {
	const shortest = 3
	if len(piece) < 2*shortest || len(piece) > 40 {
		return nil
	}
	for _, ending := range []string{"id", "no", "ip"} { // "loginid", but not "valid"
		if rest, ok := strings.CutSuffix(piece, ending); ok && len(rest) > shortest {
			if words := v.known(rest); words != nil {
				return append(words, v.known(ending)...)
			}
		}
	}
	best := make([][]string, len(piece)+1)
	best[0] = []string{}
	for end := shortest; end <= len(piece); end++ {
		for start := 0; start+shortest <= end; start++ {
			if best[start] == nil {
				continue
			}
			words, ok := v.spelling[piece[start:end]]
			if !ok && v.words[piece[start:end]] {
				words, ok = []string{piece[start:end]}, true
			}
			if inner, isID := strings.CutPrefix(piece[start:end], "id"); !ok && isID && start > shortest &&
				v.words[inner] {
				words, ok = []string{"id", inner}, true // "nationalidnumber"
			}
			if ok && (best[end] == nil || len(best[start])+1 < len(best[end])) {
				best[end] = append(append([]string(nil), best[start]...), words...)
			}
		}
	}
	return best[len(piece)]
}

// known returns a piece that is a word, in its one spelling, or is cut into words; nil for others.
func (v lexicon) known(piece string) []string {
	if words, ok := v.spelling[piece]; ok {
		return words
	}
	if v.words[piece] {
		return []string{piece}
	}
	return v.cut(piece)
}

// singular returns the singular of an English plural, as far as names of tables need it.
func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return strings.TrimSuffix(word, "ies") + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "ches"),
		strings.HasSuffix(word, "shes"):
		return strings.TrimSuffix(word, "es")
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	case strings.HasSuffix(word, "s") && len(word) > 3:
		return strings.TrimSuffix(word, "s")
	}
	return word
}

// Head returns the word of a name that says what the column is, in one spelling: "description" for short_descr and
// description_2. Columns of one kind and head ask the same question.
func (c Column) Head() string {
	if hasJapanese(c.Name) {
		return stripJapanese(c.Name)
	}
	words := split(c.Name)
	for len(words) > 1 && (isDigits(words[len(words)-1]) || neutral()[words[len(words)-1]]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return strings.ToLower(c.Name)
	}
	return singular(words[len(words)-1])
}
