package shop

import (
	"fmt"
	"time"
)

// ordersAndItems fills orders and their items.
func (g *generator) ordersAndItems(n int) {
	t := g.table("public.orders", "id", "public_id", "number", "customer_id", "ship_to", "status", "placed_at", "total",
		"placed_from", "gift_message", "updated_at")
	items := g.table("public.order_items", "order_id", "line", "product_id", "quantity", "unit_price")
	for i := range n {
		// Half of the orders are anybody's, half those of the shop's regulars.
		who := g.r.below(len(g.customers))
		if g.r.chance(50) {
			who = g.r.few(len(g.customers))
		}
		c := g.customers[who]
		o := order{customer: who, at: g.r.moment(c.since, closing())}
		o.status = g.status(o.at)
		lines := 1 + min(g.r.below(5), g.r.below(5))
		for line := range lines {
			product := g.r.few(len(g.catalogue))
			quantity, price := 1+g.r.few(4), g.catalogue[product].price
			items.add(i+1, line+1, product+1, quantity, price)
			o.total += cents(quantity) * price
		}
		var gift any = null{}
		if g.r.chance(9) {
			gift = say(pick(g.r, bilingual(c.person, giftsEN(), giftsJA())), c.person, g.friend(c.person),
				c.addresses[0].street, "")
		}
		t.add(i+1, g.r.uuid(), orderNumber(i+1), who+1, pick(g.r, c.addresses).id, o.status, o.at, o.total,
			g.orNull(90, g.r.ip()), gift,
			g.r.moment(o.at, closing()))
		g.orders = append(g.orders, o)
	}
}

// status gives where an order stands: old ones are done.
func (g *generator) status(at time.Time) string {
	switch age := closing().Sub(at); {
	case g.r.chance(4):
		return "cancelled"
	case age > 14*24*time.Hour && g.r.chance(5):
		return "returned"
	case age > 14*24*time.Hour:
		return "delivered"
	default:
		return pick(g.r, []string{"placed", "paid", "packed", "shipped", "shipped"})
	}
}

func (g *generator) payments() {
	t := g.table("public.payments", "id", "order_id", "method", "card_holder", "card_brand", "card_last4",
		"card_expiry", "amount", "paid_at")
	for i, o := range g.orders {
		if o.status == "placed" || o.status == "cancelled" && g.r.chance(60) {
			continue
		}
		c := g.customers[o.customer]
		var holder, brand, last4, expiry any = null{}, null{}, null{}, null{}
		method := pick(g.r, []string{"card", "card", "card", "bank transfer"})
		if c.locale == "ja" {
			method = pick(g.r, []string{"card", "card", "konbini", "bank transfer", "cash on delivery"})
		}
		if method == "card" {
			holder, brand = c.latin(), pick(g.r, []string{"Visa", "Visa", "Mastercard", "JCB", "American Express"})
			last4, expiry = g.r.digits(4), fmt.Sprintf("%02d/%02d", g.r.between(1, 12), g.r.between(26, 31))
		}
		t.add(t.rows+1, i+1, method, holder, brand, last4, expiry, o.total,
			o.at.Add(time.Duration(g.r.between(5, 4000))*time.Second))
	}
}
