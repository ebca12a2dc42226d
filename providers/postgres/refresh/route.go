package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// route is how rows get from the source to the target.
type route interface {
	// notes explain the route in the plan.
	notes() []string
	// chooseImport decides who reads what is staged.
	chooseImport(p *Plan) diag.Diagnostics
	// rows returns the steps that fill the tables of a new database.
	rows(p *Plan, into op.Database) swap.Rows
	// stagedRows returns where a replace takes its rows from; nil is the source itself.
	stagedRows(p *Plan) *replace.StagedRows
	// around returns the step that replaces rows, with those that stage them before and remove them after.
	around(p *Plan, s engine.Step) []engine.Step
	// reservations returns the IDs of the steps that reserve a bucket. They are undone after all that fills it has
	// ended.
	reservations(p *Plan) []string
	// touches returns how servers use the bucket, as far as that is known before there are steps.
	touches(p *Plan) []engine.Touch
}

// direct is the route straight from the source.
type direct struct{}

func (direct) notes() []string                             { return nil }
func (direct) chooseImport(*Plan) diag.Diagnostics         { return nil }
func (direct) stagedRows(*Plan) *replace.StagedRows        { return nil }
func (direct) around(_ *Plan, s engine.Step) []engine.Step { return []engine.Step{s} }
func (direct) reservations(*Plan) []string                 { return nil }
func (direct) touches(*Plan) []engine.Touch                { return nil }

func (direct) rows(p *Plan, into op.Database) swap.Rows {
	out := swap.Rows{Open: p.openSnapshot()}
	for _, t := range p.copied() {
		out.Tables = append(out.Tables, swap.TableRows{Table: t, Load: rows.CopyTable{
			Source:   p.sourceName(),
			Database: p.filled(t, into),
			Table:    transfer.NewTable(t, true),
			ReadBack: p.readsBack(),
		}})
	}
	return out
}

// sourceName returns the source as steps name it.
func (p *Plan) sourceName() op.Source { return op.SourceOf(p.Refresh) }

// filled returns the database in which a table is filled. A configuration table belongs to who creates its extension.
func (p *Plan) filled(t *decide.Table, into op.Database) op.Database {
	swap, ok := p.target.(*swapTarget)
	if c := t.Source.Configuration; ok && c != nil && swap.facts.Administers(c.Extension) {
		into.Role = ""
	}
	return into
}

// readsBack reports whether rows that were written are read again and compared.
func (p *Plan) readsBack() bool { return p.Refresh.Verify == "full" }

// scope returns what the source must still look like when it is read.
func (p *Plan) scope() transfer.Scope {
	s := transfer.Scope{
		Schemas: p.Refresh.Schemas,
		Shapes:  p.shapes,
		Called:  p.verdict.Names,
		Code:    p.code,
		Jobs:    p.Refresh.Jobs,
	}
	for _, t := range p.copied() {
		s.Tables = append(s.Tables, t.Source.Ref())
	}
	return s
}

func (p *Plan) openSnapshot() rows.OpenSnapshot {
	s := p.scope()
	return rows.OpenSnapshot{Source: p.sourceName(), Scope: s, Copies: len(s.Tables)}
}

// bucket is what the routes through a bucket share.
type bucket struct {
	place stage.Place
	ways  stage.Ways
	// version is the source's server version, size how much of a table one object holds.
	version int
	size    int64
	// prepare says that the next database must get aws_s3 for the time of loading.
	prepare bool
	lines   []string // notes
}

func (b *bucket) notes() []string { return b.lines }

func (b *bucket) note(format string, args ...any) {
	b.lines = append(b.lines, fmt.Sprintf(format, args...))
}

// in returns the bucket as the steps of a half name it.
func (b *bucket) in(p *Plan, half engine.Half) rows.Bucket {
	return rows.Bucket{Via: p.Refresh.Via.Address(), Half: half, Place: b.place}
}

// staged is the route through a bucket.
type staged struct{ bucket }

// imported is the route from a bucket that another run has filled.
type imported struct {
	bucket
	manifest *manifest.Manifest
}

// table returns the staging of a table that is copied.
func (b *bucket) table(p *Plan, t *decide.Table) stage.Table {
	out := stage.NewTable(t, b.ways, b.version, b.size)
	out.ReadBack = p.readsBack()
	return out
}

func (i *imported) table(p *Plan, t *decide.Table) stage.Table {
	out := i.bucket.table(p, t)
	if r, ok := i.manifest.Record(t.Source.Ref()); ok {
		out = out.As(r)
	}
	return out
}

