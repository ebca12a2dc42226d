package shop

import "time"

func (g *generator) employees(n int) {
	t := g.table("public.employees", "id", "manager_id", "full_name", "kana", "email", "phone", "title", "birth_date",
		"hired_on", "salary", "currency")
	titles := []string{
		"Warehouse associate", "Support agent", "Buyer", "Developer", "Accountant", "Photographer", "Marketing manager",
	}
	for i := range n {
		p := g.crowd.person([]string{"tokonoma.example"})
		g.staff = append(g.staff, p)
		var manager any = null{}
		title := "Chief executive"
		if i > 0 {
			manager, title = i/7+1, pick(g.r, titles)
			if i/7+1 == i+1 {
				manager = 1
			}
		}
		salary, currency := cents(g.r.between(2_900, 8_800)*10_00), "USD"
		if p.locale == "ja" {
			salary, currency = cents(g.r.between(320, 980)*10_000_00), "JPY"
		}
		since := time.Date(2011, 4, 1, 0, 0, 0, 0, time.UTC)
		if grown := p.born.AddDate(18, 0, 0); grown.After(since) {
			since = grown
		}
		hired := g.r.moment(since, closing())
		t.add(i+1, manager, p.name(), textOrNull(p.kana), p.email, p.phone, title, day(p.born), day(hired), salary,
			currency)
	}
}

// people fills customers and their addresses.
func (g *generator) people(n int) {
	t := g.table("public.customers", "id", "locale", "first_name", "last_name", "kana", "email", "phone", "birth_date",
		"password_hash", "last_login_ip",
		"other_emails", "notes", "marketing", "points", "looked_after_by", "created_at", "updated_at")
	addresses := g.table("public.addresses", "id", "customer_id", "label", "recipient", "country", "postal_code",
		"region", "city", "street", "phone")
	hosts := []string{
		"mail.example", "mail.example", "mail.example", "post.example", "inbox.example", "letterbox.example",
		"denshi.example", "yubin.example", "hoshi.example",
	}
	for i := range n {
		c := customer{person: g.crowd.person(hosts), since: g.r.moment(opening(), closing())}
		homes := 1
		if g.r.chance(20) {
			homes = 2
		}
		for h := range homes {
			g.home(addresses, &c, i+1, h)
		}
		others := []string{}
		if g.r.chance(15) {
			others = append(others, g.crowd.address(c.person, "work.example"))
		}
		if len(others) > 0 && g.r.chance(20) {
			others = append(others, g.crowd.address(c.person, "old.example"))
		}
		var notes any = null{}
		if i > 0 && g.r.chance(18) {
			notes = say(pick(g.r, bilingual(c.person, notesEN(), notesJA())), c.person, g.friend(c.person),
				c.addresses[0].street, "")
		}
		t.add(i+1, c.locale, c.first, c.last, textOrNull(c.kana), c.email, g.orNull(92, c.phone),
			g.orNull(85, day(c.born)), g.r.bytes(32),
			g.orNull(80, g.r.ip()), others, notes, g.r.chance(30), g.r.few(4000),
			g.orNull(6, g.r.between(1, len(g.staff))), c.since, g.r.moment(c.since, closing()))
		g.customers = append(g.customers, c)
	}
}

// home adds an address of a customer: their own, and sometimes one where somebody else opens the door.
func (g *generator) home(t *table, c *customer, id, nth int) {
	label, recipient, at, phone := "home", c.name(), c.home, c.phone
	if nth > 0 {
		at = pick(g.r, bilingual(c.person, g.crowd.placesEN, g.crowd.placesJA))
		label, phone = pick(g.r, []string{"work", "parents", "gift"}), at.phone(g.r)
		if label != "work" {
			recipient = g.relative(c.person)
		}
	}
	street := at.street(g.r)
	a := address{id: t.rows + 1, street: street + ", " + at.city}
	if c.locale == "ja" {
		a.street = at.region + at.city + street
	}
	t.add(a.id, id, label, recipient, at.country, at.postal(g.r), at.region, at.city, street, phone)
	c.addresses = append(c.addresses, a)
}

// friend gives another customer whom this one knows, mostly one of the same language.
func (g *generator) friend(p person) person {
	friend := pick(g.r, g.customers).person
	for range 5 {
		if friend.locale == p.locale {
			break
		}
		friend = pick(g.r, g.customers).person
	}
	return friend
}

// relative names somebody of the same family.
func (g *generator) relative(p person) string {
	if p.locale == "ja" {
		return p.last + " " + pick(g.r, g.crowd.firstJA).kanji
	}
	return pick(g.r, g.crowd.firstEN) + " " + p.last
}
