package refresh

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// centDecimals are the decimals of money in the sessions of shoji, whose lc_monetary is C.
const centDecimals = 2

// inspectMoney holds how both sides write the type money against each other. The whole number that is stored crosses;
// what it is worth depends on the decimals of lc_monetary.
func (p *Plan) inspectMoney(ctx context.Context) diag.Diagnostics {
	columns := p.moneyColumns()
	if len(columns) == 0 {
		return nil
	}
	r := p.Refresh
	if p.Only != engine.OnlyImport { // else the manifest has it
		config, err := p.Sessions.Connector(r.From).Config(ctx)
		if err != nil {
			return nil // reported
		}
		m, err := p.readMoney(ctx, r.From, config.Database, "")
		if err != nil {
			return Failed(sourceFailed, err, r.Range)
		}
		p.catalog.Server.Money = m
	}
	source := p.catalog.Server.Money
	if source == nil { // a manifest of an older version
		return nil
	}
	ds := refuseMoneyMasks(r, columns, source)
	if !p.hasTarget() {
		return ds
	}
	target, err := p.targetMoney(ctx)
	if err != nil {
		return append(ds, Failed(targetFailed, err, r.Range)...)
	}
	if source.Decimals == target.Decimals {
		return ds
	}
	for _, c := range columns {
		ds.Errorf(c.at(r), "Money would change its value",
			"%s is money, which is stored as a whole number of its smallest unit. lc_monetary is %q on %s, with %s, "+
				"and %q on %s, with %s: every amount would be another one in the copy. Give both databases a locale "+
				"with as many decimals (ALTER DATABASE … SET lc_monetary = …), or mask the column with null_value().",
			c.name, source.Locale, r.From.Address(), decimals(source), target.Locale, r.To.Address(), decimals(target))
	}
	return ds
}

// moneyColumn is a column that crosses with amounts of money in it.
type moneyColumn struct {
	decide.Column
	name  string
	table *decide.Table
}

// at returns where the spec decides the column.
func (c *moneyColumn) at(r *spec.Refresh) *diag.Range {
	return diag.FirstRange(c.Range, c.table.Range, &r.Range)
}

// moneyColumns are those of the type money, or of one that is made of it. A column that is NULL in every row has none.
func (p *Plan) moneyColumns() []moneyColumn {
	var out []moneyColumn
	for _, t := range p.copied() {
		for _, c := range t.Crossing() {
			if holdsMoney(c.Type) && c.Expr.Null != mask.NullAlways {
				out = append(out, moneyColumn{c, t.Source.FullName() + "." + c.Name, t})
			}
		}
	}
	return out
}

// holdsMoney reports whether values of a type are money, or contain it.
func holdsMoney(t mask.Type) bool {
	for _, f := range t.Fields {
		if holdsMoney(f.Type) {
			return true
		}
	}
	return t.Schema == "pg_catalog" && t.Name == "money" || t.Elem != nil && holdsMoney(*t.Elem) ||
		t.Base != nil && holdsMoney(*t.Base)
}

// refuseMoneyMasks reports masks that would compute with cents where the source has other units.
func refuseMoneyMasks(r *spec.Refresh, columns []moneyColumn, source *catalog.Money) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, c := range columns {
		if c.Decision != decide.Masked || source.Decimals == centDecimals {
			continue
		}
		ds.Errorf(c.at(r), "Mask computes with other units of money",
			"%s is money with %s (lc_monetary = %q on %s), and masks compute with two. Use null_value() or keep().",
			c.name, decimals(source), source.Locale, r.From.Address())
	}
	return ds
}

// targetMoney reads how the copy's users write money: those of the live copy, whose settings the next one takes over,
// or of any new database of the server.
func (p *Plan) targetMoney(ctx context.Context) (*catalog.Money, error) {
	config, err := p.Sessions.Connector(p.Refresh.To).Config(ctx)
	if err != nil {
		return nil, err
	}
	in := ""
	if p.Refresh.Mode == spec.Swap {
		in = p.Sessions.Connector(p.Refresh.To).Maintenance()
	}
	return p.readMoney(ctx, p.Refresh.To, config.Database, in)
}

// readMoney reads how the users of a database write money, in a session with that or another one of the server.
func (p *Plan) readMoney(ctx context.Context, db *spec.Database, database, in string) (*catalog.Money, error) {
	c, err := p.Sessions.Unpinned(ctx, db, in, "lc_monetary")
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx, c)
	m, err := catalog.ReadMoney(ctx, c, database)
	return &m, err
}

func decimals(m *catalog.Money) string {
	switch m.Decimals {
	case 0:
		return "no decimals"
	case 1:
		return "one decimal"
	}
	return fmt.Sprintf("%d decimals", m.Decimals)
}
