package personal

import (
	"fmt"
	"strings"
	"unicode"
)

const japanesePersons = `顧客 会員 社員 従業員 職員 担当者 担当 利用者 ユーザー ユーザ 患者 学生 生徒 児童 保護者
契約者 申込者 申請者 受取人 お客様 客 代表者 責任者 講師 教員 医師 届け先 届先 送付先 配送先 請求先 依頼主 依頼者
購入者 登録者 作成者 更新者 承認者 被保険者 家族 配偶者 本人 連絡者 参加者 応募者 入居者 会員様 得意先担当者 スタッフ
名義人 預金者 記入者 紹介者 氏`

const japaneseThings = `商品 製品 品 部署 部門 店舗 支店 銀行 都道府県 国 カテゴリ カテゴリー プラン 区分 種別 権限
役割 役職 倉庫 工場 拠点 通貨 税 単位 設定 機能 科目 メニュー キャンペーン クーポン イベント 路線 駅 学校 コース
ブランド 色 サイズ 組織 グループ チーム プロジェクト 案件 ファイル タグ テーブル 画面 帳票 バッチ ジョブ サービス
契約種類 支払方法 配送方法 在庫 受注 発注 売上 仕入 請求`

// japanesePhrases returns what a Japanese name or comment ends with, by kind. One with = stands for a whole name.
var japanesePhrases = []struct {
	kind       Kind
	confidence Confidence
	ends       string
}{
	{Email, High, "メールアドレス メアド eメール 電子メール emailアドレス mailアドレス メール =email =mail メールアドレス確認"},
	{Phone, High, "電話番号 電話 tel tel番号 電話no 携帯番号 携帯電話 携帯電話番号 携帯 連絡先番号 fax fax番号 ファックス ファクス ファックス番号 内線番号 内線"},
	{Phone, Medium, "連絡先"},
	{FullName, High, "氏名 姓名 お名前 本名 氏名漢字 漢字氏名 宛名 名義人 口座名義 名義 フルネーム 氏名ローマ字"},
	{FullName, Medium, "=担当者 =代表者 =責任者 =受取人 =担当 =保護者 =患者 =申込者 =お客様 =表示名 =紹介者"},
	{LastName, High, "=姓 苗字 名字 姓漢字 漢字姓"},
	{FirstName, High, "=名 下の名前 名漢字 漢字名"},
	{
		Kana, High,
		"氏名カナ 氏名かな フリガナ ふりがな よみがな 読み仮名 カナ氏名 =カナ =かな =読み =ヨミ =セイ =メイ 姓カナ 名カナ =ｶﾅ 氏名ｶﾅ ﾌﾘｶﾞﾅ 名義カナ カナ名 担当者名カナ 顧客名カナ 会員名カナ",
	},
	{Username, High, "ニックネーム ハンドルネーム ハンドル ログインid ユーザー名 ユーザ名 ユーザーid名 アカウント名 ペンネーム"},
	{Username, Medium, "=更新者 =登録者 =作成者 =承認者 =入力者 =更新ユーザー =登録ユーザー =更新ユーザ =登録ユーザ 更新者id 登録者id 作成者id"},
	{BirthDate, High, "生年月日 誕生日 出生日 生まれ"},
	{PersonalDate, Medium, "入社日 入社年月日 退社日 退職日 死亡日 没年月日 採用日 結婚記念日 入学日 卒業日 入院日 退院日"},
	{Age, High, "年齢 生年 年代"},
	{Gender, High, "性別 性別コード 性別区分"},
	{Gender, Medium, "敬称 婚姻状況 配偶者有無"},
	{Address, High, "住所 現住所 居住地 自宅住所 住所全文 ご住所"},
	{Address, Medium, "所在地"},
	{Street, High, "番地 番地以降 町名 町域 町域名 丁目 建物名 建物 マンション名 部屋番号 町名番地 番地建物"},
	{City, Medium, "市区町村 市町村 市区町村名 市区郡 市名 出身地 出生地"},
	{Postcode, High, "郵便番号 〒 郵便no"},
	{Geo, High, "緯度 経度 位置情報 座標"},
	{NationalID, High, "マイナンバー 個人番号 在留カード番号 基礎年金番号 年金番号 住民票コード"},
	{Passport, High, "旅券番号 パスポート番号 パスポート"},
	{License, High, "免許証番号 運転免許証番号 免許番号 車両番号 ナンバープレート 車両登録番号 車台番号"},
	{CreditCard, High, "カード番号 クレジットカード番号 クレカ番号 クレジット番号"},
	{CardCode, High, "セキュリティコード カード有効期限"},
	{BankAccount, High, "口座番号 振込先 振込先口座 口座記号 銀行口座"},
	{Job, Medium, "役職 役職名 職業 職種 肩書 肩書き"},
	{Salary, High, "給与 年収 給料 基本給 月給 賞与 所得 時給 月収 手取り"},
	{Health, High, "病名 診断 診断名 診断結果 既往歴 血液型 アレルギー 障害 障害等級 保険証番号 被保険者番号 身長 体重 症状 持病 服薬 処方 主訴 検査結果"},
	{Belief, High, "宗教 人種 信条 支持政党 本籍 本籍地"},
	{Belief, Medium, "国籍"},
	{IP, High, "ipアドレス 接続元ip アクセス元ip =ip"},
	{MAC, High, "macアドレス"},
	{Device, High, "端末id デバイスid 端末識別番号 端末番号"},
	{Password, High, "パスワード 暗証番号 秘密の答え 秘密の質問 パスワードハッシュ"},
	{Token, High, "トークン apiキー 認証キー アクセスキー 認証コード 秘密鍵"},
	{Person, Medium, "顧客番号 会員番号 社員番号 従業員番号 職員番号 学籍番号 患者番号 顧客コード 会員コード 社員コード 診察券番号 会員no 社員no 顧客no 証券番号 お客様番号"},
	{Photo, High, "顔写真 証明写真 プロフィール画像 本人画像 署名画像"},
	{Company, Medium, "会社名 勤務先 勤務先名 法人名 取引先名 得意先名 仕入先名 企業名 屋号 所属会社"},
	{FreeText, Medium, "自己紹介 自由記述 相談内容 問い合わせ内容 問合せ内容 お問い合わせ内容 通信欄 ご要望 要望 志望動機 経歴 趣味 クレーム内容 面談記録"},
	{FreeText, Low, "備考 メモ コメント 特記事項 本文 内容 摘要 メッセージ 説明 理由 感想 その他 伝言"},
	{URL, Medium, "ホームページ ホームページurl プロフィールurl"},
}

