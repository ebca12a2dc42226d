package shop

import (
	"math"
	"time"
)

// generator makes the rows, table by table, each after those it refers to.
type generator struct {
	r      *random
	crowd  *crowd
	scale  float64
	tables []*table

	staff     []person
	customers []customer
	catalogue []product
	orders    []order
}

// customer is what later tables need to know of one.
type customer struct {
	person
	since     time.Time
	addresses []address
}

type address struct {
	id     int
	street string
}

type order struct {
	customer int
	at       time.Time
	total    cents
	status   string
}

// generate makes all tables.
func generate(scale float64) []*table {
	r := &random{state: 20261101}
	g := &generator{r: r, crowd: newCrowd(r), scale: scale}
	g.employees(g.count(120))
	g.catalogue = g.products(g.count(400))
	g.people(g.count(8_000))
	g.ordersAndItems(g.count(15_500))
	g.payments()
	g.tickets(g.count(2_200))
	g.sessions(g.count(3_000))
	g.events(g.count(9_000))
	g.audit(g.count(3_000))
	return g.tables
}

// count scales a number of rows; there is always one.
func (g *generator) count(n int) int { return max(1, int(math.Round(float64(n)*g.scale))) }

func (g *generator) table(name string, columns ...string) *table {
	t := &table{name: name, columns: columns}
	g.tables = append(g.tables, t)
	return t
}

// orNull gives the value so many times in a hundred, else NULL.
func (g *generator) orNull(percent int, value any) any {
	if g.r.chance(percent) {
		return value
	}
	return null{}
}

func textOrNull(s string) any {
	if s == "" {
		return null{}
	}
	return s
}
