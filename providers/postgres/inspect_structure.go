package postgres

import (
	"context"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
)

// dump takes the source's structure from pg_dump.
func (p *Provider) dump(ctx context.Context, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	program, err := p.options.Dump.Find(ctx, one.source.Server.VersionNum/10000)
	if err != nil {
		return failed("There is no pg_dump for the source", err, r.Range)
	}
	libpq, err := p.sessions.Connector(r.From).Libpq(ctx, "", program.Major)
	if err != nil {
		return failed("The source cannot be inspected", err, r.Range)
	}
	args := ddl.Args{LockTimeout: p.sessions.LockTimeout()}
	for _, t := range one.tables {
		if t.Treatment == decide.Skip {
			args.ExcludeTables = append(args.ExcludeTables, catalog.Ref{Schema: t.Source.Schema, Name: t.Source.Name})
		}
	}
	if r.Schemas != nil {
		for _, s := range one.source.Schemas {
			if !slices.Contains(r.Schemas, s.Name) {
				args.ExcludeTablesIn = append(args.ExcludeTablesIn, s.Name)
			}
		}
	}
	env := append(libpq.Environment(), "PGAPPNAME=shoji pg_dump", "PGOPTIONS=-c statement_timeout=0")
	script, err := ddl.Dump(ctx, program, env, args)
	if err != nil {
		return failed("The structure of the source cannot be read", err, r.Range)
	}
	return p.choose(one, script)
}

// choose takes of a structure what the spec lets cross, and warns of literals in it that look personal.
func (p *Provider) choose(one *observedRefresh, script *ddl.Script) diag.Diagnostics {
	r := one.refresh
	chosen, notes, ds := ddl.Choose(script, ddl.Choice{Schemas: r.Schemas, Structure: r.Structure})
	one.script, one.leavesOut = chosen, notes
	ds.Append(literal.Report(p.project, r, chosen.Literals())...)
	return ds
}
