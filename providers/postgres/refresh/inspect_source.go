package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

const sourceFailed = "The source cannot be inspected"

// inspectSource reads the source's catalog, decides every table, has the source describe the masked SELECTs, and tries
// constraints with masked rows.
func (p *Plan) inspectSource(ctx context.Context) diag.Diagnostics {
	c, err := p.Sessions.InspectSource(ctx, p.Refresh, "shoji plan")
	if err != nil {
		return Failed(sourceFailed, err, p.Refresh.Range)
	}
	defer session.Close(ctx, c)
	code, ds := p.describeSource(ctx, c)
	ds.Append(p.tryMasks(ctx, c, code)...)
	return ds
}

// describeSource does all of it that takes no key and reads no row. It returns the code of the source that is not
// trusted, nil where that is not known.
func (p *Plan) describeSource(ctx context.Context, c *pgx.Conn) (*reach.Code, diag.Diagnostics) {
	r := p.Refresh
	if err := p.readSource(ctx, c); err != nil {
		return nil, Failed(sourceFailed, err, r.Range)
	}
	var ds diag.Diagnostics
	p.tables, ds = decide.Resolve(decide.InputFor(p.Project, r, p.catalog))
	ds.Append(p.compareLock()...)
	ds.Append(enoughConnections(ctx, c, r)...)
	ds.Append(p.warnOfBytes()...)
	ds.Append(p.enoughLocks(ctx, c, r.From.Address(), "Reading all tables under one snapshot", p.snapshotLocks())...)
	if r.Via != nil {
		exporter, err := stage.InspectServer(ctx, c)
		if err != nil {
			return nil, append(ds, Failed(sourceFailed, err, r.Range)...)
		}
		ds.Append(p.chooseExport(ctx, exporter)...)
	}
	if r.Copy != nil {
		server, err := conn.ReadReplication(ctx, c)
		if err != nil {
			return nil, append(ds, Failed(sourceFailed, err, r.Range)...)
		}
		ds.Append(p.inspectCopy(ctx, server)...)
	}
	code, problems := p.judgeCode(ctx, c)
	if ds.Append(problems...); code == nil {
		return nil, ds
	}
	if err := p.lookUp(ctx, c); err != nil {
		return nil, append(ds, Failed(sourceFailed, err, r.Range)...)
	}
	ds.Append(p.chooseReadPaths(ctx, c)...)
	described, err := decide.Describe(ctx, c, p.describable())
	ds.Append(described...)
	if err != nil {
		ds.Append(Failed("The masks cannot be described by the source", err, r.Range)...)
	}
	return code, ds
}

// readSource reads what the plan needs to know of the source, and binds the plan to it.
func (p *Plan) readSource(ctx context.Context, c *pgx.Conn) error {
	r := p.Refresh
	var err error
	if p.endpoint, err = p.Sessions.Connector(r.From).Endpoint(ctx, c); err != nil {
		return err
	}
	p.Endpoints = append(p.Endpoints, p.endpoint)
	if p.catalog, err = catalog.Read(ctx, c); err != nil {
		return err
	}
	if p.shapes, err = catalog.Shapes(ctx, c, r.Schemas); err != nil {
		return err
	}
	if r.Mode == spec.Swap {
		if p.locale, err = catalog.ReadLocale(ctx, c); err != nil {
			return err
		}
	}
	for name, shape := range p.shapes {
		p.bind("columns of "+name+" of "+r.From.Address(), shape)
	}
	return nil
}

// judgeCode holds the SELECTs of a refresh against the code that the source's users wrote, before the server is asked
// anything about them.
func (p *Plan) judgeCode(ctx context.Context, c *pgx.Conn) (*reach.Code, diag.Diagnostics) {
	r := p.Refresh
	code, err := reach.Read(ctx, c)
	if err != nil {
		return nil, Failed(sourceFailed, err, r.Range)
	}
	verdict, ds := code.Judge(p.tables)
	for i := range ds {
		if ds[i].Range == nil {
			ds[i].Range = p.at()
		}
	}
	p.code, p.verdict = code.Shapes(verdict.Names), verdict
	for what, shape := range p.code {
		p.bind("the code of "+what+" of "+r.From.Address(), shape)
	}
	return code, ds
}

// describable leaves out tables whose SELECT would fail for a reason that is reported already, or must not be planned.
func (p *Plan) describable() []*decide.Table {
	var out []*decide.Table
	for i := range p.tables {
		if t := &p.tables[i]; p.isDescribable(t) {
			out = append(out, t)
		}
	}
	return out
}

func (p *Plan) isDescribable(t *decide.Table) bool {
	return t.Source.Selectable && !t.Source.RLSApplies && !p.verdict.Refused[t.Source.Ref()] &&
		!slices.ContainsFunc(t.Columns, func(c decide.Column) bool {
			return c.Expr.SQL == "" && c.Decision != decide.Generated
		})
}

// readable reports whether the source was read and lets pg_dump read what it has to. It is asked whatever else is
// wrong: a saved plan is compared with the structure even where the spec does not fit it any more.
func (p *Plan) readable() bool {
	for _, t := range p.tables {
		if t.Treatment != decide.Skip && !t.Source.Selectable {
			return false
		}
	}
	return p.catalog != nil && p.locale.Encoding != ""
}

