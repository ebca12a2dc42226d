package personal

import (
	"slices"
	"strings"
)

// about is what the rows of a table are.
type about int

const (
	unknown about = iota
	person
	firm
	thing
)

// tableWords do not say what a table is about.
var tableWords = wordSet(
	`t tbl m mst master table data history log archive list wp auth app hist snapshot backup bak temp
tmp v d f dim fact stg staging ods old new all x core public base main base entity record records directory mstr`)

// sides are words for what belongs to a person: customer_addresses has rows about customers.
var sides = wordSet(
	`address contact profile detail information account name identity phone email registration application
enrollment consent kyc`)

// tableOf returns what the rows of a table are about, from the last word of its name or what that belongs to.
func tableOf(name string) about {
	if hasJapanese(name) {
		return japaneseTable(name)
	}
	words := split(name)
	for i := range words {
		words[i] = singular(words[i])
	}
	words = slices.DeleteFunc(words, func(w string) bool { return isDigits(w) || tableWords()[w] })
	if len(words) == 0 {
		return unknown
	}
	head := words[len(words)-1]
	switch {
	case persons()[head]:
		return person
	case sides()[head]:
		for _, w := range words {
			if persons()[w] {
				return person
			}
		}
		return unknown
	case firms()[head]:
		return firm
	case things()[head] && !deeds()[head]:
		return thing
	}
	return unknown
}

func japaneseTable(name string) about {
	name = stripJapanese(name)
	for _, end := range strings.Fields("マスタ マスター 情報 テーブル データ 一覧 履歴 台帳 明細") {
		name = strings.TrimSuffix(name, end)
	}
	for _, w := range strings.Fields(japanesePersons) {
		if strings.HasSuffix(name, w) {
			return person
		}
	}
	for _, w := range strings.Fields("取引先 得意先 仕入先 会社 企業 法人 業者") {
		if strings.HasSuffix(name, w) {
			return firm
		}
	}
	for _, w := range strings.Fields(japaneseThings) {
		if strings.HasSuffix(name, w) {
			return thing
		}
	}
	return unknown
}