// load returns the step that loads a table into a database.
func (b *bucket) load(p *Plan, into op.Database, half engine.Half, t stage.Table, r *stage.Record) rows.ImportTable {
	if t.Import == spec.WayServer { // who made the extension, or got rights on it, is who connects
		into.Role = ""
	}
	return rows.ImportTable{Database: into, Bucket: b.in(p, half), Table: t, Record: r}
}

// prepared adds what a server needs for loading, and what takes it back.
func (b *bucket) prepared(out *swap.Rows, into op.Database) {
	if b.prepare {
		out.Prepare = rows.Prepare{Database: into, SQL: "CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE"}
		out.Finish = rows.Prepare{Database: into, SQL: "DROP EXTENSION IF EXISTS aws_s3, aws_commons"}
	}
}

// all returns everything that the run stages.
func (s *staged) all(p *Plan) rows.Staged {
	out := rows.Staged{Bucket: s.in(p, engine.Whole), ExpireDays: p.Refresh.Via.ExpireDays}
	for _, t := range s.tables(p) {
		out.Tables = append(out.Tables, t.Outline())
	}
	return out
}

func (s *staged) tables(p *Plan) []stage.Table {
	var out []stage.Table
	for _, t := range p.copied() {
		out = append(out, s.table(p, t))
	}
	return out
}

func (s *staged) export(p *Plan, t *decide.Table) rows.ExportTable {
	return rows.ExportTable{Source: p.sourceName(), Bucket: s.in(p, engine.Whole), Table: s.table(p, t)}
}

func (s *staged) rows(p *Plan, into op.Database) swap.Rows {
	out := swap.Rows{
		Reserve: rows.ReserveBucket{Staged: s.all(p)},
		Open:    p.openSnapshot(),
		Remove:  rows.RemoveStaged{Staged: s.all(p)},
	}
	s.prepared(&out, into)
	for _, t := range p.copied() {
		out.Tables = append(out.Tables, swap.TableRows{
			Table:  t,
			Export: s.export(p, t),
			Load:   s.load(p, p.filled(t, into), engine.Whole, s.table(p, t), nil),
		})
	}
	return out
}

func (s *staged) stagedRows(p *Plan) *replace.StagedRows {
	return &replace.StagedRows{Bucket: s.in(p, engine.Whole), Tables: s.tables(p)}
}

func (s *staged) around(p *Plan, last engine.Step) []engine.Step {
	begin := op.Fill(p.step("stage", "get the bucket ready"), rows.ReserveBucket{Staged: s.all(p)})
	snapshot := p.snapshotStep(begin.ID)
	out := []engine.Step{begin, snapshot}
	last.Needs = append(last.Needs, snapshot.ID)
	for _, e := range s.exports(p, snapshot) {
		out, last.Needs = append(out, e), append(last.Needs, e.ID)
	}
	remove := op.Fill(p.step("remove", "remove what is staged", last.ID), rows.RemoveStaged{Staged: s.all(p)})
	return append(out, last, remove)
}

// exports returns the steps that stage all tables, in one atomic set with the snapshot.
func (s *staged) exports(p *Plan, after engine.Step) []engine.Step {
	var out []engine.Step
	for _, t := range p.copied() {
		path := ddl.Path(t.Source.Schema, t.Source.Name)
		e := p.step("export["+path+"]", "export "+path, after.ID)
		e.Atomic, e.Priority = after.Atomic, -int(t.Source.Bytes>>20)
		if t.Range != nil {
			e.Range = t.Range
		}
		out = append(out, op.Fill(e, s.export(p, t)))
	}
	return out
}

// step returns a step of the refresh with what all have in common.
func (p *Plan) step(id, title string, needs ...string) engine.Step {
	address := p.Refresh.Address()
	return engine.Step{
		ID:       address + "." + id,
		Address:  address,
		Title:    title,
		Provider: op.Provider,
		Needs:    needs,
		Range:    p.at(),
	}
}

func (p *Plan) snapshotStep(needs ...string) engine.Step {
	s := p.step("snapshot", "open a snapshot of the source", needs...)
	s.Atomic = s.Address + ".data"
	return op.Fill(s, p.openSnapshot())
}

// all returns everything of the export that is imported.
func (i *imported) all(p *Plan) rows.Staged {
	return rows.Staged{
		Bucket:     i.in(p, engine.OnlyImport),
		Names:      i.manifest.Names(),
		ExpireDays: p.Refresh.Via.ExpireDays,
	}
}

