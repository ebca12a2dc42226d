package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/ddl/vet"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// swapTarget is a copy that is built beside the live one and swapped in.
type swapTarget struct {
	names swap.Names
	facts *swap.Facts
	// recorded is what the live copy says of how it was made; nil where there is none.
	recorded  *record.Found
	structure structure
}

// structure is what of the source's structure is in a copy.
type structure struct {
	script *ddl.Script
	notes  []string
}

// inspectSwapTarget looks at the databases of the copies that there are.
func (p *Plan) inspectSwapTarget(ctx context.Context) diag.Diagnostics {
	r := p.Refresh
	connector := p.Sessions.Connector(r.To)
	config, err := connector.Config(ctx)
	if err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	t := &swapTarget{}
	if t.names, err = swap.NewNames(config.Database); err != nil {
		return Failed("The target's name is too long", err, r.To.Range)
	}
	c, err := p.Sessions.InspectTarget(ctx, r, connector.Maintenance())
	if err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	defer session.Close(ctx, c)
	endpoint, err := connector.Endpoint(ctx, c)
	if err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	endpoint.Database = config.Database // the live copy need not exist yet
	p.Endpoints = append(p.Endpoints, endpoint)
	if t.facts, err = swap.Inspect(ctx, c, t.names, r); err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	if err := p.inspectTemplate(ctx, t); err != nil {
		return Failed(targetFailed, err, r.At.Template.Range)
	}
	if run := engine.RunOf(ctx); run != "" {
		t.facts = t.facts.BeforeRun(run, t.names)
	}
	for _, role := range p.Project.Roles { // those that the plan creates exist when the copy is made
		if role.In == r.To && !slices.Contains(t.facts.Roles, role.Name) {
			t.facts.Roles = append(t.facts.Roles, role.Name)
		}
	}
	if _, exists := t.facts.Databases[t.names.Live]; exists {
		mark, _ := t.facts.Mark(t.names.Live)
		t.recorded = p.recordIn(ctx, r, t.names.Live, mark)
		p.bindRecord(t.recorded)
	}
	for _, name := range []string{t.names.Live, t.names.Next, t.names.Previous, t.names.Old} {
		if db, ok := t.facts.Databases[name]; ok {
			p.bind("database "+name+" of "+r.To.Address(), fmt.Sprintf("%d %s %s", db.OID, db.Owner, db.Comment))
		}
	}
	p.target = t
	return nil
}

// inspectTemplate looks into the database that the copy begins as.
func (p *Plan) inspectTemplate(ctx context.Context, t *swapTarget) error {
	r := p.Refresh
	db, exists := t.facts.Databases[r.Template]
	if r.Template == "" || !exists || !db.AllowConnections {
		return nil // the plan reports what is missing
	}
	c, err := p.Sessions.InspectTarget(ctx, r, r.Template)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	if err := t.facts.ReadTemplate(ctx, c, r.Template); err != nil {
		return err
	}
	p.bind("template "+r.Template+" of "+r.To.Address(), t.facts.Contents(r.Template)...)
	return nil
}

// chooseCopied chooses what of the structure is in the copy, and reports what cannot be there. Roles that the plan
// makes count as existing.
func (t *swapTarget) chooseCopied(p *Plan) diag.Diagnostics {
	script, notes, ds := ddl.Select(p.script, ddl.Selection{
		Schemas:        p.Refresh.Schemas,
		Skip:           p.skipped(),
		Extensions:     p.catalog.Extensions,
		SkipExtensions: p.Refresh.SkippedExtensions(),
		Target:         t.facts.DDLTarget(),
		Range:          p.at(),
	})
	ds.Append(t.facts.CheckTemplate(p.Refresh, t.names, p.locale)...)
	ds.Append(vet.Script(script, p.catalog.Extensions, p.at())...)
	t.structure = structure{script, notes}
	return ds
}

func (t *swapTarget) importer(p *Plan) (schema, reason string) {
	const extension = "aws_s3"
	if p.bringsS3() {
		return extension, ""
	}
	switch _, available := t.facts.Available[extension]; {
	case !available:
		return extension, "the server has no extension aws_s3"
	case !t.facts.MayCreate(extension, "aws_commons"):
		return extension, fmt.Sprintf("%s may not create the extension aws_s3 in the next database (it takes "+
			"rds_superuser, or rds_extension with aws_s3 and aws_commons in rds.allowed_delegated_extensions)",
			t.facts.User)
	}
	return extension, ""
}

// into returns the database that the copy is built in, as steps name it. Its objects belong to the owner, where that is
// not who connects.
func (t *swapTarget) into(p *Plan) op.Database {
	d := op.Database{
		Target:     p.Refresh.To.Address(),
		Name:       t.names.Next,
		Role:       p.Refresh.Owner,
		TextSearch: p.catalog.Server.TextSearch,
	}
	if d.Role == t.facts.User {
		d.Role = ""
	}
	return d
}

func (t *swapTarget) draft(p *Plan, a Access, d *engine.Draft) diag.Diagnostics {
	into := t.into(p)
	in := swap.Input{
		Refresh:   p.Refresh,
		Names:     t.names,
		Source:    p.catalog,
		Locale:    p.locale,
		Script:    t.structure.script,
		Target:    t.facts.Without(a.Dropped),
		Rows:      p.route.rows(p, into),
		Sequences: p.source.sequences(),
		Record:    record.WriteRecord{Database: into, Record: p.record()},
		Roles:     a.Roles,
		Grants:    a.Grants,
	}
	if p.Refresh.Verify != "off" && p.source.answers() {
		in.Verify = rows.Verify{
			Source:   p.sourceName(),
			Database: into,
			Tables:   p.verified(),
			Size:     transfer.Sample(p.Refresh.Verify),
		}
	}
	built, ds := swap.Build(in)
	ds.Append(p.checkSearching(t.facts.VersionNum)...)
	view := p.view()
	view.Live, view.Next = t.names.Live, t.names.Next
	if _, exists := t.facts.Databases[t.names.Live]; exists {
		view.Previous = t.names.Previous
	}
	view.Notes = slices.Concat(view.Notes, p.route.notes(), p.omitted, t.structure.notes, built.Notes)
	view.Hazards = append(built.Hazards, p.source.hazards(p, t)...)
	if note := p.searchingNote(); note != "" {
		view.Notes = append(view.Notes, note)
	}
	p.exposures(&view, t.recorded)
	ds.Append(p.staying(&view)...)
	view.Notes = append(view.Notes, a.Notes...)
	view.Hazards = append(view.Hazards, a.Hazards...)
	steps := p.source.surround(&view, built.Steps, p.route.reservations(p)...)
	d.Refreshes, d.Steps = append(d.Refreshes, view), append(d.Steps, steps...)
	return ds
}

// verified are the tables with a masked column: verification says something of each.
func (p *Plan) verified() []transfer.Table {
	var out []transfer.Table
	for _, t := range p.copied() {
		table := transfer.NewTable(t, false)
		if table.Masked() {
			out = append(out, table.Verified())
		}
	}
	return out
}
