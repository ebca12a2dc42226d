package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// kinds are the kinds of steps that this provider knows.
func kinds() op.Kinds {
	return op.Kinds{
		record.WriteRecord{},
		swap.CreateDatabase{},
		swap.CreateObjects{},
		swap.CreatePostData{},
		swap.SetSequences{},
		swap.RefreshView{},
		swap.Analyze{},
		swap.CarrySettings{},
		swap.Swap{},
		swap.Rollback{},
	}
}

// env returns what a step runs in.
func (p *Provider) env(ctx context.Context, s engine.Step, report engine.Reporter) *op.Env {
	e := &op.Env{
		Run:       p.run(ctx),
		Report:    report,
		Project:   p.project,
		Sessions:  p.sessions,
		Snapshots: &p.snapshots,
		Only:      p.options.Only,
		Random:    p.options.Random,
		Now:       p.options.Now,
	}
	r, err := p.refresh(s.Address)
	if err != nil {
		return e // a step of a role
	}
	e.Refresh, e.StillOurs = r, p.stillGuarded(r.To)
	e.Objects = func(ctx context.Context, half engine.Half) (stage.Objects, error) { return p.objects(ctx, r, half) }
	return e
}

// action executes one kind of step.
type action func(p *Provider, ctx context.Context, s engine.Step, report engine.Reporter) error

// actions are the kinds of steps that this provider knows.
func actions() map[string]action {
	return map[string]action{
		kindOpen:     (*Provider).open,
		kindCopy:     (*Provider).copy,
		kindVerify:   (*Provider).verify,
		kindMeasure:  (*Provider).measure,
		kindReplace:  (*Provider).replace,
		kindReady:    (*Provider).ready,
		kindStage:    (*Provider).stage,
		kindExport:   (*Provider).export,
		kindImport:   (*Provider).load,
		kindManifest: (*Provider).writeManifest,
		kindPrepare:  (*Provider).prepare,
		kindRemove:   (*Provider).remove,
	}
}

// Execute runs one step of a plan.
func (p *Provider) Execute(ctx context.Context, s engine.Step, report engine.Reporter) error {
	if run, ok := actions()[s.Kind]; ok {
		return run(p, ctx, s, report)
	}
	if known, err := p.executeAccess(ctx, s); known {
		return err
	}
	o, err := kinds().Decode(s)
	if err != nil {
		return err
	}
	return o.Run(ctx, p.env(ctx, s, report))
}

// PutBack undoes a step. Only a database that was created and rows that were staged are left behind by one.
func (p *Provider) PutBack(ctx context.Context, s engine.Step, report engine.Reporter) error {
	if s.Kind == kindStage {
		if err := p.endExports(ctx, s, report); err != nil {
			return err
		}
		return p.unstage(ctx, s)
	}
	o, err := kinds().Decode(s)
	if err != nil {
		return err
	}
	u, ok := o.(op.Undoer)
	if !ok {
		return nil
	}
	if _, err := p.refresh(s.Address); err != nil {
		return err
	}
	return u.Undo(ctx, p.env(ctx, s, report))
}

// ofBucket refuses a place other than that of the run in the bucket of its refresh, or, for an import, that of the run
// that it imports.
func (p *Provider) ofBucket(r *spec.Refresh, half engine.Half, at stage.Place) error {
	if r.Via == nil {
		return fmt.Errorf("%s goes through no bucket any more: what is staged in %s was not removed", r.Address(),
			at.Bucket)
	}
	own := p.place(r, "")
	run, ok := strings.CutPrefix(at.Prefix, strings.TrimSuffix(own.Prefix, stage.RunKey+"/"))
	imported := half == engine.OnlyImport && strings.Count(run, "/") == 1 && strings.HasSuffix(run, "/")
	if at.Bucket != own.Bucket || !ok || run != stage.RunKey+"/" && !imported {
		return fmt.Errorf("the journal names %s, which is not where %s stages: nothing was removed. "+
			"Its bucket changed since, or the journal was edited", at.URL(""), r.Address())
	}
	return nil
}

// decode gives a step's refresh and parameters.
func decode[T any](p *Provider, s engine.Step) (*spec.Refresh, T, error) {
	var params T
	r, err := p.refresh(s.Address)
	if err != nil {
		return nil, params, err
	}
	if err := json.Unmarshal(s.Params, &params); err != nil {
		return nil, params, fmt.Errorf("reading the parameters of %s: %w", s.ID, err)
	}
	return r, params, nil
}

func (p *Provider) run(ctx context.Context) op.Run {
	return op.Run{ID: engine.RunOf(ctx), Time: p.options.Now()}
}

// copy fills one table of the next database from the source.
func (p *Provider) copy(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[copyParams](p, s)
	if err != nil {
		return err
	}
	return p.snapshots.Read(s.Address, func(from *transfer.Export) error {
		return p.filling(ctx, r, params.Database, params.Role, &params.Table, func(c *pgx.Conn) error {
			_, err := from.Copy(ctx, &params.Table, c, transfer.Options{ReadBack: params.ReadBack}, report)
			return err
		})
	})
}

// filling fills a table of a refresh's target in one transaction, which empties it first: after an interruption it can
// be run again, and COPY may write rows that need no later freezing.
func (p *Provider) filling(ctx context.Context, r *spec.Refresh, database, role string, t *transfer.Table,
	fill func(*pgx.Conn) error) error {
	c, err := p.sessions.Target(ctx, r, database, "shoji apply", session.Bulk())
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	begin := "BEGIN; TRUNCATE TABLE ONLY " + sqltext.Ident(t.Schema, t.Name)
	if role != "" {
		begin = "SET ROLE " + sqltext.Ident(role) + "; " + begin
	}
	if _, err := c.PgConn().Exec(ctx, begin).ReadAll(); err != nil {
		return fmt.Errorf("emptying %s.%s: %w", t.Schema, t.Name, conn.Redact(err))
	}
	if err := fill(c); err != nil {
		return err
	}
	if err := conn.Commit(ctx, c); err != nil {
		return fmt.Errorf("filling %s.%s: %w", t.Schema, t.Name, err)
	}
	return nil
}

// verificationKey returns a new key for the digests of one verification, which both sides are told.
func (p *Provider) verificationKey() (secret.Value, error) {
	text, err := p.random(32)
	return secret.New(text), err
}

// verify looks for raw values in the copy.
func (p *Provider) verify(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[verifyParams](p, s)
	if err != nil {
		return err
	}
	key, err := p.verificationKey()
	if err != nil {
		return err
	}
	secrets := map[string]secret.Value{transfer.VerifySetting: key}
	source, err := p.sessions.Source(ctx, r, "shoji verify", secrets)
	if err != nil {
		return err
	}
	defer session.Close(ctx, source)
	c, err := p.sessions.VerifyTarget(ctx, r, params.Database, "shoji verify", secrets)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	if params.Role != "" {
		if _, err := c.Exec(ctx, "SET ROLE "+sqltext.Ident(params.Role)); err != nil {
			return fmt.Errorf("verifying: %w", conn.Redact(err))
		}
	}
	return transfer.Verify(ctx, source, c, params.Tables, params.Size, report)
}