// dump takes the source's structure from pg_dump.
func (p *Plan) dump(ctx context.Context) diag.Diagnostics {
	r := p.Refresh
	program, err := p.Dump.Find(ctx, p.catalog.Server.VersionNum/10000)
	if err != nil {
		return Failed("There is no pg_dump for the source", err, r.Range)
	}
	libpq, err := p.Sessions.Connector(r.From).Libpq(ctx, "", program.Major)
	if err != nil {
		return Failed(sourceFailed, err, r.Range)
	}
	args := ddl.Args{LockTimeout: p.Sessions.LockTimeout(), ExcludeTables: p.skipped()}
	if r.Schemas != nil {
		for _, s := range p.catalog.Schemas {
			if !slices.Contains(r.Schemas, s.Name) {
				args.ExcludeTablesIn = append(args.ExcludeTablesIn, s.Name)
			}
		}
	}
	env := append(libpq.Environment(), "PGAPPNAME=shoji pg_dump", "PGOPTIONS="+conn.ProgramOptions())
	script, err := ddl.Dump(ctx, program, env, args)
	if err != nil {
		return Failed("The structure of the source cannot be read", err, r.Range)
	}
	return p.chooseStructure(script)
}

// chooseStructure takes of a structure what the spec lets cross, and warns of literals in it that look personal.
func (p *Plan) chooseStructure(script *ddl.Script) diag.Diagnostics {
	r := p.Refresh
	chosen, notes, ds := ddl.Choose(script, ddl.Choice{Schemas: r.Schemas, Structure: r.Structure})
	p.script, p.omitted = chosen, notes
	ds.Append(literal.Report(p.Project, r, chosen.Literals())...)
	return ds
}

// inspectGrantable reads what privileges can be on: the importer plans them without the source. Whose they are on the
// source does not matter there, and is left out.
func (p *Plan) inspectGrantable(ctx context.Context) ([]acl.Object, diag.Diagnostics) {
	r := p.Refresh
	if p.catalog == nil || r.Mode != spec.Swap {
		return nil, nil
	}
	c, err := p.Sessions.InspectSource(ctx, r, "shoji plan")
	if err != nil {
		return nil, Failed(sourceFailed, err, r.Range)
	}
	defer session.Close(ctx, c)
	state, err := acl.Inspect(ctx, c)
	if err != nil {
		return nil, Failed(sourceFailed, err, r.Range)
	}
	out := make([]acl.Object, len(state.Objects))
	for i, object := range state.Objects {
		object.Owner, object.Grants = "", nil
		for k := range object.Columns {
			object.Columns[k].Grants = nil
		}
		out[i] = object
	}
	return out, nil
}

// warnOfBytes names a source without an encoding: what its texts mean is known to those who wrote them alone.
func (p *Plan) warnOfBytes() diag.Diagnostics {
	if p.catalog.Server.Encoding != "SQL_ASCII" {
		return nil
	}
	r := p.Refresh
	return diag.Diagnostics{{
		Severity: diag.Warning,
		Summary:  "The source has no encoding",
		Address:  r.From.Address(),
		Range:    p.at(),
		Detail: fmt.Sprintf("%s is SQL_ASCII, which lets any bytes be text. What is kept arrives as it is. Masks take "+
			"each byte for a character: equal values get equal masks, but a character of several bytes counts as "+
			"several, and json(), or sql() that converts a text, fails on bytes that are no UTF-8. So does the plan "+
			"where a name or a default has some, and a target of another encoding refuses them.",
			r.From.Address()),
	}}
}

// enoughConnections holds the jobs of a refresh against the connections that its user may have to the source: what is
// short is known before a run is in the middle of it. One more than jobs holds the snapshot.
func enoughConnections(ctx context.Context, c *pgx.Conn, r *spec.Refresh) diag.Diagnostics {
	var user, database string
	var ofRole, ofDatabase int
	err := c.QueryRow(ctx, `SELECT r.rolname::text, d.datname::text,
			CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END, CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END
		FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
		WHERE r.rolname = current_user AND d.datname = current_database()`).Scan(&user, &database, &ofRole, &ofDatabase)
	if err != nil {
		return Failed(sourceFailed, conn.Redact(err), r.Range)
	}
	at := &r.At.Jobs.Range
	var ds diag.Diagnostics
	short := func(limit int, whose, alter string) {
		if limit < 0 || limit >= r.Jobs+1 {
			return
		}
		help := fmt.Sprintf("%s CONNECTION LIMIT %d", alter, r.Jobs+1)
		if limit > 1 {
			help = fmt.Sprintf("Write jobs = %d, or let it have more: %s", limit-1, help)
		}
		ds.Errorf(at, "Too few connections",
			"jobs = %d takes %d connections to %s, one of them for the snapshot, and %s allows %d. %s.",
			r.Jobs, r.Jobs+1, r.From.Address(), whose, limit, help)
	}
	short(ofRole, "the role "+user, "ALTER ROLE "+sqltext.Ident(user))
	short(ofDatabase, "the database "+database, "ALTER DATABASE "+sqltext.Ident(database))
	return ds
}
