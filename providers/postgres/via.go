package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// via is how the rows of a refresh are staged in its bucket.
type via struct {
	place stage.Place
	ways  stage.Ways
	// version is the source's server version, size how much of a table one object holds.
	version int
	size    int64
	// prepare says that the next database must get aws_s3 for the time of loading.
	prepare bool
	notes   []string
	// manifest is that of the export that is imported; nil where the source is read.
	manifest *manifest.Manifest
	// grantable are the objects of the source that privileges can be on, for a manifest.
	grantable []acl.Object
}

// bucketOf is a bucket as seen from an account.
type bucketOf struct {
	bucket *spec.Bucket
	as     *spec.AWS
}

// objects opens the bucket of a refresh. The half that imports works in the account of the target: it has no access to
// the other.
func (p *Provider) objects(ctx context.Context, r *spec.Refresh, half engine.Half) (stage.Objects, error) {
	key := bucketOf{r.Via, r.Via.In}
	if half == engine.OnlyImport && r.To.Cluster != nil {
		key.as = r.To.Cluster.In
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.buckets[key]; o != nil {
		return o, nil
	}
	o, err := p.options.Objects(ctx, key.bucket, key.as)
	if err != nil {
		return nil, err
	}
	p.buckets[key] = o
	return o, nil
}

// place gives where a refresh stages, for any run. key is that of its objects.
func (p *Provider) place(r *spec.Refresh, key string) stage.Place {
	return stage.NewPlace(r.Via.Name, r.Via.In.Region, r.Via.Prefix, key, p.project.Name, r.Address())
}

// placed gives where the current run stages. The key that was not there when the plan was made is there now; another
// one than planned is not used.
func placed(ctx context.Context, o stage.Objects, at stage.Place) (stage.Place, error) {
	at = at.Of(engine.RunOf(ctx))
	if at.Key == "" {
		return at, nil
	}
	key, there, err := o.Key(ctx)
	switch {
	case err != nil:
		return at, err
	case !there:
		return at, fmt.Errorf("the key of bucket %s is not there", at.Bucket)
	case strings.HasPrefix(at.Key, "arn:") && at.Key != key:
		return at, fmt.Errorf("the key of bucket %s was %s when the plan was made, and is %s", at.Bucket, at.Key, key)
	}
	at.Key = key
	return at, nil
}

// inspectVia finds out where a refresh stages, and who writes the bucket. exporter is what the source's server can do.
func (p *Provider) inspectVia(ctx context.Context, one *observedRefresh, exporter stage.Server) diag.Diagnostics {
	r := one.refresh
	o, err := p.objects(ctx, r, p.options.Only)
	if err != nil {
		return failed("The bucket cannot be opened", err, r.At.Via.Range)
	}
	key, there, err := o.Key(ctx)
	if err != nil {
		return failed("The key of the bucket cannot be found", err, r.At.Via.Range)
	}
	if !there {
		key = "(ARN of " + r.Via.Key.Address() + ", known after apply)"
	}
	one.via = &via{place: p.place(r, key), version: one.source.Server.VersionNum, size: p.options.RangeBytes}
	if one.via.size == 0 {
		one.via.size = stage.RangeBytes
	}
	way, why, ds := one.exportWay(exporter)
	one.via.ways.Export, one.via.ways.ExportSchema = way, exporter.Schema
	one.via.notes = append(one.via.notes,
		fmt.Sprintf("rows are staged in %s, written by %s: %s", one.via.place.URL(""), whoWrites(way, r.From), why))
	return ds
}

func whoWrites(way spec.Way, db *spec.Database) string {
	if way == spec.WayServer {
		return "the server of " + db.Address() + " (aws_s3)"
	}
	return "shoji (COPY)"
}

// exportWay chooses who writes the bucket, and says why.
func (one *observedRefresh) exportWay(s stage.Server) (spec.Way, string, diag.Diagnostics) {
	r := one.refresh
	var ds diag.Diagnostics
	reason := s.CannotExport(one.via.place.Key != "")
	if reason == "" && one.source.Server.InRecovery && r.Copy == nil { // of a copy the writer is read
		reason = "the server is a reader, and aws_s3 exports from the writer only (the cluster's endpoint, or a clone)"
	}
	switch {
	case r.Export == spec.WayClient:
		return spec.WayClient, `export = "client"`, nil
	case r.Export == spec.WayServer:
		if reason != "" {
			ds.Errorf(&r.At.Export.Range, "The source cannot export by itself", "export = \"server\", but %s.",
				reason)
		}
		return spec.WayServer, `export = "server"`, ds
	case reason != "":
		return spec.WayClient, "on " + r.From.Address() + " " + reason, nil
	case r.From.Cluster == nil:
		return spec.WayClient, r.From.Address() + " says no cluster whose role could write it (cluster = cluster.NAME)",
			nil
	case r.From.Cluster.S3Export == nil:
		return spec.WayClient, r.From.Cluster.Address() + " says no role to write it with (s3_export)", nil
	case r.Copy != nil && r.Place().Account != r.From.Cluster.In.Account:
		return spec.WayClient, "the clone is in another account, where " + r.From.Cluster.Address() + " has no role",
			nil
	case r.Copy != nil && (r.Place().Account != r.Via.In.Account || r.Place().Region != r.Via.In.Region):
		return spec.WayClient, "a server writes only to its own account and region, and the bucket is elsewhere", nil
	case r.From.Cluster.In.Account != r.Via.In.Account || r.From.Cluster.In.Region != r.Via.In.Region:
		return spec.WayClient, "a server writes only to its own account and region, and the bucket is elsewhere", nil
	}
	return spec.WayServer, "aws_s3 is installed there, and the bucket is in the account and region of " +
		r.From.Cluster.Address(), nil
}

// importWay chooses who reads the bucket.
func (one *observedRefresh) importWay() diag.Diagnostics {
	r, v := one.refresh, one.via
	var ds diag.Diagnostics
	if v == nil || one.facts == nil && one.live == nil { // what stands in the way is reported already
		return nil
	}
	reason := one.cannotImport()
	why := "aws_s3 is there, and " + r.To.Address() + " is in a cluster whose role can read it"
	v.ways.Import = spec.WayServer
	switch {
	case r.Import == spec.WayClient:
		v.ways.Import, why = spec.WayClient, `import = "client"`
	case r.Import == spec.WayServer && reason != "":
		ds.Errorf(&r.At.Import.Range, "The target cannot import by itself", "import = \"server\", but %s.", reason)
	case r.Import == spec.WayServer:
		why = `import = "server"`
	case reason != "":
		v.ways.Import, why = spec.WayClient, "for "+r.To.Address()+" "+reason
	case r.To.Cluster == nil:
		v.ways.Import, why = spec.WayClient,
			r.To.Address()+" says no cluster whose role could read it (cluster = cluster.NAME)"
	case r.To.Cluster.S3Import == nil:
		v.ways.Import, why = spec.WayClient, r.To.Cluster.Address()+" says no role to read it with (s3_import)"
	}
	v.prepare = v.ways.Import == spec.WayServer && r.Mode == spec.Swap && !inScript(one)
	v.notes = append(v.notes, fmt.Sprintf("what is staged is read by %s: %s", whoWrites(v.ways.Import, r.To), why))
	if v.prepare {
		v.notes = append(v.notes,
			"aws_s3 is created in "+one.names.Next+" for loading, and dropped afterwards: the source has it not")
	}
	return ds
}

// cannotImport says why the target's server cannot read what is staged, and keeps the schema of its aws_s3 where it
// can.
func (one *observedRefresh) cannotImport() string {
	v := one.via
	if v.manifest != nil {
		for _, r := range v.manifest.Records {
			if r.Compression == stage.Zstd || r.Format == "binary" {
				return "it was exported for a client: " + string(r.Compression) + " " + r.Format +
					`, which aws_s3 does not read (export with import = "server")`
			}
		}
	}
	v.ways.ImportSchema = "aws_s3"
	if one.refresh.Mode == spec.Replace {
		if one.importer.Installed {
			v.ways.ImportSchema = one.importer.Schema
		}
		return one.importer.CannotImport()
	}
	if inScript(one) {
		return ""
	}
	f := one.facts
	switch _, there := f.Available["aws_s3"]; {
	case !there:
		return "the server has no extension aws_s3"
	case !f.MayCreate("aws_s3", "aws_commons"):
		return fmt.Sprintf("%s may not create the extension aws_s3 in the next database (it takes rds_superuser, or "+
			"rds_extension with aws_s3 and aws_commons in rds.allowed_delegated_extensions)", f.User)
	}
	return ""
}

// inScript reports whether the structure of the source brings aws_s3.
func inScript(one *observedRefresh) bool {
	return one.script != nil && slices.ContainsFunc(one.script.Entries, func(e ddl.Entry) bool {
		return e.Type == "EXTENSION" && e.Name == "aws_s3" || e.Type == "FUNCTION" && e.Schema == "aws_s3"
	})
}

// packedFor guesses, for an export alone, who will read it: what a server can read, a client can too.
func (one *observedRefresh) packedFor() {
	r, v := one.refresh, one.via
	v.ways.Import = r.Import
	if r.Import == spec.WayAuto {
		v.ways.Import = spec.WayClient
		if r.To.Cluster != nil && r.To.Cluster.S3Import != nil {
			v.ways.Import = spec.WayServer
		}
	}
	what := "packed with zstd, for a client"
	switch {
	case v.ways.Export == spec.WayServer:
		what = "as text, which a server and a client can read"
	case v.ways.Import == spec.WayServer:
		what = "as text packed with gzip, which a server and a client can read"
	}
	v.notes = append(v.notes, "rows are staged "+what)
}

// table gives the staging of a table that is copied.
func (one *observedRefresh) table(t *decide.Table) stage.Table {
	v := one.via
	out := stage.NewTable(t, v.ways, v.version, v.size)
	out.ReadBack = one.refresh.Verify == "full"
	if v.manifest != nil {
		if record, ok := v.manifest.Record(t.Source.Ref()); ok {
			out = out.As(record)
		}
	}
	return out
}

// stagedTables are those of all tables that are copied.
func (one *observedRefresh) stagedTables() []stage.Table {
	var out []stage.Table
	for i := range one.tables {
		if one.tables[i].Treatment == decide.Copy {
			out = append(out, one.table(&one.tables[i]))
		}
	}
	return out
}

// values are those of the source's sequences as they were exported; nil where the source can be asked.
func (v *via) values() map[catalog.Ref]transfer.SequenceValue {
	if v == nil || v.manifest == nil {
		return nil
	}
	out := map[catalog.Ref]transfer.SequenceValue{}
	for _, s := range v.manifest.Sequences {
		out[catalog.Ref{Schema: s.Schema, Name: s.Name}] = s.Value
	}
	return out
}

// record gives what was exported of a table; nil where that is not known yet.
func (v *via) record(t *transfer.Table) *stage.Record {
	if v.manifest == nil {
		return nil
	}
	r, _ := v.manifest.Record(catalog.Ref{Schema: t.Schema, Name: t.Name})
	return r
}
