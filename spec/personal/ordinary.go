package personal

import "strings"

// ordinaryHeads are words at the end of a name of text that holds nothing of a person: words of a machine, of trade, of
// coarse places.
var ordinaryHeads = wordSet(
	`status state type kind category class currency locale language lang timezone zone color colour
size unit sku slug format mime encoding extension level priority version flag mode method provider channel source
medium env environment region country nation prefecture province continent county gateway carrier event action role
scope scopes permission permissions tag tags icon checksum sha md digest etag queue controller model sort rank grade
department division section position symbol abbreviation isbn barcode upc gtin swift bic template theme layout
algorithm cron schedule stage phase result outcome condition visibility severity importance frequency period interval
plan tier edition module service entity protocol port hostname table column schema constraint index sequence order
direction operator unitprice abbr platform os browser engine ean asin hsn charset collation codec dtype rating score
difficulty season availability material brand gender_target todofuken kuni kubun shubetsu joutai jotai codename
isolation operation verb subtype variant dimension measure uom incoterms fiscal quarter half weekday industry namespace
center centre terms`)

// ordinaryIDs are words before id for what a machine numbers.
var ordinaryIDs = wordSet(
	`request trace correlation job transaction batch span build run message event product item order
invoice sku plan price charge payment subscription refund payout task workflow process thread queue worker node
instance cluster template campaign release deployment commit revision version file object track item line batch
session_type tenant organization store shop warehouse location channel category external_product parent group`)

// codes are words before code for what is a code of a machine or of trade.
var codes = wordSet(`error status response return exit reason http cost gl hs airport iata icao promo`)

// numbered are words before number for what is a number of a thing.
var numbered = wordSet(
	`tracking po purchase serial batch lot model reference ticket case contract quote quotation receipt
voucher delivery version build flight page line`)

// someones are things that reveal something about the person they belong to: places, schools, treatments.
var someones = wordSet(`location place school city town state event test lab drug medicine symptom procedure question
answer survey quiz exam course hotel message`)

// thingHeads are words that describe a thing rather than a person, in a table of things only.
var thingHeads = wordSet(`name title description label key code slug subtitle summary caption content text subject body
headline number details alias short long path link url image logo picture photo thumbnail keyword keywords excerpt`)

// Ordinary reports whether a column that Recognise does not recognise certainly holds nothing about a person, by its
// type and name, and why. Columns that neither knows are for people to decide.
func Ordinary(c Column) (g Ground, ok bool) {
	if _, personal := Recognise(c); personal {
		return "", false
	}
	u := c.Type.Underlying()
	if u.Elem != nil && u.Kind != 'r' && u.Kind != 'm' {
		c.Type = *u.Elem
		return Ordinary(c)
	}
	if g := ordinaryType(c); g != "" {
		return g, true
	}
	if classOf(c.Type) != text {
		return "", false
	}
	if hasJapanese(c.Name) {
		return ordinaryJapanese(c)
	}
	if u.MaxLength > 0 && u.MaxLength <= 3 {
		return GroundShort, true
	}
	return ordinaryText(c)
}

// ordinaryType returns the ground for types whose values identify no one.
func ordinaryType(c Column) Ground {
	u := c.Type.Underlying()
	switch {
	case u.Kind == 'r', u.Kind == 'm':
		return GroundRange
	case u.Kind == 'e':
		return GroundLabel
	case u.Schema != "pg_catalog":
		return ""
	}
	switch u.Name {
	case "bool", "bit", "varbit":
		return GroundFlag
	case "interval", "time", "timetz":
		return GroundSpan
	case "int2", "int4", "int8", "numeric", "float4", "float8", "money":
		return GroundNumber
	case "uuid":
		return GroundRandom
	case "oid", "xid", "xid8", "cid", "tid", "pg_lsn", "regclass", "regtype", "regproc", "txid_snapshot", "pg_snapshot",
		"char":
		return GroundServer
	case "timestamp", "timestamptz", "date":
		return ordinaryDay(c)
	}
	return ""
}

// ordinaryDays are words at the end of the name of a time that a machine or a business wrote.
var ordinaryDays = wordSet(`at on time timestamp created updated modified deleted date ts start end from until to since
expires expiry due effective valid posted processed sent received changed started ended finished completed published
archived synced login seen used begin close closed opened cancelled canceled paid shipped delivered ordered issued
approved run month year week day until deadline utc datetime`)

// ordinaryDay takes a date for a business's own, but for one in a table of people whose name says nothing.
func ordinaryDay(c Column) Ground {
	words := split(c.Name)
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	known := ordinaryDays()[last] ||
		endsWith(stripJapanese(c.Name), "日時 登録日 更新日 作成日 削除日 開始日 終了日 期限 受付日 注文日 出荷日 請求日 支払日 納期 発行日 有効日 日付")
	if known || tableOf(c.Table) != person {
		return GroundTime
	}
	return ""
}

// languages at the end of a name say in which one a text is.
var languages = wordSet("ja jp jpn en eng us uk local new old")

func ordinaryText(c Column) (Ground, bool) {
	words := split(c.Name)
	for len(words) > 1 && (isDigits(words[len(words)-1]) || languages()[words[len(words)-1]]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return "", false
	}
	last, previous := words[len(words)-1], ""
	if len(words) > 1 {
		previous = words[len(words)-2]
	}
	switch {
	case last == "code" && (ordinaryHeads()[previous] || things()[previous] || codes()[previous]):
		return GroundCode, true
	// "difficult", "VIP"; of a telephone
	case (last == "tag" || last == "tags" || last == "extension") && tableOf(c.Table) == person:
		return "", false
	case ordinaryHeads()[last]:
		return GroundTechnical, true
	case last == "number" && numbered()[previous]:
		return GroundCode, true
	case things()[last] && !someones()[last]:
		return GroundThing, true
	case last == "title" && (previous == "job" || tableOf(c.Table) == person):
		return GroundTechnical, true
	case last == "id" && ordinaryIDs()[previous]:
		return GroundCode, true
	case last == "name" && things()[previous],
		(last == "number" || last == "title" || last == "description") && things()[previous]:
		return GroundThing, true
	case thingHeads()[last] && tableOf(c.Table) == thing &&
		(len(words) == 1 || isThing(previous) || pictures()[previous] || whose()[previous]):
		return GroundOfThings, true
	}
	return "", false
}

// japaneseOrdinary is what names of columns without anything of a person end with.
const japaneseOrdinary = `区分 種別 種類 フラグ ステータス 状態 状況 コード 単位 通貨 都道府県 国 国名 県名 役職 部署
部署名 部門 部門名 所属 順 言語 形式 方法 カテゴリ 分類 型番 品番 品名 商品名 製品名 店舗名 支店名 銀行名 金額 数量
単価 件数 回数 バージョン 権限 ランク 等級 日時 登録日 更新日 都道府県名 色 サイズ 種目 科目名 学校名 プラン名 処理名
画面名 機能名 テーブル名 拠点名 倉庫名`

func ordinaryJapanese(c Column) (Ground, bool) {
	name := stripJapanese(c.Name)
	if endsWith(name, japaneseOrdinary) && !endsWith(name, "会員コード 顧客コード 社員コード") {
		return GroundTechnical, true
	}
	for _, w := range strings.Fields("名 名称 名前 説明 備考 摘要 内容") {
		if before, isOne := strings.CutSuffix(name, w); isOne &&
			(endsWith(before, japaneseThings) || before == "" && tableOf(c.Table) == thing) {
			return GroundThing, true
		}
	}
	return "", false
}
