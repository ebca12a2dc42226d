package personal

import "strings"

// ordinaryHeads are words at the end of a name of text that holds nothing of a person: words of a machine, of trade, of
// coarse places.
var ordinaryHeads = wordSet(`status state type kind category class currency locale language lang timezone zone
color colour size unit sku slug format mime encoding extension level priority version flag mode method provider
channel source medium env environment region country nation prefecture province continent county gateway carrier
event action role scope scopes permission permissions tag tags icon queue controller model sort rank grade
department division section position symbol abbreviation isbn barcode upc gtin swift bic theme layout algorithm
schedule stage phase outcome condition visibility severity importance frequency period interval plan tier
edition module service entity protocol port hostname table column schema constraint index sequence order
direction operator unitprice abbr platform os browser engine ean asin hsn charset collation codec dtype rating
score difficulty season availability material brand gender_target todofuken kuni kubun shubetsu joutai jotai
codename isolation operation verb subtype variant dimension measure uom incoterms fiscal quarter half weekday
industry namespace center centre terms architecture arch revision scheme proto transport editor style make
storage cadence strategy disposition attempt retries enabled disabled partition shard bytes lifecycle timerange
transition resolution orientation placement breed fuel transmission trim currencycode domain host tenant cluster
sproc proc procedure extends stylesheet dateformat numberformat uploader classname charset_name runtime
distribution licence_type capacity iso numcode presentation availability_zone`)

// computed are words for what a machine computed from a file or a row.
var computed = wordSet(`sha md crc checksum digest hash etag ruid guid blurhash signature_hash signature_digest
commit oid uuid`)

// patterned are words for what somebody configured a machine with.
var patterned = wordSet(`regex pattern glob wildcard expression formula cron template mask format layout exp`)

// placed are words for where files and services of machines are.
var placed = wordSet(`path url uri host hostname directory dir folder filepath endpoint domain subdomain mount
bucket prefix suffix socket mountpoint location point`)

// unsafePlaces are words before them for places that hold names of people, or secrets.
var unsafePlaces = wordSet(`webhook import clone remote mirror source target connection redirect referrer
referer request return visit original landing short profile avatar photo picture user home resume cv personal
hook database feed callback sip presence contact from to instance actor inbox outbox followers following
external destination`)

// ordinaryIDs are words before id for what a machine numbers.
var ordinaryIDs = wordSet(`request trace correlation job batch span build run product item order invoice sku
plan price task workflow process queue worker node instance cluster template campaign release deployment commit
revision version file object track line tenant organization store shop warehouse location channel category
parent group set route pipe gateway rule type status model class locale culture currency unit page section
element widget block schema table partition`)

// codes are words before code for what is a code of a machine or of trade.
var codes = wordSet(`error status response return exit short reason http cost gl hs airport iata icao promo`)

// numbered are words before number for what is a number of a thing.
var numbered = wordSet(`tracking po purchase serial batch lot model reference ticket case contract quote
quotation receipt voucher delivery version build flight page line invoice order part revision product job item`)

// someones are things that reveal something about the person they belong to: places, schools, treatments.
var someones = wordSet(`location place school city town state event test lab drug medicine symptom procedure
question answer survey quiz exam course hotel message`)

// thingNames are words for what a thing is called, in a table of things only.
var thingNames = wordSet(`name title label key code slug subtitle number alias short long path link url image
logo picture photo thumbnail display file`)

