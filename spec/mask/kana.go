package mask

import "strings"

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
	rows := `ア a イ i ウ u エ e オ o カ ka キ ki ク ku ケ ke コ ko ガ ga ギ gi グ gu ゲ ge ゴ go サ sa シ shi ス su セ se ソ so ザ za ジ ji ズ zu ゼ ze ゾ zo
		タ ta チ chi ツ tsu テ te ト to ダ da ヂ ji ヅ zu デ de ド do ナ na ニ ni ヌ nu ネ ne ノ no ハ ha ヒ hi フ fu ヘ he ホ ho バ ba ビ bi ブ bu ベ be ボ bo
		パ pa ピ pi プ pu ペ pe ポ po マ ma ミ mi ム mu メ me モ mo ヤ ya ユ yu ヨ yo ラ ra リ ri ル ru レ re ロ ro ワ wa ヲ o ン n
		キャ kya キュ kyu キョ kyo ギャ gya ギュ gyu ギョ gyo シャ sha シュ shu ショ sho ジャ ja ジュ ju ジョ jo チャ cha チュ chu チョ cho
		ニャ nya ニュ nyu ニョ nyo ヒャ hya ヒュ hyu ヒョ hyo ビャ bya ビュ byu ビョ byo ミャ mya ミュ myu ミョ myo リャ rya リュ ryu リョ ryo`
	words := strings.Fields(rows)
	out := make(map[string]string, len(words)/2)
	for i := 0; i < len(words); i += 2 {
		out[words[i]] = words[i+1]
	}
	return out
}
