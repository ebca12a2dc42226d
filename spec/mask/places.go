package mask

import "fmt"

// locality is street(), city(), postcode() and address(): all pick one place by the same digest, so that those of one
// value, or by the same columns, fit together: the postal code is of the city, and the city of the region.
type locality struct {
	what         string // "street", "city", "postcode" or "address"
	locale, part string
	postcode     bool
	by           by
}

func decodePlace(what string) func(*args) (kind, error) {
	return func(a *args) (kind, error) {
		p := locality{what: what}
		var err error
		if p.locale, err = a.locale("places"); err != nil {
			return nil, err
		}
		known := map[string][]string{"city": {"part", "by"}, "address": {"postcode", "by"}}[what]
		if known == nil {
			known = []string{"by"}
		}
		o, err := a.options(known...)
		if err != nil {
			return nil, err
		}
		parts := []string{"city", "region"}
		if p.locale == "en" {
			parts = append(parts, "region_code")
		}
		if p.part, err = o.word("part", parts...); err != nil {
			return nil, err
		}
		if p.postcode, err = o.boolean("postcode"); err != nil {
			return nil, err
		}
		p.by, err = o.by()
		return p, err
	}
}

// sqlText is the SQL of a text, how long it can be, and how many there are.
type sqlText struct {
	sql         string
	width, many int
}