// hasJapanese reports whether s has kana or kanji.
func hasJapanese(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			return true
		}
	}
	return false
}

// stripJapanese strips what does not change the meaning of a Japanese name: brackets, signs between words, numbers at
// the end.
func stripJapanese(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("（([［【", r):
			depth++
		case strings.ContainsRune("）)]］】", r):
			depth = max(0, depth-1)
		case depth > 0 || strings.ContainsRune("_-・ 　.．－", r):
		case r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' || r >= '０' && r <= '９':
			b.WriteRune(unicode.ToLower(r - 'Ａ' + 'A'))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.TrimRight(b.String(), "0123456789①②③④⑤")
}

// japaneseName finds the longest phrase that a Japanese text ends with. where says which text that is.
func (c Column) japaneseName(text, where string, most Confidence) finding {
	name := stripJapanese(text)
	best, found := "", finding{}
	for _, p := range japanesePhrases {
		for _, end := range strings.Fields(p.ends) {
			word, whole := strings.CutPrefix(end, "=")
			if len(word) <= len(best) || !strings.HasSuffix(name, word) ||
				whole && !ofPerson(word, strings.TrimSuffix(name, word)) {
				continue
			}
			best = word
			found = finding{
				p.kind, min(p.confidence, most), where + " is that of " + p.kind.Title(), true,
				strings.HasSuffix(word, "番号") || strings.HasSuffix(word, "コード"),
			}
		}
	}
	if found.kind == FullName || found.kind == Kana || found.kind == FreeText {
		if before := strings.TrimSuffix(name, best); endsWith(before, japaneseThings) && best != "氏名" {
			return finding{}
		}
	}
	if found.kind != "" {
		return found
	}
	before, isName := strings.CutSuffix(name, "名前")
	if !isName {
		before, isName = strings.CutSuffix(name, "名称")
	}
	if !isName {
		before, isName = strings.CutSuffix(name, "名")
	}
	switch {
	case isName && endsWith(before, japanesePersons), isName && before == "" && c.in().about == person:
		return finding{FullName, most, where + " is that of a person's name", true, false}
	case isName && before == "" && c.in().about == firm:
		return finding{Company, Medium, where + " is that of " + Company.Title(), true, false}
	case isName && before == "" && c.in().about == unknown:
		return finding{
			FullName, Low, fmt.Sprintf("%s may be a person's: %q does not tell", where, c.Table), true, false,
		}
	}
	return finding{}
}

// ofPerson reports whether nothing, or a word for a person, stands before a phrase. (顧客名 is a whole name, not a given
// one.)
func ofPerson(phrase, before string) bool {
	return before == "" || phrase != "名" && endsWith(before, japanesePersons)
}

func endsWith(s, words string) bool {
	for _, w := range strings.Fields(words) {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// Japanese reports whether a column is named or described in Japanese, so that its masks are Japanese too.
func (c Column) Japanese() bool {
	return c.InJapanese || hasJapanese(c.Name) || hasJapanese(c.Table) || hasJapanese(c.Comment)
}

// inForm adds the part and the script that the column's name indicates to a mask of names: sei_kana is a family name in
// kana.
func (c Column) inForm(k Kind, mask string) string {
	name := strings.ToLower(c.Name)
	has := func(parts string) bool {
		for _, p := range strings.Fields(parts) {
			if strings.Contains(name, p) {
				return true
			}
		}
		return false
	}
	switch {
	case k == Kana && has("sei last 姓 セイ ｾｲ"):
		return strings.Replace(mask, "full_name(", "last_name(", 1)
	case k == Kana && (has("mei first メイ ﾒｲ") || strings.HasPrefix(name, "名")) && !has("shimei simei seimei"):
		return strings.Replace(mask, "full_name(", "first_name(", 1)
	case (k == FirstName || k == LastName || k == FullName) && has("romaji roman ローマ") &&
		(c.Type.Underlying().MaxLength == 0 || c.Type.Underlying().MaxLength >= 30):
		return strings.Replace(strings.Replace(mask, `("ja")`, `()`, 1), "_name()", `_name("ja", { form = "romaji" })`,
			1)
	}
	return mask
}