func (i *imported) rows(p *Plan, into op.Database) swap.Rows {
	// What somebody else staged stays until the copy is in place, so that a run that fails can begin again.
	out := swap.Rows{Remove: rows.RemoveStaged{Staged: i.all(p)}, RemoveLast: true}
	i.prepared(&out, into)
	for _, t := range p.copied() {
		record, _ := i.manifest.Record(t.Source.Ref())
		load := i.load(p, p.filled(t, into), engine.OnlyImport, i.table(p, t), record)
		out.Tables = append(out.Tables, swap.TableRows{Table: t, Load: load})
	}
	return out
}

func (i *imported) stagedRows(p *Plan) *replace.StagedRows {
	out := &replace.StagedRows{Bucket: i.in(p, engine.OnlyImport), Records: i.manifest.Records}
	for _, t := range p.copied() {
		out.Tables = append(out.Tables, i.table(p, t))
	}
	return out
}

func (i *imported) around(p *Plan, s engine.Step) []engine.Step {
	remove := rows.RemoveStaged{Staged: i.all(p)}
	return []engine.Step{s, op.Fill(p.step("remove", "remove what is staged", s.ID), remove)}
}

func (s *staged) reservations(p *Plan) []string { return []string{p.Refresh.Address() + ".stage"} }

// reservations returns none: the bucket is the other half's.
func (i *imported) reservations(*Plan) []string { return nil }

func (s *staged) touches(p *Plan) []engine.Touch {
	out := s.bucket.touches(p)
	if s.ways.Export == spec.WayServer {
		out = append(out, engine.Touch{
			Address: p.Refresh.Via.Address(), Access: engine.Write, By: p.Refresh.From.Address(),
		})
	}
	return out
}

func (b *bucket) touches(p *Plan) []engine.Touch {
	if b.ways.Import != spec.WayServer || !p.hasTarget() {
		return nil
	}
	return []engine.Touch{{Address: p.Refresh.Via.Address(), Access: engine.Read, By: p.Refresh.To.Address()}}
}

// chooseExport finds out where a refresh stages, and who writes the bucket. exporter is what the source's server can
// do.
func (p *Plan) chooseExport(ctx context.Context, exporter stage.Server) diag.Diagnostics {
	r := p.Refresh
	o, err := p.Objects(ctx, r, p.Only)
	if err != nil {
		return Failed("The bucket cannot be opened", err, r.At.Via.Range)
	}
	key, exists, err := o.Key(ctx)
	if err != nil {
		return Failed("The key of the bucket cannot be found", err, r.At.Via.Range)
	}
	s := &staged{bucket{version: p.catalog.Server.VersionNum, size: p.RangeBytes, place: stage.PlaceOf(p.Project, r)}}
	s.place.Key = key
	if !exists {
		s.place.Key, s.place.KeyPending = "(ARN of "+r.Via.Key.Address()+", known after apply)", true
	}
	if s.size == 0 {
		s.size = stage.RangeBytes
	}
	way, why, ds := p.exportWay(exporter, s.place)
	s.ways.Export, s.ways.ExportSchema = way, exporter.Schema
	s.note("rows are staged in %s, written by %s: %s", s.place.URL(""), agent(way, r.From), why)
	p.route = s
	return ds
}

// agent says who moves rows between a database and a bucket.
func agent(way spec.Way, db *spec.Database) string {
	if way == spec.WayServer {
		return "the server of " + db.Address() + " (aws_s3)"
	}
	return "shoji (COPY)"
}

// exportWay chooses who writes the bucket, and says why.
func (p *Plan) exportWay(s stage.Server, at stage.Place) (way spec.Way, why string, ds diag.Diagnostics) {
	r, cluster := p.Refresh, p.Refresh.From.Cluster
	reason := s.CannotExport(at.Key != "")
	if reason == "" && p.catalog.Server.InRecovery && r.Copy == nil { // of a copy the writer is read
		reason = "the server is a reader, and aws_s3 exports from the writer only (the cluster's endpoint, or a clone)"
	}
	const elsewhere = "a server writes only to its own account and region, and the bucket is elsewhere"
	switch {
	case r.Export == spec.WayClient:
		return spec.WayClient, `export = "client"`, nil
	case r.Export == spec.WayServer:
		if reason != "" {
			ds.Errorf(&r.At.Export.Range, "The source cannot export by itself", "export = \"server\", but %s.", reason)
		}
		return spec.WayServer, `export = "server"`, ds
	case reason != "":
		return spec.WayClient, "on " + r.From.Address() + " " + reason, nil
	case cluster == nil:
		why = r.From.Address() + " says no cluster whose role could write it (cluster = cluster.NAME)"
		return spec.WayClient, why, nil
	case cluster.S3Export == nil:
		return spec.WayClient, cluster.Address() + " says no role to write it with (s3_export)", nil
	case r.Copy != nil && r.Place().Account != cluster.In.Account:
		return spec.WayClient, "the clone is in another account, where " + cluster.Address() + " has no role", nil
	case r.Copy != nil && !sameRegion(r.Place(), r.Via.In), !sameRegion(cluster.In, r.Via.In):
		return spec.WayClient, elsewhere, nil
	}
	why = "aws_s3 is installed there, and the bucket is in the account and region of " + cluster.Address()
	return spec.WayServer, why, nil
}

