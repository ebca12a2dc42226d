package mask

import (
	"fmt"
	"slices"
	"sync"
)

// name is first_name(), last_name() and full_name(): a pick from lists of common names by the keyed digest
// of the value. The same value gets the same name everywhere; two values may share one.
type name struct {
	part         string // "first", "last" or "full"
	locale, form string
	by           by
}

func decodeName(part string) func(*args) (kind, error) {
	return func(a *args) (kind, error) {
		n := name{part: part}
		var err error
		if n.locale, err = a.locale("names"); err != nil {
			return nil, err
		}
		known := []string{"by"}
		if n.locale == "ja" {
			known = []string{"form", "by"}
		}
		o, err := a.options(known...)
		if err != nil {
			return nil, err
		}
		if n.form, err = o.word("form", "kanji", "kana", "romaji"); err != nil {
			return nil, err
		}
		n.by, err = o.by()
		return n, err
	}
}

// locale reads the locale that may stand first.
func (a *args) locale(what string) (string, error) {
	if !a.more() || !a.nextIsString() {
		return "en", nil
	}
	locale, err := a.str("the locale")
	if err == nil && locale != "en" && locale != "ja" {
		err = fmt.Errorf("there are no %s for %q; known: en, ja", what, locale)
	}
	return locale, err
}

// word reads an option that is one of a few words; the first is the default.
func (o options) word(name string, words ...string) (string, error) {
	w, err := o.str(name, words[0])
	if err == nil && !slices.Contains(words, w) {
		err = fmt.Errorf("%s must be %s", name, enumerate(quoted(words), "or"))
	}
	return w, err
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}

func (n name) compile(c Column) (Expr, error) {
	seed, err := n.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	first, last := namesOf(n.locale, n.form)
	limit := c.room(n.locale == "ja" && n.form != "romaji")
	var sql, meeting string
	var width int
	switch n.part {
	case "first":
		sql, width, err = pick(first, limit, choice("h", 1, len(first)))
		meeting = fmt.Sprintf("one of %d names", len(first))
	case "last":
		sql, width, err = pick(last, limit, choice("h", 13, len(last)))
		meeting = fmt.Sprintf("one of %d names", len(last))
	default:
		sql, width, err = wholeName(first, last, limit, n.locale == "ja")
		meeting = fmt.Sprintf("one of %d names", len(first)*len(last))
	}
	if err != nil {
		return Expr{}, err
	}
	return n.by.finish(c, Expr{
		SQL: c.maskNonEmpty(let(sql, digest("name", seed)+" AS h")),
		Properties: Properties{Null: NullKept, Unique: Lossy, Collisions: meeting, Deterministic: true,
			Keyed: Strong, MaxLength: width, Strength: Synthetic, MayEqualRaw: true},
	}), nil
}

// wholeName joins both names with a space; together they fit into the limit.
func wholeName(first, last []string, limit int, familyFirst bool) (string, int, error) {
	half := 0
	if limit > 0 {
		half = max(1, (limit-1)/2)
	}
	a, wideA, err := pick(first, half, choice("h", 1, len(first)))
	if err != nil {
		return "", 0, err
	}
	b, wideB, err := pick(last, half, choice("h", 13, len(last)))
	if err != nil {
		return "", 0, err
	}
	if familyFirst {
		a, b = b, a
	}
	return a + " || ' ' || " + b, wideA + 1 + wideB, nil
}

// room returns how many characters a text may have, 0 for any number. The type name counts bytes, and a Japanese
// character has three.
func (c Column) room(japanese bool) int {
	u := c.Type.Underlying()
	if u.is("name") && japanese {
		return u.limit() / 3
	}
	return u.limit()
}

// The names of a locale are read once, however many columns they mask.
var (
	english = sync.OnceValues(func() (first, last dictionary) {
		return parseDictionary(firstEn), parseDictionary(lastEn)
	})
	japanese = sync.OnceValues(func() (first, last dictionary) {
		return parseDictionary(firstJa), parseDictionary(lastJa)
	})
)

// namesOf returns the given and the family names of a locale.
func namesOf(locale, form string) (first, last []string) {
	a, b := english()
	if locale == "ja" {
		a, b = japanese()
	}
	return inForm(a, form), inForm(b, form)
}

