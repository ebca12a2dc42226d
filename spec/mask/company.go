package mask

import "fmt"

// company is company(): a made-up company, by the keyed digest of the value.
type company struct {
	locale, form string
	by           by
}

func decodeCompany(a *args) (kind, error) {
	k := company{}
	var err error
	if k.locale, err = a.locale("companies"); err != nil {
		return nil, err
	}
	known := []string{"by"}
	if k.locale == "ja" {
		known = []string{"form", "by"}
	}
	o, err := a.options(known...)
	if err != nil {
		return nil, err
	}
	if k.form, err = o.word("form", "kanji", "kana", "romaji"); err != nil {
		return nil, err
	}
	k.by, err = o.by()
	return k, err
}

// compile joins a name and a trade. Japanese companies are a 株式会社, whose place is before the name or after it; kana
// goes without.
func (k company) compile(c Column) (Expr, error) {
	seed, err := k.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	name, trade := parseDictionary(companyEn), parseDictionary(tradeEn)
	if k.locale == "ja" {
		name, trade = parseDictionary(companyJa), parseDictionary(tradeJa)
	}
	extra := 1
	if k.locale == "ja" && k.form != "romaji" {
		extra = map[string]int{"kanji": 4}[k.form]
	}
	limit, half := c.room(k.locale == "ja" && k.form != "romaji"), 0
	if limit > 0 {
		half = max(1, (limit-extra)/2)
	}
	a, wideA, err := pick(inForm(name, k.form), half, choice("h", 1, len(name.things)))
	if err != nil {
		return Expr{}, err
	}
	b, wideB, err := pick(inForm(trade, k.form), half, choice("h", 13, len(trade.things)))
	if err != nil {
		return Expr{}, err
	}
	sql := a + " || ' ' || " + b
	switch {
	case k.locale == "ja" && k.form == "kana":
		sql = a + " || " + b
	case k.locale == "ja" && k.form == "kanji":
		kabushiki := unicodeText("株式会社")
		before := number("h", 25, 4) + " < 8"
		sql = fmt.Sprintf("CASE WHEN %s THEN %s ELSE '' END || %s || %s || CASE WHEN %s THEN '' ELSE %s END", before,
			kabushiki, a, b, before, kabushiki)
	}
	return k.by.finish(c, Expr{
		SQL: c.maskNonEmpty(let(sql, digest("company", seed)+" AS h")),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d companies", len(name.things)*len(trade.things)),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     wideA + wideB + extra,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}

// Companies are made of a name and a trade. The words are of this project; a company that is called so exists by
// chance.

const companyEn = `
Acorn Alder Amber Anchor Arbor Argent Ashgrove Aspen Atlas Aurora Basalt Beacon Birchwood Bluebell Boulder Bramley
Bridgewater Brightwater Brook Canyon Cascade Cedar Chestnut Clearwater Clover Cobalt Compass Copper Coral Cornerstone
Crescent Crestview Cypress Dovetail Eastfield Ebony Elmwood Ember Evergreen Fairview Falcon Fern Fieldstone Flint
Foxglove Garnet Glenwood Granite Greystone Harbor Hawthorn Hazel Heather Heron Highland Hillcrest Horizon Indigo
Ironbridge Ivy Jasper Juniper Kestrel Keystone Kingfisher Lakeside Larch Lark Laurel Linden Longmeadow Magnolia Maple
Marble Meadow Meridian Millbrook Moorland Nightingale Northfield Oakridge Ocean Olive Onyx Opal Orchard Osprey Pebble
Pine Pinnacle Plover Prairie Quarry Quartz Raven Redwood Ridgeway Riverside Robin Rosewood Rowan Saffron Sage Sandstone
Sapphire Sequoia Silverbirch Skylark Slate Sparrow Spruce Stonebridge Summit Swallow Sycamore Tamarack Thistle
Tidewater Topaz Valley Verdant Walnut Waterford Westbrook Wheatfield Willow Windmill Wren Yarrow Zephyr`

const tradeEn = `
Analytics_Ltd Associates Builders Capital Catering_Co Chemicals_Inc Clinic Consulting_LLC Courier_Co Dairy Designs
Electronics_Inc Energy_Ltd Engineering_Inc Farms Fashion_Ltd Financial Foods_Inc Foundry Freight_LLC Furniture_Co
Garments_Ltd Group Hardware_Co Health_Inc Holdings Homes_LLC Hospitality Hotels Industries Instruments_Ltd Insurance
Interiors Labs Legal_LLP Logistics_Inc Machinery_Co Manufacturing Marine_Ltd Media_Inc Metals Mining_Co Mobility_Inc
Motors Networks_Inc Optics_Ltd Packaging_Co Paper_Co Partners_LLP Pharmaceuticals Plastics_Ltd Press Printing_Co
Properties_LLC Publishing Realty Robotics_Inc Security_Ltd Services_LLC Shipping_Co Software_Inc Solar_Ltd Solutions
Sports_Co Steel Studios Supplies_Ltd Systems_Inc Telecom Textiles_Ltd Toys_Co Trading_Co Transport Travel_Ltd Utilities
Ventures Water_Co Works`

const companyJa = `
青葉/アオバ 青空/アオゾラ 暁/アカツキ 曙/アケボノ 朝日野/アサヒノ 旭丘/アサヒガオカ 銀杏/イチョウ 磯辺/イソベ 一条/イチジョウ 梅丘/ウメガオカ 桜台/サクラダイ 大空/オオゾラ 岡の上/オカノウエ 沖浜/オキハマ
楓/カエデ 風見/カザミ 霞/カスミ 桂/カツラ 鴨川台/カモガワダイ 唐松/カラマツ 北星/ホクセイ 北斗/ホクト 桐/キリ 錦/ニシキ 久遠/クオン 楠/クスノキ 国見/クニミ 雲海/ウンカイ 欅/ケヤキ 光洋/コウヨウ 五葉/ゴヨウ
小梅/コウメ/Koume 栄和/エイワ 早苗/サナエ 山茶花/サザンカ 潮見/シオミ 東雲/シノノメ 芝浜/シバハマ 昭栄/ショウエイ 白樺/シラカバ 白鷺/シラサギ 新緑/シンリョク 親和/シンワ 杉並木/スギナミキ 鈴蘭/スズラン
清流/セイリュウ 泉州/センシュウ 大樹/タイジュ 太平/タイヘイ 高嶺/タカネ 瀧/タキ 橘/タチバナ 千鳥/チドリ 椿/ツバキ 燕/ツバメ 天馬/テンマ 東光/トウコウ 常盤/トキワ 富岡台/トミオカダイ 南風/ミナカゼ 虹/ニジ
西浜/ニシハマ 日輪/ニチリン 白鳥/ハクチョウ 花園/ハナゾノ 萩/ハギ 浜風/ハマカゼ 早瀬/ハヤセ 陽光/ヨウコウ 光彩/コウサイ 瓢/ヒサゴ 檜/ヒノキ 姫野/ヒメノ 広丘/ヒロオカ 双葉/フタバ 芙蓉/フヨウ 平和台/ヘイワダイ
鳳/オオトリ 北辰/ホクシン 蛍/ホタル 牧の原/マキノハラ 松風/マツカゼ 丸子/マルコ 三沢/ミサワ 水鳥/ミズドリ 緑川/ミドリカワ 港南/コウナン 都/ミヤコ 明星/ミョウジョウ 紅葉/モミジ 柳橋/ヤナギバシ 山吹/ヤマブキ
悠久/ユウキュウ 結/ユイ 葉山台/ハヤマダイ 芳野/ヨシノ 若鮎/ワカアユ 若草/ワカクサ 若竹/ワカタケ 和光/ワコウ 渡瀬/ワタセ`

const tradeJa = `
印刷/インサツ 運輸/ウンユ 化学/カガク 開発/カイハツ 観光/カンコウ 機械/キカイ 技研/ギケン 金属/キンゾク 建設/ケンセツ 工業/コウギョウ 興業/コウギョウ 交通/コウツウ 工務店/コウムテン 産業/サンギョウ
紙業/シギョウ 自動車/ジドウシャ 住宅/ジュウタク 商会/ショウカイ 商事/ショウジ 商店/ショウテン 食品/ショクヒン 水産/スイサン 製菓/セイカ 製作所/セイサクジョ 製薬/セイヤク 精機/セイキ 設備/セツビ
繊維/センイ/Sen'i 倉庫/ソウコ 造園/ゾウエン 通商/ツウショウ 通信/ツウシン 鉄工/テッコウ 電機/デンキ 電子/デンシ 電設/デンセツ 塗装/トソウ 農園/ノウエン 農産/ノウサン 販売/ハンバイ 被服/ヒフク
不動産/フドウサン 物産/ブッサン 物流/ブツリュウ 防災/ボウサイ 紡績/ボウセキ 木材/モクザイ 薬品/ヤクヒン 油脂/ユシ 旅行/リョコウ`