func sameRegion(a, b *spec.AWS) bool { return a.Account == b.Account && a.Region == b.Region }

// chooseImport chooses who reads the bucket.
func (p *Plan) chooseImport() diag.Diagnostics {
	if !p.hasTarget() { // what stands in the way is reported already
		return nil
	}
	return p.route.chooseImport(p)
}

func (s *staged) chooseImport(p *Plan) diag.Diagnostics { return s.choose(p, "") }

func (i *imported) chooseImport(p *Plan) diag.Diagnostics {
	for _, r := range i.manifest.Records {
		if r.Compression == stage.Zstd || r.Format == "binary" {
			return i.choose(p, "it was exported for a client: "+string(r.Compression)+" "+r.Format+
				`, which aws_s3 does not read (export with import = "server")`)
		}
	}
	return i.choose(p, "")
}

// choose chooses who reads the bucket, where reason, if any, keeps the target's server from it.
func (b *bucket) choose(p *Plan, reason string) diag.Diagnostics {
	r := p.Refresh
	var ds diag.Diagnostics
	if reason == "" {
		b.ways.ImportSchema, reason = p.target.importer(p)
	}
	why := "aws_s3 is there, and " + r.To.Address() + " is in a cluster whose role can read it"
	b.ways.Import = spec.WayServer
	switch {
	case r.Import == spec.WayClient:
		b.ways.Import, why = spec.WayClient, `import = "client"`
	case r.Import == spec.WayServer && reason != "":
		ds.Errorf(&r.At.Import.Range, "The target cannot import by itself", "import = \"server\", but %s.", reason)
	case r.Import == spec.WayServer:
		why = `import = "server"`
	case reason != "":
		b.ways.Import, why = spec.WayClient, "for "+r.To.Address()+" "+reason
	case r.To.Cluster == nil:
		b.ways.Import = spec.WayClient
		why = r.To.Address() + " says no cluster whose role could read it (cluster = cluster.NAME)"
	case r.To.Cluster.S3Import == nil:
		b.ways.Import, why = spec.WayClient, r.To.Cluster.Address()+" says no role to read it with (s3_import)"
	}
	b.note("what is staged is read by %s: %s", agent(b.ways.Import, r.To), why)
	if t, ok := p.target.(*swapTarget); ok && b.ways.Import == spec.WayServer && !p.bringsS3() {
		b.prepare = true
		b.note("aws_s3 is created in %s for loading, and dropped afterwards: the source lacks it", t.names.Next)
	}
	return ds
}

// bringsS3 reports whether the structure of the source brings aws_s3.
func (p *Plan) bringsS3() bool {
	return p.script != nil && slices.ContainsFunc(p.script.Entries, func(e ddl.Entry) bool {
		return e.Type == "EXTENSION" && e.Name == "aws_s3" || e.Type == "FUNCTION" && e.Schema == "aws_s3"
	})
}

// guessImport guesses, for an export alone, who will read it: what a server can read, a client can too.
func (s *staged) guessImport(r *spec.Refresh) {
	s.ways.Import = r.Import
	if r.Import == spec.WayAuto {
		s.ways.Import = spec.WayClient
		if r.To.Cluster != nil && r.To.Cluster.S3Import != nil {
			s.ways.Import = spec.WayServer
		}
	}
	form := "packed with zstd, for a client"
	switch {
	case s.ways.Export == spec.WayServer:
		form = "as text, which a server and a client can read"
	case s.ways.Import == spec.WayServer:
		form = "as text packed with gzip, which a server and a client can read"
	}
	s.note("rows are staged %s", form)
}