// inForm returns Japanese words in kanji, kana or romaji; words that have one form only stay as they are.
func inForm(d dictionary, form string) []string {
	if len(d.things[0]) == 1 {
		form = "kanji"
	}
	return d.form(slices.Index([]string{"kanji", "kana", "romaji"}, form), func(thing []string) string {
		return romaji(thing[1])
	})
}

const firstEn = `
Aaron Abigail Adam Adrian Agnes Alan Albert Alexander Alexandra Alfred Alice Alison Amanda Amber Amelia Amy Andrea
Andrew Angela Anita Anna Anne Anthony Arthur Ashley Audrey Austin Barbara Beatrice Benjamin Bernard Bethany Betty
Beverly Brandon Brenda Brian Bridget Bruce Bryan Caleb Cameron Carl Carla Carmen Carol Caroline Catherine Cecilia
Charles Charlotte Chloe Christian Christina Christopher Claire Clara Clarence Claudia Colin Connor Craig Curtis Cynthia
Daisy Daniel Danielle David Dawn Deborah Denise Dennis Derek Diana Diane Dominic Donald Donna Doris Dorothy Douglas
Duncan Dylan Edith Edward Eileen Elaine Eleanor Elizabeth Ella Ellen Emily Emma Eric Erin Esther Ethan Eugene Evan
Evelyn Felix Fiona Florence Frances Francis Frank Gabriel Gary Gavin George Georgia Gerald Gloria Gordon Grace Graham
Gregory Hannah Harold Harriet Harry Hazel Heather Helen Henry Holly Howard Hugh Ian Irene Isaac Isabella Jack Jacob
Jacqueline James Jane Janet Janice Jason Jean Jeffrey Jennifer Jeremy Jessica Joan Joanna Joel John Jonathan Joseph
Joshua Joyce Judith Julia Julian Julie Justin Karen Katherine Keith Kelly Kenneth Kevin Kimberly Kyle Laura Lauren
Lawrence Leah Leonard Lewis Lillian Linda Lisa Logan Louis Louise Lucas Lucy Luke Lydia Madison Marcus Margaret Maria
Marie Marion Mark Martha Martin Mary Mason Matthew Megan Melissa Michael Michelle Miles Monica Morgan Nancy Naomi
Natalie Nathan Neil Nicholas Nicole Nigel Nina Noah Nora Norman Oliver Olivia Oscar Owen Pamela Patricia Patrick Paul
Paula Peter Philip Phoebe Phyllis Rachel Ralph Raymond Rebecca Richard Robert Robin Roger Ronald Rosemary Roy Russell
Ruth Ryan Samantha Samuel Sandra Sarah Scott Sean Sebastian Sharon Sheila Shirley Simon Sophia Stephanie Stephen Steven
Stuart Susan Sylvia Teresa Theodore Theresa Thomas Timothy Tracy Trevor Tyler Valerie Vanessa Vera Victor Victoria
Vincent Virginia Vivian Walter Wendy William Zachary Zoe`

const lastEn = `
Abbott Adams Alexander Allen Anderson Andrews Armstrong Arnold Atkinson Austin Bailey Baker Baldwin Ball Barker Barnes
Barrett Bates Baxter Bell Bennett Berry Bishop Black Blake Booth Bowen Bradley Brewer Brooks Brown Bryant Buckley
Burgess Burke Burns Burton Butler Byrne Cameron Campbell Carlson Carpenter Carr Carroll Carter Chambers Chandler
Chapman Clark Clarke Cole Coleman Collins Conway Cook Cooper Cox Craig Crawford Cross Cunningham Curtis Dalton Daniels
Davidson Davies Davis Dawson Day Dean Dixon Douglas Doyle Duncan Dunn Edwards Elliott Ellis Evans Farrell Ferguson
Fisher Fitzgerald Fleming Fletcher Ford Foster Fowler Fox Francis Franklin Fraser Freeman French Fuller Gardner Garner
George Gibson Gilbert Gill Gordon Graham Grant Graves Gray Green Greene Griffin Griffiths Hale Hall Hamilton Hansen
Harding Hardy Harper Harris Harrison Hart Harvey Hawkins Hayes Henderson Henry Hicks Higgins Hill Hodges Holland Holmes
Hopkins Houston Howard Howe Howell Hudson Hughes Hunt Hunter Hutchinson Ingram Jackson Jacobs James Jenkins Jennings
Jensen Johnson Johnston Jones Jordan Joyce Kelly Kennedy Kent Kerr King Knight Lamb Lambert Lane Larson Lawrence Lawson
Lee Lewis Lindsay Lloyd Long Lowe Lucas Lynch Lyons MacDonald Marshall Martin Mason Matthews Maxwell May McCarthy
McDonald McKenzie Mills Mitchell Moore Moran Morgan Morris Morrison Moss Murphy Murray Myers Nash Nelson Newman Newton
Nichols Nicholson Norman Norris Norton Olson Osborne Owen Owens Page Palmer Parker Parsons Patterson Payne Pearce
Pearson Perkins Perry Peters Phillips Pierce Porter Potter Powell Price Quinn Ramsey Randall Reed Reid Reynolds Rhodes
Rice Richards Richardson Riley Roberts Robertson Robinson Rogers Rose Ross Rowe Russell Ryan Sanders Saunders Schmidt
Scott Sharp Shaw Shepherd Sheridan Simmons Simpson Smith Snyder Spencer Stanley Steele Stephens Stevens Stewart Stone
Sutton Taylor Terry Thomas Thompson Thornton Todd Tucker Turner Underwood Vaughan Wade Walker Wallace Walsh Walters
Walton Ward Warren Watkins Watson Watts Weaver Webb Webster Wells West Wheeler White Wilkinson Williams Willis Wilson
Winters Wood Woods Wright Wyatt Yates Young`

