package mask

import (
	"encoding/base64"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// dictionary is a list of things to pick from, each in as many forms (in kanji, in kana, …), so that the forms of one
// thing agree.
type dictionary struct {
	things [][]string
}

// parseDictionary returns the dictionary of a text: words, the forms of each separated by slashes. "_" stands for a
// space within a word.
func parseDictionary(text string) dictionary {
	words := strings.Fields(text)
	sort.Strings(words)
	var d dictionary
	for i, w := range words {
		if i == 0 || w != words[i-1] {
			d.things = append(d.things, strings.Split(strings.ReplaceAll(w, "_", " "), "/"))
		}
	}
	return d
}

// form returns the things in their n-th form, or the result of otherwise for a thing without that form.
func (d dictionary) form(n int, otherwise func(thing []string) string) []string {
	out := make([]string, len(d.things))
	for i, t := range d.things {
		if n < len(t) {
			out[i] = t[n]
		} else {
			out[i] = otherwise(t)
		}
	}
	return out
}

// choice returns the index of one of n things by twelve digits of a digest, from the given one on.
func choice(digits string, from, n int) string {
	return fmt.Sprintf("%s %% %d", number(digits, from, 48), n)
}

// pick returns the word at an index, and the largest length. The list is one constant of slots of equal width, so that
// the cost of a pick does not grow with the number of words as subscripting an array does. The constant is bytes, not
// text: to find a place in a text of several bytes a character, the server reads all before it. Bytes also say the same
// on a server of another encoding. A word that is longer than the limit gives its slot to one that is not, and the
// others stay in their places.
func pick(list []string, limit int, index string) (sql string, width int, err error) {
	if list, err = fitWords(list, limit); err != nil {
		return "", 0, err
	}
	slot, ascii := 0, true
	for _, s := range list {
		width, slot = max(width, utf8.RuneCountInString(s)), max(slot, len(s))
		ascii = ascii && len(s) == utf8.RuneCountInString(s)
	}
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s + strings.Repeat(" ", slot-len(s)))
	}
	constant := sqltext.Literal(b.String()) + "::bytea"
	if !ascii {
		constant = "decode('" + base64.StdEncoding.EncodeToString([]byte(b.String())) + "', 'base64')"
	}
	return fmt.Sprintf("rtrim(convert_from(substr(%s, (1 + %d * (%s))::int, %d), 'UTF8'))", constant, slot, index,
		slot), width, nil
}

// unicodeText returns a constant text that a server of another encoding can read too: a literal if it is ASCII, else
// bytes.
func unicodeText(s string) string {
	if len(s) == utf8.RuneCountInString(s) {
		return sqltext.Literal(s)
	}
	return "convert_from(decode('" + base64.StdEncoding.EncodeToString([]byte(s)) + "', 'base64'), 'UTF8')"
}

func fitWords(list []string, limit int) ([]string, error) {
	var fit []string
	for _, s := range list {
		if limit <= 0 || utf8.RuneCountInString(s) <= limit {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("nothing fits into %d characters", limit)
	}
	out := make([]string, len(list))
	for i, s := range list {
		if out[i] = s; limit > 0 && utf8.RuneCountInString(s) > limit {
			out[i] = fit[i%len(fit)]
		}
	}
	return out, nil
}

// romaji spells katakana in Latin letters as passports do: Hepburn, long vowels short.
func romaji(kana string) string {
	runes := []rune(kana)
	var b strings.Builder
	double := false
	for i := 0; i < len(runes); i++ {
		if runes[i] == 'ッ' {
			double = true
			continue
		}
		sound := ""
		if i+1 < len(runes) {
			if sound = syllables()[string(runes[i:i+2])]; sound != "" {
				i++
			}
		}
		if sound == "" {
			sound = syllables()[string(runes[i])]
		}
		if double {
			b.WriteByte(strings.Replace(sound, "ch", "t", 1)[0])
			double = false
		}
		b.WriteString(sound)
	}
	spelt := strings.NewReplacer("ou", "o", "oo", "o", "uu", "u", "nb", "mb", "nm", "mm", "np", "mp").
		Replace(b.String())
	if spelt == "" {
		return ""
	}
	return strings.ToUpper(spelt[:1]) + spelt[1:]
}

// syllables are the sounds of katakana.
func syllables() map[string]string {
	rows := `ア a イ i ウ u エ e オ o カ ka キ ki ク ku ケ ke コ ko ガ ga ギ gi グ gu ゲ ge ゴ go サ sa シ shi ス su
		セ se ソ so ザ za ジ ji ズ zu ゼ ze ゾ zo タ ta チ chi ツ tsu テ te ト to ダ da ヂ ji ヅ zu デ de ド do ナ na
		ニ ni ヌ nu ネ ne ノ no ハ ha ヒ hi フ fu ヘ he ホ ho バ ba ビ bi ブ bu ベ be ボ bo パ pa ピ pi プ pu ペ pe
		ポ po マ ma ミ mi ム mu メ me モ mo ヤ ya ユ yu ヨ yo ラ ra リ ri ル ru レ re ロ ro ワ wa ヲ o ン n キャ kya
		キュ kyu キョ kyo ギャ gya ギュ gyu ギョ gyo シャ sha シュ shu ショ sho ジャ ja ジュ ju ジョ jo チャ cha
		チュ chu チョ cho ニャ nya ニュ nyu ニョ nyo ヒャ hya ヒュ hyu ヒョ hyo ビャ bya ビュ byu ビョ byo ミャ mya
		ミュ myu ミョ myo リャ rya リュ ryu リョ ryo`
	words := strings.Fields(rows)
	out := make(map[string]string, len(words)/2)
	for i := 0; i < len(words); i += 2 {
		out[words[i]] = words[i+1]
	}
	return out
}
