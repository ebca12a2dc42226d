package shop

import "fmt"

// goods is what the shop sells: a thing, in two languages, its price in cents, and what it comes in.
type goods struct {
	en, ja string
	price  int
}

func things() []goods {
	return []goods{
		{"Cast-iron kettle", "南部鉄瓶", 12800},
		{"Teapot", "急須", 4900},
		{"Tea bowl", "抹茶碗", 3800},
		{"Chopsticks, pair", "夫婦箸", 1900},
		{"Kitchen knife", "三徳包丁", 9800},
		{"Paring knife", "ペティナイフ", 5400},
		{"Whetstone", "砥石", 3600},
		{"Rice cooker", "土鍋ご飯釜", 8900},
		{"Bento box", "曲げわっぱ弁当箱", 6200},
		{"Noodle bowl", "丼", 2600},
		{"Sake set", "徳利とお猪口", 4200},
		{"Furoshiki cloth", "風呂敷", 2100},
		{"Linen towel", "麻の手ぬぐい", 1400},
		{"Incense", "お香", 1600},
		{"Paper lamp", "和紙の照明", 7400},
		{"Floor cushion", "座布団", 5200},
		{"Notebook", "和綴じノート", 1200},
		{"Fountain pen", "万年筆", 15800},
		{"Ink", "インク", 1800},
		{"Hinoki soap", "檜の石鹸", 980},
		{"Bath salts", "入浴剤", 1300},
		{"Umbrella", "和傘", 11200},
		{"Wind chime", "風鈴", 2400},
		{"Bonsai pot", "盆栽鉢", 3300},
		{"Garden shears", "剪定鋏", 6800},
	}
}

type finish struct{ en, ja, code string }

func finishes() []finish {
	return []finish{
		{"black", "黒", "BK"},
		{"white", "白", "WH"},
		{"indigo", "藍", "IN"},
		{"vermilion", "朱", "VM"},
		{"moss", "苔色", "MO"},
		{"ash", "灰", "AS"},
		{"plum", "梅", "PL"},
		{"gold", "金", "GD"},
	}
}

// product is one line of the catalogue.
type product struct {
	sku   string
	price cents
}

// products fills the table and gives what can be ordered.
func (g *generator) products(n int) []product {
	t := g.table("public.products", "id", "sku", "name", "name_ja", "price", "stock", "attributes")
	list := make([]product, 0, n)
	for i := range n {
		thing, f := things()[i%len(things())], finishes()[i/len(things())%len(finishes())]
		series := i / (len(things()) * len(finishes()))
		p := product{
			sku:   fmt.Sprintf("%03d-%s%02d", i%len(things())+1, f.code, series+1),
			price: cents(thing.price + 100*g.r.between(-4, 4)),
		}
		name, nameJA := thing.en+", "+f.en, thing.ja+"（"+f.ja+"）"
		if series > 0 {
			name, nameJA = fmt.Sprintf("%s, no. %d", name, series+1), fmt.Sprintf("%s %d号", nameJA, series+1)
		}
		t.add(i+1, p.sku, name, nameJA, p.price, g.r.below(400), document{
			"colour":   f.en,
			"weight_g": g.r.between(3, 240) * 10,
			"made_in":  pick(g.r, []string{"岩手", "岐阜", "京都", "Sheffield", "Stoke-on-Trent"}),
		})
		list = append(list, p)
	}
	return list
}