// Japanese names: kanji/kana, in Latin letters too where kana alone would be spelt otherwise. The lists are of this
// project; names that are common among millions belong to nobody.

const firstJa = `
愛/アイ 葵/アオイ 茜/アカネ 明美/アケミ 彩/アヤ 彩花/アヤカ 綾/アヤ 綾子/アヤコ 杏/アン 泉/イズミ 恵/メグミ 恵子/ケイコ 恵美/エミ 絵美/エミ 花/ハナ 香/カオリ 香織/カオリ 佳奈/カナ 加奈子/カナコ
和子/カズコ 和美/カズミ 京子/キョウコ 久美子/クミコ 桜/サクラ 早紀/サキ 幸子/サチコ 静香/シズカ 詩織/シオリ 順子/ジュンコ 純子/ジュンコ 真由美/マユミ 真理/マリ 真理子/マリコ 麻衣/マイ 美咲/ミサキ 美穂/ミホ
美樹/ミキ 美香/ミカ 美雪/ミユキ 美優/ミユ 美月/ミヅキ 瑞希/ミズキ 未来/ミライ 南/ミナミ 宮子/ミヤコ 萌/モエ 桃子/モモコ 百合子/ユリコ 裕子/ユウコ 優/ユウ 優子/ユウコ 優奈/ユウナ 結衣/ユイ 結菜/ユイナ
由美/ユミ 由美子/ユミコ 友美/トモミ 陽菜/ヒナ 陽子/ヨウコ 洋子/ヨウコ 莉子/リコ 莉奈/リナ 里美/サトミ 理恵/リエ 涼子/リョウコ 玲子/レイコ 麗奈/レイナ 若菜/ワカナ 千尋/チヒロ 千春/チハル 千夏/チナツ
智子/トモコ 知美/トモミ 直美/ナオミ 直子/ナオコ 奈々/ナナ 奈緒/ナオ 奈津子/ナツコ 夏美/ナツミ 典子/ノリコ 春香/ハルカ 遥/ハルカ 日和/ヒヨリ 光/ヒカル ひかり/ヒカリ 久子/ヒサコ 仁美/ヒトミ 弘美/ヒロミ
広子/ヒロコ 冬美/フユミ 文子/フミコ 芙美/フミ 凪/ナギ 琴音/コトネ 心/ココロ 心春/コハル 小春/コハル 紗希/サキ 沙織/サオリ 咲/サキ 栞/シオリ 翠/ミドリ 鈴/スズ 澪/ミオ 雅子/マサコ 円/マドカ 道子/ミチコ
緑/ミドリ 実咲/ミサキ 睦美/ムツミ 紫/ユカリ 芽衣/メイ 弥生/ヤヨイ 雪乃/ユキノ 蘭/ラン 律子/リツコ 瑠璃/ルリ 和香/ワカ 渚/ナギサ 明/アキラ 章/アキラ 昭/アキラ 淳/ジュン 敦/アツシ 篤/アツシ 歩/アユム
勇/イサム 勇気/ユウキ 功/イサオ 英樹/ヒデキ 英二/エイジ 修/オサム 治/オサム 和也/カズヤ 和夫/カズオ 和彦/カズヒコ 一樹/カズキ 勝/マサル 克己/カツミ 公平/コウヘイ 健/ケン 健一/ケンイチ/Kenichi
健太/ケンタ 健二/ケンジ 謙/ケン 浩/ヒロシ 浩一/コウイチ 浩二/コウジ 孝/タカシ 孝之/タカユキ 隆/タカシ 隆志/タカシ 貴之/タカユキ 拓也/タクヤ 拓海/タクミ 匠/タクミ 武/タケシ 剛/ツヨシ 正/タダシ 正樹/マサキ
正人/マサト 忠/タダシ 達也/タツヤ 努/ツトム 哲也/テツヤ 徹/トオル 智也/トモヤ 友和/トモカズ 豊/ユタカ 直樹/ナオキ 直人/ナオト 直之/ナオユキ 信/シン 信夫/ノブオ 登/ノボル 昇/ノボル 肇/ハジメ 春樹/ハルキ
博/ヒロシ 博之/ヒロユキ 弘/ヒロシ 広志/ヒロシ 文雄/フミオ 誠/マコト 真一/シンイチ/Shinichi 雅人/マサト 雅之/マサユキ 学/マナブ 守/マモル 稔/ミノル 光男/ミツオ 実/ミノル 宗一/ソウイチ 康/ヤスシ
康夫/ヤスオ 靖/ヤスシ 雄一/ユウイチ 雄大/ユウダイ 裕二/ユウジ 祐介/ユウスケ 悠/ユウ 悠斗/ユウト 佑樹/ユウキ 幸雄/ユキオ 義男/ヨシオ 良/リョウ 良太/リョウタ 亮/リョウ 亮太/リョウタ 涼/リョウ 蓮/レン
陸/リク 陸斗/リクト 大輔/ダイスケ 大樹/ダイキ 大地/ダイチ 太郎/タロウ 次郎/ジロウ 三郎/サブロウ 聡/サトシ 慎一/シンイチ/Shinichi 慎吾/シンゴ 翔/ショウ 翔太/ショウタ 翔平/ショウヘイ 颯太/ソウタ
湊/ミナト 樹/イツキ 新/アラタ 晴人/ハルト 陽翔/ハルト 陽太/ヨウタ 隼人/ハヤト 秀樹/ヒデキ 秀明/ヒデアキ 俊介/シュンスケ 俊彦/トシヒコ 潤/ジュン 淳一/ジュンイチ/Junichi 清/キヨシ 茂/シゲル 進/ススム
卓也/タクヤ 保/タモツ 仁/ヒトシ 恭平/キョウヘイ 航/ワタル 昂/スバル 駿/シュン 啓太/ケイタ 圭吾/ケイゴ 慶/ケイ 力/リキ 玲央/レオ 渉/ワタル 航平/コウヘイ`

