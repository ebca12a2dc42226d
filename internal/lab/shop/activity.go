package shop

import (
	"strings"
	"time"
)

func (g *generator) tickets(n int) {
	t := g.table("support.tickets", "id", "customer_id", "agent_id", "subject", "body", "profile", "opened_at",
		"closed_at")
	for i := range n {
		nth := g.r.below(len(g.orders))
		o := g.orders[nth]
		c := g.customers[o.customer]
		friend := g.friend(c.person)
		s := pick(g.r, bilingual(c.person, subjectsEN(), subjectsJA()))
		street := pick(g.r, c.addresses).street
		phones := []any{document{"kind": "mobile", "number": c.phone}}
		if g.r.chance(25) {
			phones = append(phones, document{"kind": "other", "number": friend.phone})
		}
		profile := document{
			"contact": document{"name": c.name(), "email": c.email, "phones": phones},
			"device":  pick(g.r, []string{"iOS", "Android", "web"}),
			"locale":  c.locale,
		}
		if g.r.chance(10) {
			profile["emergency_contact"] = friend.name()
		}
		opened := g.r.moment(o.at, closing())
		t.add(i+1, o.customer+1, g.orNull(90, g.r.between(1, len(g.staff))),
			say(s.title, c.person, friend, street, orderNumber(nth+1)),
			say(s.body, c.person, friend, street, orderNumber(nth+1)), profile, opened,
			g.orNull(88, opened.Add(time.Duration(g.r.between(1, 300))*time.Hour)))
	}
}

func (g *generator) sessions(n int) {
	t := g.table("public.sessions", "token", "customer_id", "ip", "user_agent", "created_at", "expires_at")
	for range n {
		who := g.r.below(len(g.customers))
		begun := g.r.moment(closing().AddDate(0, -3, 0), closing())
		t.add(g.r.uuid(), who+1, g.r.ip(), pick(g.r, agents()), begun, begun.AddDate(0, 0, 30))
	}
}

func (g *generator) events(n int) {
	t := g.table("public.events", "id", "at", "customer_id", "kind", "path", "payload")
	kinds := []string{"view", "view", "view", "search", "basket", "basket", "checkout", "login"}
	for i := range n {
		at := g.r.moment(time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), closing())
		kind, product := pick(g.r, kinds), pick(g.r, g.catalogue)
		path, payload := "/p/"+product.sku, any(null{})
		who := g.r.below(len(g.customers))
		c := g.customers[who]
		switch kind {
		case "search":
			path, payload = "/search", document{"q": strings.ToLower(pick(g.r, things()).en), "hits": g.r.below(40)}
			if c.locale == "ja" {
				payload = document{"q": pick(g.r, things()).ja, "hits": g.r.below(40)}
			}
		case "checkout":
			path, payload = "/checkout", document{"email": c.email, "ship_to": c.name()}
		case "login":
			path, payload = "/login", document{"email": c.email, "ip": g.r.ip()}
		}
		var customer any = who + 1
		if kind == "view" && g.r.chance(60) {
			customer = null{}
		}
		t.add(i+1, at, customer, kind, path, payload)
	}
}

func (g *generator) audit(n int) {
	t := g.table("audit.log", "id", "at", "actor", "what", "row_id", "changed")
	for i := range n {
		who := g.r.below(len(g.customers))
		c := g.customers[who]
		before := g.crowd.address(c.person, "old.example")
		t.add(i+1, g.r.moment(c.since, closing()), pick(g.r, g.staff).email, "customers: update", who+1,
			document{"email": []string{before, c.email}, "name": c.name()})
	}
}
