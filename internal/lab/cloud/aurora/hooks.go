package aurora

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

// folder is where the data of something is; its resource id is never used twice.
func (l *Lab) folder(kind, id string) string { return filepath.Join(l.config.Dir, kind, id) }

// create makes an empty cluster, or takes a server that was lent under its name. Without an instance nobody finds its
// server.
func (l *Lab) create(c cloud.Cluster, password string) error {
	ctx, cancel := bounded()
	defer cancel()
	if lent, ok := l.config.Servers[c.DBClusterIdentifier]; ok {
		s := &storage{dir: lent.Dir, server: lent.Server, password: lent.Password, lent: true, set: map[string]bool{}}
		if err := s.furnish(ctx, c, password); err != nil {
			return err
		}
		l.keep(c.DBClusterArn, s)
		return s.watch(ctx, l, c.DBClusterArn)
	}
	dir := l.folder("clusters", c.DbClusterResourceId)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("making a cluster: %w", err)
	}
	server, err := pgserver.Start(ctx, pgserver.Config{
		Installation: l.installation,
		Dir:          dir,
		Settings:     l.config.Settings,
	})
	if err != nil {
		return err
	}
	s := &storage{dir: dir, idle: server, password: pgserver.Password, set: map[string]bool{}}
	l.keep(c.DBClusterArn, s)
	return s.furnish(ctx, c, password)
}

// furnish makes what RDS has in every cluster: its roles, the master user and the first database.
func (s *storage) furnish(ctx context.Context, c cloud.Cluster, password string) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("reaching a new cluster: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	master := sqltext.Ident(c.MasterUsername)
	var statements []string
	for _, role := range []struct{ name, attributes string }{
		{"rds_superuser", "NOLOGIN CREATEDB CREATEROLE"},
		{"rds_iam", "NOLOGIN"},
		{"rds_replication", "NOLOGIN"},
		{c.MasterUsername, "LOGIN CREATEDB CREATEROLE REPLICATION PASSWORD " + sqltext.Literal(password)},
	} {
		statements = append(statements,
			fmt.Sprintf("DO $do$ BEGIN CREATE ROLE %s %s; EXCEPTION WHEN duplicate_object THEN NULL; END $do$",
				sqltext.Ident(role.name), role.attributes))
	}
	statements = append(statements, "GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION",
		"GRANT rds_superuser TO "+master)
	if s.runs().Installation.Major >= 15 {
		// What rds.superuser_variables does on Aurora.
		statements = append(statements, "GRANT SET ON PARAMETER session_replication_role TO rds_superuser")
	}
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("furnishing a new cluster: %w", err)
		}
	}
	if c.DatabaseName == "" || s.lent {
		return nil
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+sqltext.Ident(c.DatabaseName)+" OWNER "+master)
	if err != nil {
		return fmt.Errorf("making the first database: %w", err)
	}
	return nil
}

// clone copies a cluster's data while its server goes on.
func (l *Lab) clone(source, made cloud.Cluster) error {
	from, err := l.at(source.DBClusterArn)
	if err != nil {
		return err
	}
	dir := l.folder("clusters", made.DbClusterResourceId)
	if err := from.copyTo(dir); err != nil {
		return err
	}
	l.keep(made.DBClusterArn, &storage{dir: dir, password: from.password, set: map[string]bool{}})
	return nil
}

func (l *Lab) snapshot(source cloud.Cluster, data string) error {
	from, err := l.at(source.DBClusterArn)
	if err != nil {
		return err
	}
	dir := l.folder("snapshots", source.DbClusterResourceId+"-"+filepath.Base(data))
	if err := from.copyTo(dir); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.copies[data], l.passwords[data] = dir, from.password
	return nil
}

func (l *Lab) restore(data string, made cloud.Cluster) error {
	l.mu.Lock()
	from, password := l.copies[data], l.passwords[data]
	l.mu.Unlock()
	if from == "" {
		return fmt.Errorf("the lab has no data of %s", data)
	}
	dir := l.folder("clusters", made.DbClusterResourceId)
	if err := (&storage{dir: from}).copyTo(dir); err != nil {
		return err
	}
	l.keep(made.DBClusterArn, &storage{dir: dir, password: password, set: map[string]bool{}})
	return nil
}

// instance shows or starts a cluster's server for its first instance; others are the same server.
func (l *Lab) instance(c cloud.Cluster, _ cloud.Instance, parameters map[string]string) (cloud.Endpoint, error) {
	s, err := l.at(c.DBClusterArn)
	if err != nil {
		return cloud.Endpoint{}, err
	}
	ctx, cancel := bounded()
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		if s.server, s.idle = s.idle, nil; s.server == nil {
			if err := s.prepare(parameters); err != nil {
				return cloud.Endpoint{}, err
			}
			if s.server, err = pgserver.Open(ctx, pgserver.Config{
				Installation: l.installation,
				Dir:          s.dir,
			}); err != nil {
				return cloud.Endpoint{}, err
			}
		}
		if err := s.watch(ctx, l, c.DBClusterArn); err != nil {
			return cloud.Endpoint{}, err
		}
	}
	waits, err := s.apply(ctx, parameters)
	if err == nil && waits {
		err = s.server.Bounce(ctx)
	}
	if err != nil {
		return cloud.Endpoint{}, err
	}
	return cloud.Endpoint{Address: "127.0.0.1", Port: s.server.Port}, nil
}

// writer says whether an instance is the one whose parameters the server has.
func writer(c cloud.Cluster, i cloud.Instance) bool {
	return len(c.DBClusterMembers) > 0 && c.DBClusterMembers[0].DBInstanceIdentifier == i.DBInstanceIdentifier
}

func (l *Lab) parameters(c cloud.Cluster, i cloud.Instance, parameters map[string]string) error {
	return l.change(c, i, parameters, func(context.Context, *pgserver.Server) error { return nil })
}

func (l *Lab) reboot(c cloud.Cluster, i cloud.Instance, parameters map[string]string) error {
	return l.change(c, i, parameters, func(ctx context.Context, s *pgserver.Server) error { return s.Bounce(ctx) })
}

// change tells a writer's server its parameters, and does something more then.
func (l *Lab) change(c cloud.Cluster, i cloud.Instance, parameters map[string]string,
	then func(context.Context, *pgserver.Server) error) error {
	s, err := l.at(c.DBClusterArn)
	if err != nil || !writer(c, i) {
		return err
	}
	ctx, cancel := bounded()
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.apply(ctx, parameters); err != nil {
		return err
	}
	return then(ctx, s.server)
}

// deleteInstance stops the server with the last instance.
func (l *Lab) deleteInstance(c cloud.Cluster, _ cloud.Instance) error {
	s, err := l.at(c.DBClusterArn)
	if err != nil || len(c.DBClusterMembers) > 1 {
		return err
	}
	return s.end()
}

func (l *Lab) remove(c cloud.Cluster) error {
	l.mu.Lock()
	s := l.clusters[c.DBClusterArn]
	delete(l.clusters, c.DBClusterArn)
	l.mu.Unlock()
	if s == nil {
		return nil
	}
	if err := s.end(); err != nil || s.lent {
		return err
	}
	return os.RemoveAll(s.dir)
}
