package mask

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// lorem is lorem(): filler words, a given number of them or as long as the value.
type lorem struct {
	locale string
	words  int // 0: as long as the value
	by     by
}

func decodeLorem(a *args) (kind, error) {
	k := lorem{}
	var err error
	if k.locale, err = a.locale("texts"); err != nil {
		return nil, err
	}
	o, err := a.options("words", "keep_length", "by")
	if err != nil {
		return nil, err
	}
	if k.words, err = o.integer("words", 0, 1, 1000); err != nil {
		return nil, err
	}
	keep, err := o.boolean("keep_length")
	if err != nil {
		return nil, err
	}
	if _, said := o["keep_length"]; said && keep == (k.words > 0) {
		return nil, fmt.Errorf("say either words = …, or keep_length = true")
	}
	k.by, err = o.by()
	return k, err
}

const loremEn = `lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et
dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat
duis aute irure in reprehenderit voluptate velit esse cillum fugiat nulla pariatur excepteur sint occaecat cupidatat
non proident sunt culpa qui officia deserunt mollit anim id est laborum`

// loremJa are sentences of this project about nothing in particular.
const loremJa = `朝の空は青く、風は静かに流れている。 庭の木には小さな鳥が集まり、長い歌を歌う。
駅の前の道を曲がると、古い店が並んでいる。 窓を開ければ、遠くの山がよく見える。 昨日の雨で、川の水は少し増えた。
白い犬が橋の上をゆっくり歩いていく。 午後になると、部屋の中まで光が届く。 机の上には、読みかけの本が置いてある。
夏の終わりの海は、思ったよりも冷たい。 紙の船を浮かべて、流れる先を眺める。 坂の途中の茶屋で、温かいお茶を飲んだ。
夜の町に、灯りがひとつずつともる。`

// compile rotates the text by a number from the digest, and repeats it as far as needed.
func (k lorem) compile(c Column) (Expr, error) {
	seed, err := k.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	list, join := strings.Fields(loremEn), " "
	if k.locale == "ja" {
		list, join = strings.Fields(loremJa), ""
	}
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    fmt.Sprintf("one of %d texts of a length", len(list)),
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Synthetic,
		MayEqualRaw:   true,
	}
	if k.words > 0 {
		return k.countWords(c, seed, list, join, p)
	}
	text := strings.Join(list, join) + join
	starts := utf8.RuneCountInString(text)
	p.KeepsLength = true
	p.Collisions = fmt.Sprintf("one of %d texts of a length", starts)
	length := "char_length(" + c.text() + ")"
	if room := c.room(k.locale == "ja"); c.Type.Underlying().is("name") {
		length = fmt.Sprintf("least(%s, %d)", length, room)
	}
	// A place may be at a blank, and so may the end: CHECKs often refuse one at either end, or before the full stop.
	sql := let("regexp_replace(left(ltrim(substr(t, (1 + at)::int)) || repeat(t, 1 + n / "+fmt.Sprint(starts)+
		"), n - 1), ' $', 's') || '.'",
		unicodeText(text)+" AS t, "+choice(digest("lorem", seed), 1, starts)+" AS at, "+length+" AS n")
	return k.by.finish(c, Expr{SQL: c.maskNonEmpty(sql), Properties: p}), nil
}

// countWords returns a number of words or sentences of a list from a place on, and begins again at its end. The array
// is made once a query.
func (k lorem) countWords(c Column, seed string, list []string, join string, p Properties) (Expr, error) {
	turned := slices.Repeat(list, 1+(len(list)+k.words)/len(list))[:len(list)+k.words]
	for i := range list {
		p.MaxLength = max(p.MaxLength, utf8.RuneCountInString(strings.Join(turned[i:i+k.words], join)))
	}
	if room := c.room(k.locale == "ja"); room > 0 && p.MaxLength > room {
		return Expr{},
			fmt.Errorf("so many words can have %d characters, but the column holds %d; say "+
				"fewer, or keep_length = true", p.MaxLength, room)
	}
	sql := let(fmt.Sprintf("array_to_string(w[at:at + %d], %s)", k.words-1, sqltext.Literal(join)),
		"(SELECT string_to_array("+unicodeText(strings.Join(turned, "|"))+", '|')) AS w, (1 + "+
			choice(digest("lorem", seed), 1, len(list))+")::int AS at")
	return k.by.finish(c, Expr{SQL: c.maskNonEmpty(sql), Properties: p}), nil
}
