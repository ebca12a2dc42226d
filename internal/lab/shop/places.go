package shop

import "fmt"

// place is where an address can be.
type place struct {
	country, region, city string
	// area begins the postal code, and code the phone number.
	area, code string
}

func englishPlaces() []place {
	return []place{
		{"US", "OR", "Portland", "972", "503"},
		{"US", "WA", "Seattle", "981", "206"},
		{"US", "CA", "Oakland", "946", "510"},
		{"US", "CA", "Pasadena", "911", "626"},
		{"US", "TX", "Austin", "787", "512"},
		{"US", "IL", "Evanston", "602", "847"},
		{"US", "MA", "Somerville", "021", "617"},
		{"US", "NY", "Ithaca", "148", "607"},
		{"US", "NY", "Brooklyn", "112", "718"},
		{"US", "PA", "Pittsburgh", "152", "412"},
		{"US", "OH", "Columbus", "432", "614"},
		{"US", "MN", "Duluth", "558", "218"},
		{"US", "CO", "Boulder", "803", "303"},
		{"US", "GA", "Decatur", "300", "404"},
		{"US", "NC", "Durham", "277", "919"},
		{"US", "VT", "Burlington", "054", "802"},
		{"US", "NM", "Santa Fe", "875", "505"},
		{"US", "WI", "Madison", "537", "608"},
		{"GB", "Greater London", "London", "N16", "20"},
		{"GB", "Greater London", "London", "SE22", "20"},
		{"GB", "Greater Manchester", "Manchester", "M20", "161"},
		{"GB", "West Yorkshire", "Leeds", "LS6", "113"},
		{"GB", "City of Bristol", "Bristol", "BS6", "117"},
		{"GB", "City of Edinburgh", "Edinburgh", "EH9", "131"},
		{"GB", "Tyne and Wear", "Newcastle upon Tyne", "NE2", "191"},
		{"GB", "Cardiff", "Cardiff", "CF11", "29"},
		{"GB", "Cambridgeshire", "Cambridge", "CB4", "1632"},
		{"GB", "Glasgow City", "Glasgow", "G12", "141"},
	}
}

func japanesePlaces() []place {
	return []place{
		{"JP", "東京都", "世田谷区三軒茶屋", "154-00", "03"},
		{"JP", "東京都", "杉並区高円寺南", "166-00", "03"},
		{"JP", "東京都", "練馬区豊玉北", "176-00", "03"},
		{"JP", "東京都", "江東区門前仲町", "135-00", "03"},
		{"JP", "東京都", "八王子市子安町", "192-09", "042"},
		{"JP", "神奈川県", "横浜市港北区日吉", "223-00", "045"},
		{"JP", "神奈川県", "川崎市中原区小杉町", "211-00", "044"},
		{"JP", "千葉県", "船橋市本町", "273-00", "047"},
		{"JP", "埼玉県", "さいたま市浦和区高砂", "330-00", "048"},
		{"JP", "大阪府", "大阪市北区天神橋", "530-00", "06"},
		{"JP", "大阪府", "吹田市千里山西", "565-08", "06"},
		{"JP", "京都府", "京都市左京区北白川", "606-82", "075"},
		{"JP", "兵庫県", "神戸市中央区元町通", "650-00", "078"},
		{"JP", "愛知県", "名古屋市千種区今池", "464-08", "052"},
		{"JP", "福岡県", "福岡市中央区大名", "810-00", "092"},
		{"JP", "北海道", "札幌市中央区南三条西", "060-00", "011"},
		{"JP", "宮城県", "仙台市青葉区一番町", "980-08", "022"},
		{"JP", "広島県", "広島市中区本通", "730-00", "082"},
		{"JP", "静岡県", "静岡市葵区鷹匠", "420-08", "054"},
		{"JP", "石川県", "金沢市片町", "920-09", "076"},
		{"JP", "岡山県", "岡山市北区表町", "700-08", "086"},
		{"JP", "沖縄県", "那覇市牧志", "900-00", "098"},
	}
}

func streets() []string {
	return []string{
		"Alder Street", "Ashgrove Road", "Beacon Avenue", "Birchwood Lane", "Bramley Close", "Cedar Street",
		"Chestnut Avenue", "Church Road", "Clarendon Street", "Cobden Terrace",
		"Division Street", "Elm Grove", "Fairview Avenue", "Garden Street", "Glenwood Drive", "Harbor Road",
		"Hawthorn Street", "Hillside Avenue", "Juniper Lane", "Kingsway",
		"Laurel Street", "Linden Avenue", "Magnolia Street", "Maple Avenue", "Mill Lane", "Morningside Drive",
		"Northfield Road", "Orchard Street", "Park Avenue", "Prospect Street",
		"Queen's Road", "Railway Terrace", "Rosebank Avenue", "Saint Mary's Road", "Spring Street", "Station Road",
		"Sycamore Drive", "Tannery Lane", "Union Street", "Victoria Road",
		"Walnut Street", "Waverley Road", "Willow Lane", "Woodlands Avenue", "York Street",
	}
}

func buildings() []string {
	return []string{"コーポ青葉", "メゾン桜", "サンハイツ", "グリーンコート", "パークサイド本町", "レジデンス和", "ハイツ若葉", "ライオンヒルズ", "第二白鳥荘", "シャトー南"}
}

// postal gives a postal code of the place.
func (p place) postal(r *random) string {
	switch p.country {
	case "GB":
		const letters = "ABDEFGHJLNPQRSTUWXYZ"
		return fmt.Sprintf("%s %d%c%c", p.area, r.below(10), letters[r.below(len(letters))],
			letters[r.below(len(letters))])
	default:
		return p.area + r.digits(2)
	}
}

// street gives the line below the city.
func (p place) street(r *random) string {
	switch p.country {
	case "JP":
		line := fmt.Sprintf("%d-%d-%d", r.between(1, 6), r.between(1, 28), r.between(1, 20))
		if r.chance(45) {
			line += fmt.Sprintf(" %s%d0%d", pick(r, buildings()), r.between(1, 12), r.between(1, 8))
		}
		return line
	case "GB":
		if r.chance(20) {
			return fmt.Sprintf("Flat %d, %d %s", r.between(1, 24), r.between(1, 180), pick(r, streets()))
		}
		return fmt.Sprintf("%d %s", r.between(1, 180), pick(r, streets()))
	default:
		line := fmt.Sprintf("%d %s", r.between(1, 98)*100+r.below(100), pick(r, streets()))
		if r.chance(25) {
			line += fmt.Sprintf(", Apt %d%c", r.between(1, 12), 'A'+r.below(6))
		}
		return line
	}
}

// phone gives a number that nobody has: 555-01xx in North America, the ranges that Ofcom keeps for
// drama, and Japanese numbers whose exchange begins with a zero.
func (p place) phone(r *random) string {
	switch p.country {
	case "GB":
		switch p.code {
		case "20":
			return "+44 20 7946 0" + r.digits(3)
		case "29":
			return "+44 29 2018 0" + r.digits(3)
		case "1632":
			return "+44 1632 960" + r.digits(3)
		default:
			return "+44 " + p.code + " 496 0" + r.digits(3)
		}
	case "JP":
		if r.chance(75) {
			return fmt.Sprintf("0%d0-0%s-%s", r.between(7, 9), r.digits(3), r.digits(4))
		}
		return p.code + "-0" + r.digits(5-len(p.code)) + "-" + r.digits(4)
	default:
		return "+1 " + p.code + "-555-01" + r.digits(2)
	}
}
