package shop

import (
	"fmt"
	"strings"
)

// What staff and customers write down. {name}, {phone}, {email}, {other} and {street} are people's: this
// is the text that nobody thinks of when a copy is made.

func notesEN() []string {
	return []string{
		"Prefers to be called at {phone} after 6 pm. Do not ring the landline, {other} is a light sleeper.",
		"Moved in with {other}; parcels may be left with the neighbour at {street}.",
		"Complained twice about late delivery. Spoke to {name} on the phone, calmed down, sent a voucher.",
		"Second account, same person as {email2}. Merge when accounting has closed the year.",
		"{other} may order on this account (wife, signed form is in the file).",
		"Wheelchair user, please use the ramp at the side entrance of {street}.",
		"VAT number missing on invoices. {other} from their bookkeeping will write from {email2}.",
		"Allergic to nuts: no free samples. Confirmed by phone with {name}.",
		"Chargeback in spring, settled. Card was {other}'s, who had not been asked.",
		"Gift orders only. Never print prices on the delivery note for {name}.",
	}
}

func notesJA() []string {
	return []string{
		"{name}様より電話あり。平日は{phone}へ、18時以降にご連絡希望。",
		"配送先は実家（{street}）に変更。{other}様が受け取り予定。",
		"{other}様（ご主人）名義のカードで決済。ご本人確認済み。",
		"納期遅延のお詫びの電話を{name}様に入れた。クーポンを送付済み。",
		"メールは{email2}にも送ってほしいとのこと。",
		"ナッツアレルギーのためサンプル同梱不可。{name}様に確認済み。",
		"不在時は隣の{other}様宅へ。宅配ボックスは使わない。",
		"領収書の宛名は「{other}」でお願いしますとのこと。",
	}
}

func giftsEN() []string {
	return []string{
		"Happy birthday, {other}! With love from {first}", "For {other} and the little one. Welcome home! {first}",
		"Dear {other}, thank you for everything. Yours, {name}",
		"Congratulations on the new flat, {other}! See you at {street} soon.",
		"Get well soon, {other}. The whole team and {first}", "Merry Christmas, {other}! {first} and family",
	}
}

func giftsJA() []string {
	return []string{
		"{other}さん、お誕生日おめでとうございます。{name}より", "{other}様　いつもお世話になっております。心ばかりの品ですが。{name}",
		"ご結婚おめでとうございます、{other}さん！{first}", "{other}先生、ありがとうございました。{name}", "新居のお祝いです。{other}さんへ、{first}より",
	}
}

// subject is what a ticket is about: its title and what is written.
type subject struct{ title, body string }

func subjectsEN() []subject {
	return []subject{
		{
			"Where is my order {number}?",
			"Hello,\n\nI ordered three weeks ago and nothing has come. Could you call me at {phone}? I am at home " +
				"most afternoons.\n\nKind regards\n{name}",
		},
		{
			"Wrong address on order {number}",
			"Please send it to {street}, not to the old flat. My partner {other} will be there to sign.\n\n{name}\n" +
				"{phone}",
		},
		{
			"Refund for order {number}",
			"I sent the kettle back on Monday. The money should go to the card of {other}, not mine.\n\n" +
				"Thanks, {first}",
		},
		{
			"Cannot log in",
			"The password mail never arrives at {email}. Can you use {email2} instead? My birthday is {born} if you " +
				"need to check.\n\n{name}",
		},
		{
			"Please delete my account",
			"I do not want my data with you any more. My name is {name}, my mail {email}.\n\n{first}",
		},
		{
			"Invoice for order {number}",
			"Our bookkeeper {other} ({email2}) needs an invoice made out to {name}, {street}.",
		},
		{
			"Broken on arrival",
			"The teapot of {number} came in pieces. The driver said to leave it with {other} next door.\n\n" +
				"Call me: {phone}",
		},
	}
}

func subjectsJA() []subject {
	return []subject{
		{"注文{number}の配送状況について", "お世話になっております。{name}です。\n注文した商品がまだ届きません。{phone}までお電話いただけますでしょうか。"},
		{"お届け先の変更（{number}）", "引っ越しましたので、{street}へ送ってください。受け取りは{other}がいたします。\n{name}"},
		{"返金のお願い", "注文{number}を返品しました。返金は{other}名義の口座へお願いします。\n{name}　{phone}"},
		{"ログインできません", "{email}に再設定のメールが届きません。{email2}に送っていただけますか。生年月日は{born}です。\n{name}"},
		{"退会希望", "退会を希望します。登録メールは{email}、氏名は{name}です。"},
		{"商品が破損していました", "注文{number}の急須が割れていました。写真は{other}が送ります。連絡先は{phone}です。"},
	}
}

func agents() []string {
	return []string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
			"Version/19.2 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
			"Chrome/148.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
			"Version/19.1 Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0",
		"Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) " +
			"Chrome/148.0.0.0 Mobile Safari/537.36",
	}
}

// say fills a text's places. other is somebody that p knows, who mostly is a customer too.
func say(text string, p, other person, street, number string) string {
	return strings.NewReplacer(
		"{name}", p.name(), "{first}", p.first, "{phone}", p.phone, "{email}", p.email, "{email2}", other.email,
		"{other}", other.name(), "{street}", street, "{number}", number, "{born}", p.born.Format("2006-01-02"),
	).Replace(text)
}

// bilingual chooses by the language of a person.
func bilingual[T any](p person, en, ja []T) []T {
	if p.locale == "ja" {
		return ja
	}
	return en
}

// orderNumber is what customers are told.
func orderNumber(i int) string { return fmt.Sprintf("S-%d", 100_000+i) }
