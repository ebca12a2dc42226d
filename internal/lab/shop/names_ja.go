package shop

import "strings"

// japanese is a name as it is written, read and spelt in Latin letters.
type japanese struct{ kanji, kana, romaji string }

func triples(text string) []japanese {
	var list []japanese
	for _, w := range words(text) {
		p := strings.Split(w, "/")
		list = append(list, japanese{p[0], p[1], p[2]})
	}
	return list
}

func japaneseLast() []japanese {
	return triples(`
		佐藤/サトウ/sato 鈴木/スズキ/suzuki 高橋/タカハシ/takahashi 田中/タナカ/tanaka 伊藤/イトウ/ito 渡辺/ワタナベ/watanabe
		山本/ヤマモト/yamamoto 中村/ナカムラ/nakamura 小林/コバヤシ/kobayashi 加藤/カトウ/kato 吉田/ヨシダ/yoshida 山田/ヤマダ/yamada
		佐々木/ササキ/sasaki 山口/ヤマグチ/yamaguchi 松本/マツモト/matsumoto 井上/イノウエ/inoue 木村/キムラ/kimura 林/ハヤシ/hayashi
		斎藤/サイトウ/saito 清水/シミズ/shimizu 山崎/ヤマザキ/yamazaki 阿部/アベ/abe 森/モリ/mori 池田/イケダ/ikeda
		橋本/ハシモト/hashimoto 石川/イシカワ/ishikawa 山下/ヤマシタ/yamashita 中島/ナカジマ/nakajima 前田/マエダ/maeda
		藤田/フジタ/fujita 後藤/ゴトウ/goto 小川/オガワ/ogawa 岡田/オカダ/okada 村上/ムラカミ/murakami 長谷川/ハセガワ/hasegawa
		近藤/コンドウ/kondo 石井/イシイ/ishii 坂本/サカモト/sakamoto 遠藤/エンドウ/endo 青木/アオキ/aoki 藤井/フジイ/fujii
		西村/ニシムラ/nishimura 福田/フクダ/fukuda 太田/オオタ/ota 三浦/ミウラ/miura 岡本/オカモト/okamoto 松田/マツダ/matsuda
		中川/ナカガワ/nakagawa 中野/ナカノ/nakano 原田/ハラダ/harada 小野/オノ/ono 田村/タムラ/tamura 竹内/タケウチ/takeuchi
		金子/カネコ/kaneko 和田/ワダ/wada 中山/ナカヤマ/nakayama 石田/イシダ/ishida 上田/ウエダ/ueda 森田/モリタ/morita
		柴田/シバタ/shibata 酒井/サカイ/sakai 工藤/クドウ/kudo 横山/ヨコヤマ/yokoyama 宮崎/ミヤザキ/miyazaki 宮本/ミヤモト/miyamoto
		内田/ウチダ/uchida 高木/タカギ/takagi 安藤/アンドウ/ando 谷口/タニグチ/taniguchi 大野/オオノ/ono 丸山/マルヤマ/maruyama
		今井/イマイ/imai 河野/コウノ/kono 藤原/フジワラ/fujiwara 小島/コジマ/kojima 久保/クボ/kubo 増田/マスダ/masuda
		大塚/オオツカ/otsuka 平野/ヒラノ/hirano 上野/ウエノ/ueno 菅原/スガワラ/sugawara 野口/ノグチ/noguchi 桜井/サクライ/sakurai`)
}

func japaneseFirst() []japanese {
	return triples(`
		翔太/ショウタ/shota 大輔/ダイスケ/daisuke 健太/ケンタ/kenta 拓也/タクヤ/takuya 直樹/ナオキ/naoki 達也/タツヤ/tatsuya
		和也/カズヤ/kazuya 誠/マコト/makoto 哲也/テツヤ/tetsuya 浩/ヒロシ/hiroshi 隆/タカシ/takashi 修/オサム/osamu
		剛/ツヨシ/tsuyoshi 翼/ツバサ/tsubasa 蓮/レン/ren 悠斗/ユウト/yuto 陽向/ヒナタ/hinata 湊/ミナト/minato 大和/ヤマト/yamato
		颯太/ソウタ/sota 樹/イツキ/itsuki 陸/リク/riku 海斗/カイト/kaito 亮/リョウ/ryo 学/マナブ/manabu 秀樹/ヒデキ/hideki
		雄一/ユウイチ/yuichi 康平/コウヘイ/kohei 洋平/ヨウヘイ/yohei 慎也/シンヤ/shinya 正樹/マサキ/masaki 裕太/ユウタ/yuta
		貴之/タカユキ/takayuki 俊介/シュンスケ/shunsuke 純一/ジュンイチ/junichi 清/キヨシ/kiyoshi 茂/シゲル/shigeru 勇/イサム/isamu
		美咲/ミサキ/misaki 陽菜/ヒナ/hina 結衣/ユイ/yui 葵/アオイ/aoi 凛/リン/rin 芽依/メイ/mei 莉子/リコ/riko 咲良/サクラ/sakura
		真由美/マユミ/mayumi 裕子/ユウコ/yuko 陽子/ヨウコ/yoko 恵子/ケイコ/keiko 久美子/クミコ/kumiko 由美/ユミ/yumi
		直美/ナオミ/naomi 明美/アケミ/akemi 智子/トモコ/tomoko 幸子/サチコ/sachiko 典子/ノリコ/noriko 愛/アイ/ai 彩/アヤ/aya
		舞/マイ/mai 千尋/チヒロ/chihiro 麻衣/マイ/mai 遥/ハルカ/haruka 桃子/モモコ/momoko 奈々/ナナ/nana 優花/ユウカ/yuka
		沙織/サオリ/saori 香織/カオリ/kaori 綾乃/アヤノ/ayano 美穂/ミホ/miho 里奈/リナ/rina 千夏/チナツ/chinatsu 志保/シホ/shiho
		文子/フミコ/fumiko 節子/セツコ/setsuko 和子/カズコ/kazuko 紬/ツムギ/tsumugi 楓/カエデ/kaede 琴音/コトネ/kotone 詩織/シオリ/shiori`)
}
