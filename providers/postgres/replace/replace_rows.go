// Package replace refreshes live tables in place: everything is emptied, filled, indexed by what is there, checked and
// committed in one transaction, so that a run that fails in any way at any moment leaves the tables as they were. It
// plans that transaction (Build) and has the kind of step that executes it.
package replace

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// ReplaceRows empties and fills the live tables of a database in one transaction. Whatever fails, it is rolled back, by
// the server too where the connection breaks.
type ReplaceRows struct {
	op.Source
	op.Database
	Scope transfer.Scope `json:"scope"`
	// Before and After are statements in the transaction; Tables are filled between them, in their order.
	Before []string         `json:"before"`
	Tables []transfer.Table `json:"tables"`
	After  []string         `json:"after"`
	// Path are the schemas in which functions of the live tables find others, up to the checks; nil for none.
	Path []string `json:"search_path,omitempty"`
	// Replica says that the session must begin with session_replication_role = replica: a parameter group has set it.
	Replica bool `json:"replica,omitempty"`
	// Checks are for constraints that no trigger has checked: each returns the number of violations.
	Checks    []Check             `json:"checks,omitempty"`
	Sequences []transfer.Sequence `json:"sequences,omitempty"`
	ReadBack  bool                `json:"read_back,omitempty"`
	// Verify is the size of a sample of raw values to look for; 0 for none.
	Verify int `json:"verify,omitempty"`
	// Staged is where the rows come from; nil is the source.
	Staged *StagedRows `json:"staged,omitempty"`
	// Record is what the copy will say of how it was made.
	Record record.Record `json:"record"`
}

// Check is a query that must return 0.
type Check struct {
	Name  string `json:"name"`  // "foreign key orders_customer_fkey of public.orders"
	Wrong string `json:"wrong"` // "rows refer to rows that are not there"
	SQL   string `json:"sql"`
}

// Kind returns the stable name of the step.
func (ReplaceRows) Kind() string { return "replace.run" }

// Statements returns the objects that are read, what the source runs, and the transaction of the target.
func (o ReplaceRows) Statements() []engine.Statement {
	return append(append(o.Staged.statements(), o.onSource()...), o.onTarget()...)
}

func (o ReplaceRows) onSource() []engine.Statement {
	var out []string
	if o.Staged == nil {
		out = o.Scope.Statements()
		for i := range o.Tables {
			out = append(out, o.Tables[i].Reading(o.Tables[i].CopyOut())...)
		}
	}
	if o.Verify > 0 {
		for i := range o.Tables {
			if sample := o.Tables[i].Sample(o.Verify); sample != "" {
				out = append(out, o.Tables[i].Reading(sample)...)
			}
		}
	}
	return op.Statements(o.Source.On(), out...)
}

func (o ReplaceRows) onTarget() []engine.Statement {
	on := o.Database.On()
	var out []engine.Statement
	add := func(texts ...string) { out = append(out, op.Statements(on, texts...)...) }
	if o.Replica {
		add(showRole)
	}
	add("BEGIN")
	if o.Path != nil {
		add("SET LOCAL " + sqltext.Path(o.Path...))
	}
	add(o.Before...)
	for i := range o.Tables {
		if o.Staged != nil {
			out = append(out, o.Staged.loads(on, &o.Tables[i])...)
			continue
		}
		add(o.Tables[i].CopyIn)
	}
	add(o.After...)
	for _, c := range o.Checks {
		add(c.SQL)
	}
	if o.Path != nil {
		add("SET LOCAL " + sqltext.Path())
	}
	add(record.Statements()...)
	for i := range o.Tables {
		if found := o.Tables[i].Found(); found != "" && o.Verify > 0 {
			add(o.Tables[i].Finding(found)...)
		}
	}
	for _, s := range o.Sequences {
		add(setSequence(s))
	}
	add("COMMIT")
	return out
}

// setSequence returns how a plan shows that a sequence is set.
func setSequence(s transfer.Sequence) string {
	value := "(last_value of the source), (is_called of the source)"
	if s.Value != nil {
		value = fmt.Sprintf("%d, %t", s.Value.Last, s.Value.Called)
	}
	return "SELECT pg_catalog.setval(" + sqltext.Literal(sqltext.Ident(s.Schema, s.Name)) + ", " + value + ")"
}

// Touches returns that the target is written, and the source or the bucket read.
func (o ReplaceRows) Touches() []engine.Touch {
	out := append([]engine.Touch{engine.Writes(o.Target)}, o.Staged.touches(o.Target)...)
	if len(o.onSource()) > 0 || o.asksSource() && len(o.Sequences) > 0 {
		out = append(out, engine.Reads(o.From))
	}
	return out
}

// Settled returns the step without what follows the statistics of tables.
func (o ReplaceRows) Settled() op.Op {
	tables := make([]transfer.Table, len(o.Tables))
	for i, t := range o.Tables {
		t.Rows = 0
		tables[i] = t
	}
	o.Tables = tables
	return o
}