func (p locality) compile(c Column) (Expr, error) {
	seed, err := p.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	w, err := p.write(c)
	if err != nil {
		return Expr{}, err
	}
	return p.by.finish(c, Expr{
		SQL: c.maskNonEmpty(let(w.sql, digest("place", seed)+" AS h, "+c.text()+" AS x")),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d", w.many),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     w.width,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}

func (p locality) write(c Column) (sqlText, error) {
	limit := c.room(p.locale == "ja")
	places, streets := parseDictionary(placesEn), parseDictionary(streetsEn)
	if p.locale == "ja" {
		places, streets = parseDictionary(placesJa), parseDictionary(townsJa)
	}
	n, index := len(places.things), choice("h", 1, len(places.things))
	field := func(form, limit int) (w sqlText, err error) {
		w.many = n
		w.sql, w.width, err = pick(places.form(form, nil), limit, index)
		return w, err
	}
	street := func(limit int) (w sqlText, err error) {
		w.many = len(streets.things)
		w.sql, w.width, err = pick(streets.form(0, nil), limit, choice("h", 13, len(streets.things)))
		return w, err
	}
	// The house: up to 9898 in en, 6-28-20 in ja.
	house, wideHouse, houses := fmt.Sprintf("(1 + %s %% 9898)::text", number("h", 25, 48)), 4, 9898
	if p.locale == "ja" {
		house, wideHouse, houses = fmt.Sprintf("(1 + %s %% 6) || '-' || (1 + %s %% 28) || '-' || (1 + %s %% 20)",
			number("h", 25, 16), number("h", 29, 16), number("h", 33, 16)), 7, 6*28*20
	}
	switch p.what {
	case "city":
		return field(map[string]int{"city": 0, "region": 1, "region_code": 2}[p.part], limit)
	case "postcode":
		return p.code(places, index, limit, limit == 0 || limit >= 8)
	case "street":
		w, err := street(max(0, limit-wideHouse-1))
		if p.locale == "ja" {
			return sqlText{w.sql + " || " + house, w.width + wideHouse, w.many * houses}, err
		}
		return sqlText{house + " || ' ' || " + w.sql, w.width + wideHouse + 1, w.many * houses}, err
	}
	region, city := 1, 0
	if p.locale == "en" {
		region = 2
	}
	r, err := field(region, 0)
	if err != nil {
		return r, err
	}
	t, err := field(city, 0)
	if err != nil {
		return t, err
	}
	s, err := street(0)
	if err != nil {
		return s, err
	}
	w := sqlText{
		many:  n * s.many * houses,
		width: r.width + t.width + s.width + wideHouse,
		sql:   r.sql + " || " + t.sql + " || " + s.sql + " || " + house,
	}
	if p.locale == "en" {
		w.sql, w.width = house+" || ' ' || "+s.sql+" || ', ' || "+t.sql+" || ', ' || "+r.sql, w.width+5
	}
	if !p.postcode {
		return w, nil
	}
	z, err := p.code(places, index, 0, true)
	if p.locale == "ja" {
		return sqlText{z.sql + " || ' ' || " + w.sql, w.width + z.width + 1, w.many * 100}, err
	}
	return sqlText{w.sql + " || ' ' || " + z.sql, w.width + z.width + 1, w.many * 100}, err
}

// code returns a postal code of the place: its first three digits are the city's. A Japanese one is sqlText with a
// hyphen unless the value has none, or there is no room.
func (p locality) code(places dictionary, index string, limit int, hyphen bool) (w sqlText, err error) {
	form, digits, all := 3, 2, 100
	if p.locale == "ja" {
		form, digits, all = 2, 4, 10000
	}
	if limit > 0 && limit < 3+digits {
		return w, fmt.Errorf("a postal code has %d characters", 3+digits)
	}
	w.many, w.width = len(places.things)*all, 3+digits
	if w.sql, _, err = pick(places.form(form, nil), 0, index); err != nil {
		return w, err
	}
	rest := fmt.Sprintf("lpad((%s %% %d)::text, %d, '0')", number("h", 37, 48), all, digits)
	if p.locale != "ja" || !hyphen {
		w.sql += " || " + rest
		return w, nil
	}
	separator := "'-'"
	if p.what == "postcode" {
		separator = "CASE WHEN x ~ '^[0-9]+$' THEN '' ELSE '-' END"
	}
	w.width++
	w.sql += " || " + separator + " || " + rest
	return w, nil
}

// country is country(): one of many, by name or by its code of two letters.
type country struct {
	locale, form string
	by           by
}

func decodeCountry(a *args) (kind, error) {
	k := country{}
	var err error
	if k.locale, err = a.locale("countries"); err != nil {
		return nil, err
	}
	o, err := a.options("form", "by")
	if err != nil {
		return nil, err
	}
	if k.form, err = o.word("form", "name", "code"); err != nil {
		return nil, err
	}
	k.by, err = o.by()
	return k, err
}

func (k country) compile(c Column) (Expr, error) {
	seed, err := k.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	form := map[string]int{"en": 0, "ja": 1}[k.locale]
	if k.form == "code" {
		form = 2
	}
	list := parseDictionary(countries)
	sql, width, err := pick(list.form(form, nil), c.room(form == 1), choice("h", 1, len(list.things)))
	if err != nil {
		return Expr{}, err
	}
	return k.by.finish(c, Expr{
		SQL: c.maskNonEmpty(let(sql, digest("country", seed)+" AS h")),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d countries", len(list.things)),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     width,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}

// countries: name/Japanese name/code of ISO 3166-1.
const countries = `
Albania/アルバニア/AL Algeria/アルジェリア/DZ Angola/アンゴラ/AO Argentina/アルゼンチン/AR Armenia/アルメニア/AM Australia/オーストラリア/AU
Austria/オーストリア/AT Azerbaijan/アゼルバイジャン/AZ Bahrain/バーレーン/BH Bangladesh/バングラデシュ/BD Belgium/ベルギー/BE Bhutan/ブータン/BT
Bolivia/ボリビア/BO Botswana/ボツワナ/BW Brazil/ブラジル/BR Bulgaria/ブルガリア/BG Cambodia/カンボジア/KH Cameroon/カメルーン/CM Canada/カナダ/CA
Chile/チリ/CL China/中国/CN Colombia/コロンビア/CO Costa_Rica/コスタリカ/CR Croatia/クロアチア/HR Cuba/キューバ/CU Cyprus/キプロス/CY
Czechia/チェコ/CZ Denmark/デンマーク/DK Ecuador/エクアドル/EC Egypt/エジプト/EG Estonia/エストニア/EE Ethiopia/エチオピア/ET Fiji/フィジー/FJ
Finland/フィンランド/FI France/フランス/FR Gabon/ガボン/GA Georgia/ジョージア/GE Germany/ドイツ/DE Ghana/ガーナ/GH Greece/ギリシャ/GR
Guatemala/グアテマラ/GT Honduras/ホンジュラス/HN Hungary/ハンガリー/HU Iceland/アイスランド/IS India/インド/IN Indonesia/インドネシア/ID Iraq/イラク/IQ
Ireland/アイルランド/IE Israel/イスラエル/IL Italy/イタリア/IT Jamaica/ジャマイカ/JM Japan/日本/JP Jordan/ヨルダン/JO Kazakhstan/カザフスタン/KZ
Kenya/ケニア/KE Kuwait/クウェート/KW Laos/ラオス/LA Latvia/ラトビア/LV Lebanon/レバノン/LB Lithuania/リトアニア/LT Luxembourg/ルクセンブルク/LU
Madagascar/マダガスカル/MG Malaysia/マレーシア/MY Maldives/モルディブ/MV Mali/マリ/ML Malta/マルタ/MT Mauritius/モーリシャス/MU Mexico/メキシコ/MX
Mongolia/モンゴル/MN Montenegro/モンテネグロ/ME Morocco/モロッコ/MA Mozambique/モザンビーク/MZ Namibia/ナミビア/NA Nepal/ネパール/NP
Netherlands/オランダ/NL New_Zealand/ニュージーランド/NZ Nicaragua/ニカラグア/NI Nigeria/ナイジェリア/NG Norway/ノルウェー/NO Oman/オマーン/OM
Pakistan/パキスタン/PK Panama/パナマ/PA Paraguay/パラグアイ/PY Peru/ペルー/PE Philippines/フィリピン/PH Poland/ポーランド/PL Portugal/ポルトガル/PT
Qatar/カタール/QA Romania/ルーマニア/RO Rwanda/ルワンダ/RW Samoa/サモア/WS Saudi_Arabia/サウジアラビア/SA Senegal/セネガル/SN Serbia/セルビア/RS
Singapore/シンガポール/SG Slovakia/スロバキア/SK Slovenia/スロベニア/SI South_Africa/南アフリカ/ZA South_Korea/韓国/KR Spain/スペイン/ES
Sri_Lanka/スリランカ/LK Sweden/スウェーデン/SE Switzerland/スイス/CH Taiwan/台湾/TW Tanzania/タンザニア/TZ Thailand/タイ/TH Tonga/トンガ/TO
Tunisia/チュニジア/TN Uganda/ウガンダ/UG Ukraine/ウクライナ/UA United_Arab_Emirates/アラブ首長国連邦/AE United_Kingdom/イギリス/GB
United_States/アメリカ合衆国/US Uruguay/ウルグアイ/UY Uzbekistan/ウズベキスタン/UZ Vietnam/ベトナム/VN Zambia/ザンビア/ZM`

// Places are cities with the state or prefecture and the first digits of their postal codes, all of which are public
// facts; the towns and streets are common names. Written for this project from general knowledge.

// placesEn: city/state/state's code/first three digits of the ZIP code.
const placesEn = `
Akron/Ohio/OH/443 Albany/New_York/NY/122 Albuquerque/New_Mexico/NM/871 Amarillo/Texas/TX/791 Anaheim/California/CA/928
Anchorage/Alaska/AK/995 Ann_Arbor/Michigan/MI/481 Asheville/North_Carolina/NC/288 Atlanta/Georgia/GA/303
Augusta/Maine/ME/043 Aurora/Colorado/CO/800 Austin/Texas/TX/787 Bakersfield/California/CA/933 Baltimore/Maryland/MD/212
Bangor/Maine/ME/044 Baton_Rouge/Louisiana/LA/708 Billings/Montana/MT/591 Biloxi/Mississippi/MS/395
Birmingham/Alabama/AL/352 Bismarck/North_Dakota/ND/585 Boise/Idaho/ID/837 Boston/Massachusetts/MA/021
Boulder/Colorado/CO/803 Bridgeport/Connecticut/CT/066 Brooklyn/New_York/NY/112 Buffalo/New_York/NY/142
Burlington/Vermont/VT/054 Casper/Wyoming/WY/826 Cedar_Rapids/Iowa/IA/524 Charleston/South_Carolina/SC/294
Charlotte/North_Carolina/NC/282 Chattanooga/Tennessee/TN/374 Cheyenne/Wyoming/WY/820 Chicago/Illinois/IL/606
Cincinnati/Ohio/OH/452 Cleveland/Ohio/OH/441 Colorado_Springs/Colorado/CO/809 Columbia/South_Carolina/SC/292
Columbus/Ohio/OH/432 Concord/New_Hampshire/NH/033 Corpus_Christi/Texas/TX/784 Dallas/Texas/TX/752 Dayton/Ohio/OH/454
Denver/Colorado/CO/802 Des_Moines/Iowa/IA/503 Detroit/Michigan/MI/482 Duluth/Minnesota/MN/558
Durham/North_Carolina/NC/277 El_Paso/Texas/TX/799 Erie/Pennsylvania/PA/165 Eugene/Oregon/OR/974
Evansville/Indiana/IN/477 Fargo/North_Dakota/ND/581 Flagstaff/Arizona/AZ/860 Flint/Michigan/MI/485
Fort_Wayne/Indiana/IN/468 Fort_Worth/Texas/TX/761 Fresno/California/CA/937 Grand_Rapids/Michigan/MI/495
Green_Bay/Wisconsin/WI/543 Greensboro/North_Carolina/NC/274 Harrisburg/Pennsylvania/PA/171 Hartford/Connecticut/CT/061
Helena/Montana/MT/596 Honolulu/Hawaii/HI/968 Houston/Texas/TX/770 Huntsville/Alabama/AL/358 Indianapolis/Indiana/IN/462
Ithaca/New_York/NY/148 Jackson/Mississippi/MS/392 Jacksonville/Florida/FL/322 Kansas_City/Missouri/MO/641
Knoxville/Tennessee/TN/379 Lansing/Michigan/MI/489 Las_Vegas/Nevada/NV/891 Lexington/Kentucky/KY/405
Lincoln/Nebraska/NE/685 Little_Rock/Arkansas/AR/722 Los_Angeles/California/CA/900 Louisville/Kentucky/KY/402
Lubbock/Texas/TX/794 Macon/Georgia/GA/312 Madison/Wisconsin/WI/537 Manchester/New_Hampshire/NH/031
Memphis/Tennessee/TN/381 Miami/Florida/FL/331 Milwaukee/Wisconsin/WI/532 Minneapolis/Minnesota/MN/554
Mobile/Alabama/AL/366 Montgomery/Alabama/AL/361 Nashville/Tennessee/TN/372 New_Haven/Connecticut/CT/065
New_Orleans/Louisiana/LA/701 Newark/New_Jersey/NJ/071 Norfolk/Virginia/VA/235 Oakland/California/CA/946
Oklahoma_City/Oklahoma/OK/731 Omaha/Nebraska/NE/681 Orlando/Florida/FL/328 Peoria/Illinois/IL/616
Philadelphia/Pennsylvania/PA/191 Phoenix/Arizona/AZ/850 Pittsburgh/Pennsylvania/PA/152 Portland/Oregon/OR/972
Providence/Rhode_Island/RI/029 Raleigh/North_Carolina/NC/276 Rapid_City/South_Dakota/SD/577 Reno/Nevada/NV/895
Richmond/Virginia/VA/232 Roanoke/Virginia/VA/240 Rochester/New_York/NY/146 Rockford/Illinois/IL/611
Sacramento/California/CA/958 Salem/Oregon/OR/973 Salt_Lake_City/Utah/UT/841 San_Antonio/Texas/TX/782
San_Diego/California/CA/921 San_Francisco/California/CA/941 San_Jose/California/CA/951 Santa_Fe/New_Mexico/NM/875
Savannah/Georgia/GA/314 Scranton/Pennsylvania/PA/185 Seattle/Washington/WA/981 Shreveport/Louisiana/LA/711
Sioux_Falls/South_Dakota/SD/571 South_Bend/Indiana/IN/466 Spokane/Washington/WA/992 Springfield/Missouri/MO/658
St_Louis/Missouri/MO/631 St_Paul/Minnesota/MN/551 Stockton/California/CA/952 Syracuse/New_York/NY/132
Tacoma/Washington/WA/984 Tallahassee/Florida/FL/323 Tampa/Florida/FL/336 Toledo/Ohio/OH/436 Topeka/Kansas/KS/666
Trenton/New_Jersey/NJ/086 Tucson/Arizona/AZ/857 Tulsa/Oklahoma/OK/741 Washington/District_of_Columbia/DC/200
Wichita/Kansas/KS/672 Wilmington/Delaware/DE/198 Worcester/Massachusetts/MA/016`

const streetsEn = `
Acorn_Lane Alder_Street Amber_Court Ashgrove_Road Aspen_Drive Beacon_Avenue Beech_Street Birch_Lane Bluebell_Close
Bramley_Close Briar_Road Bridge_Street Brookside_Drive Canal_Street Castle_Road Cedar_Street Chapel_Lane Cherry_Street
Chestnut_Avenue Church_Road Clarendon_Street Clover_Court Cobden_Terrace College_Avenue Cottage_Lane Crescent_Road
Cypress_Avenue Dale_Street Division_Street Dogwood_Drive East_Street Elm_Grove Fairview_Avenue Fern_Street Field_Lane
Forest_Drive Franklin_Street Garden_Street Garfield_Avenue Glenwood_Drive Grange_Road Green_Lane Grove_Street
Harbor_Road Hawthorn_Street Hazel_Court Heather_Drive Heron_Way Highland_Avenue Hillside_Avenue Holly_Lane Ivy_Court
Jasmine_Way Jefferson_Street Juniper_Lane Kingsway Lakeview_Drive Larch_Road Laurel_Street Lilac_Lane Lincoln_Avenue
Linden_Avenue Locust_Street Magnolia_Street Main_Street Manor_Road Maple_Avenue Market_Street Meadow_Lane Mill_Lane
Monroe_Street Morningside_Drive Mulberry_Street North_Street Northfield_Road Oak_Street Oakwood_Drive Old_Mill_Road
Olive_Street Orchard_Street Park_Avenue Peach_Street Pear_Tree_Lane Pearl_Street Pine_Street Pleasant_Avenue
Poplar_Street Prospect_Street Quarry_Road Queens_Road Railway_Terrace Ridge_Road River_Street Rosebank_Avenue
Rosewood_Lane Rowan_Drive Saint_Marys_Road School_Lane Second_Street Shady_Lane South_Street Spring_Street
Spruce_Street Station_Road Stone_Street Summit_Avenue Sunset_Drive Sycamore_Drive Tannery_Lane Third_Street Thistle_Way
Union_Street Valley_Road Victoria_Road View_Street Vine_Street Walnut_Street Washington_Avenue Water_Street
Waverley_Road West_Street Wheatfield_Road Willow_Lane Wood_Street Woodlands_Avenue Wren_Court Yarrow_Lane York_Street`

// placesJa: city/prefecture/first three digits of the postal code.
const placesJa = `
札幌市中央区/北海道/060 札幌市北区/北海道/001 函館市/北海道/040 旭川市/北海道/070 釧路市/北海道/085 帯広市/北海道/080 小樽市/北海道/047 青森市/青森県/030 八戸市/青森県/031
弘前市/青森県/036 盛岡市/岩手県/020 一関市/岩手県/021 仙台市青葉区/宮城県/980 仙台市太白区/宮城県/982 石巻市/宮城県/986 秋田市/秋田県/010 横手市/秋田県/013 山形市/山形県/990
鶴岡市/山形県/997 米沢市/山形県/992 福島市/福島県/960 郡山市/福島県/963 いわき市/福島県/970 会津若松市/福島県/965 水戸市/茨城県/310 つくば市/茨城県/305 日立市/茨城県/317
宇都宮市/栃木県/320 足利市/栃木県/326 小山市/栃木県/323 前橋市/群馬県/371 高崎市/群馬県/370 桐生市/群馬県/376 さいたま市浦和区/埼玉県/330 川口市/埼玉県/332 川越市/埼玉県/350
所沢市/埼玉県/359 春日部市/埼玉県/344 千葉市中央区/千葉県/260 船橋市/千葉県/273 松戸市/千葉県/271 市川市/千葉県/272 柏市/千葉県/277 成田市/千葉県/286 世田谷区/東京都/154
杉並区/東京都/166 練馬区/東京都/176 江東区/東京都/135 大田区/東京都/144 品川区/東京都/140 目黒区/東京都/152 中野区/東京都/164 豊島区/東京都/170 北区/東京都/114 板橋区/東京都/173
足立区/東京都/120 葛飾区/東京都/125 江戸川区/東京都/132 墨田区/東京都/130 台東区/東京都/110 文京区/東京都/112 新宿区/東京都/160 渋谷区/東京都/150 港区/東京都/105
八王子市/東京都/192 立川市/東京都/190 三鷹市/東京都/181 町田市/東京都/194 府中市/東京都/183 横浜市港北区/神奈川県/223 横浜市中区/神奈川県/231 横浜市青葉区/神奈川県/225
川崎市中原区/神奈川県/211 相模原市中央区/神奈川県/252 藤沢市/神奈川県/251 横須賀市/神奈川県/238 鎌倉市/神奈川県/248 小田原市/神奈川県/250 平塚市/神奈川県/254 新潟市中央区/新潟県/951
長岡市/新潟県/940 上越市/新潟県/943 富山市/富山県/930 高岡市/富山県/933 金沢市/石川県/920 小松市/石川県/923 福井市/福井県/910 敦賀市/福井県/914 甲府市/山梨県/400 長野市/長野県/380
松本市/長野県/390 上田市/長野県/386 飯田市/長野県/395 岐阜市/岐阜県/500 大垣市/岐阜県/503 高山市/岐阜県/506 静岡市葵区/静岡県/420 浜松市中央区/静岡県/430 沼津市/静岡県/410
富士市/静岡県/417 名古屋市千種区/愛知県/464 名古屋市中区/愛知県/460 豊橋市/愛知県/440 岡崎市/愛知県/444 豊田市/愛知県/471 一宮市/愛知県/491 春日井市/愛知県/486 津市/三重県/514
四日市市/三重県/510 伊勢市/三重県/516 大津市/滋賀県/520 彦根市/滋賀県/522 草津市/滋賀県/525 京都市左京区/京都府/606 京都市中京区/京都府/604 京都市伏見区/京都府/612 宇治市/京都府/611
大阪市北区/大阪府/530 大阪市天王寺区/大阪府/543 大阪市西区/大阪府/550 堺市堺区/大阪府/590 吹田市/大阪府/564 豊中市/大阪府/560 高槻市/大阪府/569 枚方市/大阪府/573 東大阪市/大阪府/577
神戸市中央区/兵庫県/650 神戸市灘区/兵庫県/657 姫路市/兵庫県/670 西宮市/兵庫県/662 尼崎市/兵庫県/660 明石市/兵庫県/673 奈良市/奈良県/630 橿原市/奈良県/634 和歌山市/和歌山県/640
鳥取市/鳥取県/680 米子市/鳥取県/683 松江市/島根県/690 出雲市/島根県/693 岡山市北区/岡山県/700 倉敷市/岡山県/710 津山市/岡山県/708 広島市中区/広島県/730 福山市/広島県/720
呉市/広島県/737 尾道市/広島県/722 山口市/山口県/753 下関市/山口県/750 宇部市/山口県/755 徳島市/徳島県/770 高松市/香川県/760 丸亀市/香川県/763 松山市/愛媛県/790 今治市/愛媛県/794
高知市/高知県/780 福岡市中央区/福岡県/810 福岡市博多区/福岡県/812 北九州市小倉北区/福岡県/802 久留米市/福岡県/830 佐賀市/佐賀県/840 唐津市/佐賀県/847 長崎市/長崎県/850
佐世保市/長崎県/857 熊本市中央区/熊本県/860 八代市/熊本県/866 大分市/大分県/870 別府市/大分県/874 宮崎市/宮崎県/880 都城市/宮崎県/885 鹿児島市/鹿児島県/890 霧島市/鹿児島県/899
那覇市/沖縄県/900 浦添市/沖縄県/901`

const townsJa = `
青葉 青柳 赤坂台 朝日町 旭町 泉町 一番町 稲荷町 梅田台 栄町 扇町 大手町 大町 丘の上 学園町 霞台 春日町 川端町 神田町 菊水町 北町 桔梗が丘 京町 桐が丘 銀杏台 幸町 寿町 小松原 桜ヶ丘 桜町 汐見台 清水町 下町
昭和町 城下町 白金台 新町 住吉町 末広町 高砂町 高台 橘町 玉川台 千歳町 茶屋町 中央 月見町 寺町 天神町 東雲町 常盤町 富士見町 中町 長町 西町 錦町 野田町 八幡町 花園町 浜町 光が丘 東町 日吉台 平和町 広小路
本町 前田町 松が丘 松原町 緑ヶ丘 緑町 港町 南町 宮前町 美園町 明神町 元町 柳町 山手町 弥生町 吉野町 若草町 若葉台 若松町`