const lastJa = `
佐藤/サトウ 鈴木/スズキ 高橋/タカハシ 田中/タナカ 伊藤/イトウ 渡辺/ワタナベ 山本/ヤマモト 中村/ナカムラ 小林/コバヤシ 加藤/カトウ 吉田/ヨシダ 山田/ヤマダ 佐々木/ササキ 山口/ヤマグチ 松本/マツモト
井上/イノウエ/Inoue 木村/キムラ 林/ハヤシ 斎藤/サイトウ 清水/シミズ 山崎/ヤマザキ 森/モリ 池田/イケダ 橋本/ハシモト 阿部/アベ 石川/イシカワ 山下/ヤマシタ 中島/ナカジマ 石井/イシイ 小川/オガワ
前田/マエダ 岡田/オカダ 長谷川/ハセガワ 藤田/フジタ 後藤/ゴトウ 近藤/コンドウ 村上/ムラカミ 遠藤/エンドウ 青木/アオキ 坂本/サカモト 斉藤/サイトウ 福田/フクダ 太田/オオタ 西村/ニシムラ 藤井/フジイ
岡本/オカモト 金子/カネコ 藤原/フジワラ 三浦/ミウラ 中野/ナカノ 中川/ナカガワ 原田/ハラダ 松田/マツダ 竹内/タケウチ/Takeuchi 小野/オノ 田村/タムラ 中山/ナカヤマ 和田/ワダ 石田/イシダ 森田/モリタ
上田/ウエダ 原/ハラ 内田/ウチダ 柴田/シバタ 酒井/サカイ 宮崎/ミヤザキ 横山/ヨコヤマ 高木/タカギ 安藤/アンドウ 宮本/ミヤモト 大野/オオノ 小島/コジマ 工藤/クドウ 谷口/タニグチ 今井/イマイ 高田/タカダ
増田/マスダ 丸山/マルヤマ 杉山/スギヤマ 村田/ムラタ 大塚/オオツカ 新井/アライ 小山/コヤマ 平野/ヒラノ 藤本/フジモト 河野/コウノ 上野/ウエノ 野口/ノグチ 武田/タケダ 松井/マツイ 千葉/チバ 菅原/スガワラ
岩崎/イワサキ 木下/キノシタ 久保/クボ 佐野/サノ 野村/ノムラ 松尾/マツオ 市川/イチカワ 菊地/キクチ 杉本/スギモト 古川/フルカワ 大西/オオニシ 島田/シマダ 水野/ミズノ 桜井/サクライ 高野/タカノ 吉川/ヨシカワ
山内/ヤマウチ/Yamauchi 西田/ニシダ 飯田/イイダ 菊池/キクチ 西川/ニシカワ 小松/コマツ 北村/キタムラ 安田/ヤスダ 五十嵐/イガラシ 川口/カワグチ 平田/ヒラタ 関/セキ 中田/ナカタ 久保田/クボタ 服部/ハットリ
東/ヒガシ 岩田/イワタ 土屋/ツチヤ 川崎/カワサキ 福島/フクシマ 本田/ホンダ 辻/ツジ 樋口/ヒグチ 秋山/アキヤマ 田口/タグチ 永井/ナガイ 山中/ヤマナカ 中西/ナカニシ 吉村/ヨシムラ 川上/カワカミ 石原/イシハラ
大橋/オオハシ 松岡/マツオカ 馬場/ババ 浜田/ハマダ 森本/モリモト 星野/ホシノ 矢野/ヤノ 浅野/アサノ 松下/マツシタ 大島/オオシマ 吉岡/ヨシオカ 小池/コイケ 野田/ノダ 荒木/アラキ 熊谷/クマガイ
松浦/マツウラ/Matsuura 大谷/オオタニ 内藤/ナイトウ 黒田/クロダ 尾崎/オザキ 川村/カワムラ 永田/ナガタ 望月/モチヅキ 田辺/タナベ 松村/マツムラ 荒井/アライ 堀/ホリ 大久保/オオクボ 早川/ハヤカワ
東山/ヒガシヤマ 平井/ヒライ 栗原/クリハラ 広瀬/ヒロセ 横田/ヨコタ 石橋/イシバシ 岩本/イワモト 萩原/ハギワラ 関口/セキグチ 片山/カタヤマ 須藤/スドウ 榎本/エノモト 渡部/ワタナベ 宮田/ミヤタ 小田/オダ
高山/タカヤマ 沢田/サワダ 富田/トミタ 入江/イリエ 根本/ネモト 本間/ホンマ 古田/フルタ 上村/ウエムラ 三宅/ミヤケ 岸本/キシモト 植田/ウエダ 児玉/コダマ 奥村/オクムラ 白石/シライシ 成田/ナリタ 大森/オオモリ
南/ミナミ 八木/ヤギ 松原/マツバラ 児島/コジマ 内山/ウチヤマ 村井/ムライ 小西/コニシ 多田/タダ 相馬/ソウマ 北川/キタガワ 若林/ワカバヤシ 岸/キシ 柳田/ヤナギダ 西山/ニシヤマ 滝沢/タキザワ 天野/アマノ
篠原/シノハラ 川島/カワシマ 比嘉/ヒガ 金城/キンジョウ 宮城/ミヤギ 大城/オオシロ 島袋/シマブクロ 仲村/ナカムラ 玉城/タマシロ 新垣/アラカキ 上原/ウエハラ 神谷/カミヤ 黒木/クロキ 甲斐/カイ 黒川/クロカワ
戸田/トダ 植木/ウエキ 竹田/タケダ 坂口/サカグチ 福井/フクイ 大川/オオカワ 青山/アオヤマ 牧野/マキノ 寺田/テラダ 河合/カワイ`