// thingTexts are words for text about a thing, in a table of things that everybody may know of.
var thingTexts = wordSet(`description summary caption content text subject body headline details excerpt
keyword keywords instructions diagram`)

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
	switch classOf(c.Type) {
	case text:
	case bytes:
		return ordinaryBytes(c)
	case document:
		return ordinaryDocument(c)
	default:
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
var ordinaryDays = wordSet(`at on time timestamp created updated modified deleted date ts start end from until
to since expires expiry due effective valid posted processed sent received changed started ended finished
completed published archived synced login seen used begin close closed opened cancelled canceled paid shipped
delivered ordered issued approved run month year week day deadline utc datetime agreed accepted confirmed
verified activity active stamp mtime ctime atime rectime told resolved starts ends scheduled signed viewed read
locked update change edit refresh sync modification visit`)

// ordinaryDay takes a date for a business's own, but for one in a table of people whose name says nothing.
func ordinaryDay(c Column) Ground {
	words := split(c.Name)
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	recorded := c.Type.Underlying().Name != "date" && len(words) > 1 &&
		(words[0] == "last" || words[0] == "first" || words[0] == "next")
	known := ordinaryDays()[last] || recorded ||
		endsWith(stripJapanese(c.Name), "日時 登録日 更新日 作成日 削除日 開始日 終了日 期限 受付日 注文日 出荷日 請求日 支払日 納期 発行日 有効日 日付")
	if known || c.in().about != person {
		return GroundTime
	}
	return ""
}

// ordinaryBytes takes digests, and the pictures of things that everybody may know of.
func ordinaryBytes(c Column) (Ground, bool) {
	words := tail(c.Name)
	if len(words) == 0 {
		return "", false
	}
	last := words[len(words)-1]
	switch {
	case computed()[last], last == "to" && len(words) == 2 && words[0] == "commit",
		last == "from" && len(words) == 2 && words[0] == "commit":
		return GroundComputed, true
	case c.in().catalogue && (last == "photo" || last == "image" || last == "picture" || last == "thumbnail"):
		return GroundOfThings, true
	}
	return "", false
}

// ordinaryDocument takes lists of what a machine can do, and the settings of a machine.
func ordinaryDocument(c Column) (Ground, bool) {
	words := tail(c.Name)
	if len(words) == 0 {
		return "", false
	}
	last, t := singular(words[len(words)-1]), c.in()
	switch {
	case ordinaryHeads()[last], t.about != person && configured()[last], t.settings,
		t.about == thing && (last == "setting" || last == "configuration"):
		return GroundTechnical, true
	case t.catalogue && thingTexts()[last]:
		return GroundOfThings, true
	}
	return "", false
}

// configured are words for parts of a machine's settings, but in a table of people.
var configured = wordSet(`feature limit threshold flag weight rule restriction default prefix importer
indicator check capability quota requirement policy tool`)

// languages at the end of a name say in which one a text is.
var languages = wordSet(`ja jp jpn en eng us uk local new old`)

// tail returns the words of a name without digits and languages at its end.
func tail(name string) []string {
	words := split(name)
	for len(words) > 1 && (isDigits(words[len(words)-1]) || languages()[words[len(words)-1]]) {
		words = words[:len(words)-1]
	}
	return words
}

func ordinaryText(c Column) (Ground, bool) {
	words := tail(c.Name)
	if len(words) == 0 {
		return "", false
	}
	last, previous := words[len(words)-1], ""
	if len(words) > 1 {
		previous = words[len(words)-2]
	}
	t := c.in()
	switch {
	case t.routes && (thingNames()[last] || placed()[last]):
		return "", false // made of names of accounts
	case last == "code" && (ordinaryHeads()[previous] || things()[previous] || codes()[previous]):
		return GroundCode, true
	case t.about == person && (ofPeople()[last] || placed()[last]):
		return "", false
	case computed()[last]:
		return GroundComputed, !persons()[previous] && previous != "device" && previous != "visitor"
	case patterned()[last] && (last != "template" || short(c, 100)):
		return GroundPattern, true
	case t.pairs && (last == "k" || last == "key" || last == "attribute" || last == "name"):
		return GroundThing, true
	case last == "field" && len(words) > 1: // auth_username_field: what it is called in a form
		return GroundTechnical, true
	case placed()[last]:
		return ordinaryPlace(t, last, previous)
	case ordinaryHeads()[last]:
		return GroundTechnical, true
	case last == "number" && (numbered()[previous] || things()[previous]):
		return GroundCode, true
	case last == "id" && ordinaryIDs()[previous] && t.about != person && t.head != "account" && t.head != "identity":
		return GroundCode, true
	case last == "address" && objects()[previous]:
		return GroundElsewhere, true
	case last == "name" && isThing(previous),
		last == "title" && things()[previous] && !contents()[previous] && !objects()[previous],
		last == "description" && catalogueWords()[previous]:
		return GroundThing, true
	case namesThing(singular(last)):
		return GroundThing, true
	case t.machines && (last == "files" || last == "file"):
		return GroundElsewhere, true
	case t.about == thing && !t.certain && last != "name" && last != "slug" && thingNames()[last]:
		return "", false
	case t.about == thing && thingNames()[last] &&
		(len(words) == 1 || isThing(previous) || pictures()[previous] || whose()[previous] || thingNames()[previous]):
		return GroundOfThings, true
	case t.catalogue && (thingTexts()[last] || last == "name"):
		return GroundOfThings, true
	}
	return "", false
}

// namesThing reports whether a column of text that ends with a word says what a thing is called.
func namesThing(word string) bool {
	return things()[word] && !someones()[word] && !contents()[word] && !thingTexts()[word]
}

// ofPeople are words that tell of a person in a table of people: the tag "VIP", the extension of a telephone.
var ofPeople = wordSet(`tag tags extension rank position role grade status_text mood title class`)

// ordinaryPlace takes a place of a machine, unless it can hold the name of somebody or a secret.
func ordinaryPlace(t *Table, last, previous string) (Ground, bool) {
	switch {
	case unsafePlaces()[previous], t.about == person:
		return "", false
	case last == "domain", last == "prefix", last == "suffix", last == "host", last == "hostname", last == "bucket",
		last == "socket", last == "endpoint", last == "directory", last == "folder", last == "mount", last == "point":
		return GroundElsewhere, true
	case previous != "", t.about == thing, t.machines:
		return GroundElsewhere, true
	}
	return "", false
}

// japaneseOrdinary is what names of columns without anything of a person end with.
const japaneseOrdinary = `区分 種別 種類 フラグ ステータス 状態 状況 コード 単位 通貨 都道府県 国 国名 県名 部署
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
			(endsWith(before, japaneseThings) || before == "" && c.in().about == thing) {
			return GroundThing, true
		}
	}
	return "", false
}