// Run executes the transaction.
func (o ReplaceRows) Run(ctx context.Context, e *op.Env) error {
	key, err := e.RandomKey()
	if err != nil {
		return err
	}
	secrets := map[string]secret.Value{transfer.VerifySetting: key}
	from, err := o.open(ctx, e, secrets)
	if err != nil {
		return err
	}
	defer from.Close()
	c, err := e.Sessions.VerifyTarget(ctx, e.Refresh, "", "shoji apply", o.Database.Settings(), secrets)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	if err := o.relaxed(ctx, c); err != nil {
		return err
	}
	begin := []string{"BEGIN"}
	if o.Path != nil {
		begin = append(begin, "SET LOCAL "+sqltext.Path(o.Path...))
	}
	if err := run(ctx, c, append(begin, o.Before...)); err != nil {
		return err
	}
	if err := o.fill(ctx, c, from, e.Report); err != nil {
		return err
	}
	if err := run(ctx, c, o.After); err != nil {
		return err
	}
	if err := o.check(ctx, c); err != nil {
		return err
	}
	if o.Path != nil {
		if err := run(ctx, c, []string{"SET LOCAL " + sqltext.Path()}); err != nil {
			return err
		}
	}
	if err := o.Record.WriteIn(ctx, e, c); err != nil {
		return err
	}
	if err := o.finish(ctx, c, e, secrets); err != nil {
		return err
	}
	if err := conn.Commit(ctx, c); err != nil {
		return fmt.Errorf("committing the new rows: %w", err)
	}
	return nil
}

// open opens where the rows come from.
func (o ReplaceRows) open(ctx context.Context, e *op.Env, secrets map[string]secret.Value) (origin, error) {
	if o.Staged != nil {
		return o.Staged.open(ctx, e)
	}
	return transfer.Open(ctx, func(ctx context.Context) (*pgx.Conn, error) {
		return e.Sessions.Source(ctx, e.Refresh, "shoji apply", secrets)
	}, o.Scope)
}

// origin is where the rows of a table come from: a snapshot of the source, or a bucket.
type origin interface {
	Copy(ctx context.Context, t *transfer.Table, target *pgx.Conn, o transfer.Options, r engine.Reporter) (int64, error)
	Close()
}

// showRole is how the setting is looked at that keeps triggers from firing.
const showRole = "SHOW session_replication_role"

// relaxed makes sure that the session has what the parameter group was changed for.
func (o ReplaceRows) relaxed(ctx context.Context, c *pgx.Conn) error {
	if !o.Replica {
		return nil
	}
	var role string
	if err := c.QueryRow(ctx, showRole).Scan(&role); err != nil {
		return fmt.Errorf("reading session_replication_role: %w", conn.Redact(err))
	}
	if role != "replica" {
		return fmt.Errorf("session_replication_role is %s in a new session of the target, "+
			"although its parameter group "+
			"says replica: a setting of the role or the database (ALTER ROLE … SET) is in the way", role)
	}
	return nil
}

// Moves returns the rows of all tables.
func (o ReplaceRows) Moves() int64 {
	var all int64
	for i := range o.Tables {
		if o.Tables[i].Rows < 0 {
			return -1
		}
		all += o.Tables[i].Rows
	}
	return all
}

func (o ReplaceRows) fill(ctx context.Context, c *pgx.Conn, from origin, report engine.Reporter) error {
	progress := &sum{Reporter: report}
	for i := range o.Tables {
		t := &o.Tables[i]
		n, err := from.Copy(ctx, t, c, transfer.Options{ReadBack: o.ReadBack}, progress)
		if err != nil {
			return err
		}
		progress.next()
		report.Note(fmt.Sprintf("%s.%s: %d rows", t.Schema, t.Name, n))
	}
	return nil
}

func (o ReplaceRows) check(ctx context.Context, c *pgx.Conn) error {
	for _, k := range o.Checks {
		var wrong int64
		if err := c.QueryRow(ctx, k.SQL).Scan(&wrong); err != nil {
			return fmt.Errorf("checking the %s: %w", k.Name, conn.RedactRows(err))
		}
		if wrong > 0 {
			return fmt.Errorf("the %s does not hold: %d %s", k.Name, wrong, k.Wrong)
		}
	}
	return nil
}

// finish looks for raw values and sets the sequences, over another session with the source, while the lock on the
// target is held. Setting a sequence is the one change that no rollback takes back (manual, 9.17), so it comes last of
// all.
func (o ReplaceRows) finish(ctx context.Context, c *pgx.Conn, e *op.Env, secrets map[string]secret.Value) error {
	var source *pgx.Conn
	if len(o.Sequences)+o.Verify > 0 && o.asksSource() {
		var err error
		if source, err = e.Sessions.Source(ctx, e.Refresh, "shoji apply", secrets); err != nil {
			return err
		}
		defer session.Close(ctx, source)
	}
	if o.Verify > 0 {
		if err := transfer.Verify(ctx, source, c, o.Tables, o.Verify, e.Report); err != nil {
			return err
		}
	}
	if err := e.StillOurs(ctx, c); err != nil {
		return err
	}
	return transfer.SetSequences(ctx, source, c, o.Sequences)
}

// asksSource reports whether the source is there to be asked: the half that imports has no access to it.
func (o ReplaceRows) asksSource() bool { return o.Staged == nil || o.Staged.Half != engine.OnlyImport }

func run(ctx context.Context, c *pgx.Conn, statements []string) error {
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("running %q: %w", sql, conn.RedactNamed(ctx, c, err))
		}
	}
	return nil
}

// sum reports the progress of the tables as that of one step.
type sum struct {
	engine.Reporter
	done, last engine.Progress
}

func (s *sum) Progress(p engine.Progress) {
	s.last = p
	s.Reporter.Progress(engine.Progress{Rows: s.done.Rows + p.Rows, Bytes: s.done.Bytes + p.Bytes})
}

// next begins the next table.
func (s *sum) next() {
	s.done.Rows += s.last.Rows
	s.done.Bytes += s.last.Bytes
	s.last = engine.Progress{}
}

// treatment is how foreign keys are treated, with the reason for the plan.
type treatment struct {
	Kind   spec.ForeignKeys
	Reason string
}
