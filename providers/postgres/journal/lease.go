package journal

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
)

// Acquire takes the lease on a target. A lock makes reading and writing it atomic.
func (s *store) Acquire(ctx context.Context, target string, holder engine.Holder,
	ttl time.Duration) (engine.Lease, error) {
	id := make([]byte, 8)
	if _, err := io.ReadFull(s.Random, id); err != nil {
		return nil, fmt.Errorf("making the ID of a lease: %w", err)
	}
	holder.ID, holder.Target = hex.EncodeToString(id), target
	l := &lease{store: s, holder: holder, ttl: ttl}
	return l, s.write(ctx, func(c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(7369006972)"); err != nil {
				return err
			}
			other, err := current(ctx, tx, target)
			if err != nil {
				return err
			}
			if other != nil && s.Now().Before(other.Expires) {
				return &engine.HeldError{Holder: *other}
			}
			return l.write(ctx, tx)
		})
	})
}

func current(ctx context.Context, tx pgx.Tx, target string) (*engine.Holder, error) {
	var raw []byte
	err := tx.QueryRow(ctx, "SELECT holder FROM shoji.lease WHERE target = $1 FOR UPDATE", target).Scan(&raw)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h := &engine.Holder{}
	return h, json.Unmarshal(raw, h)
}

func (s *store) Leases(ctx context.Context) ([]engine.Holder, error) {
	var out []engine.Holder
	err := s.do(ctx, func(c *pgx.Conn) error {
		if none, err := missing(ctx, c); none || err != nil {
			return err
		}
		rows, err := c.Query(ctx, "SELECT holder FROM shoji.lease ORDER BY target")
		if err != nil {
			return err
		}
		var raw []byte
		_, err = pgx.ForEachRow(rows, []any{&raw}, func() error {
			var h engine.Holder
			err := json.Unmarshal(raw, &h)
			if err == nil && s.Now().Before(h.Expires) {
				out = append(out, h)
			}
			return err
		})
		return err
	})
	return out, err
}

func (s *store) Break(ctx context.Context, id string) error {
	return s.do(ctx, func(c *pgx.Conn) error {
		if none, err := missing(ctx, c); err != nil {
			return err
		} else if !none {
			tag, err := c.Exec(ctx, "DELETE FROM shoji.lease WHERE holder->>'id' = $1", id)
			if err != nil || tag.RowsAffected() > 0 {
				return err
			}
		}
		return fmt.Errorf("there is no lock %s (shoji status lists them)", id)
	})
}

// lease is a lease that this process holds.
type lease struct {
	store  *store
	holder engine.Holder
	ttl    time.Duration
}

func (l *lease) write(ctx context.Context, tx pgx.Tx) error {
	l.holder.Expires = l.store.Now().Add(l.ttl)
	raw, err := json.Marshal(l.holder)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx,
		"INSERT INTO shoji.lease (target, holder) VALUES ($1, $2) ON CONFLICT (target) DO UPDATE "+
			"SET holder = EXCLUDED.holder", l.holder.Target, raw)
	return err
}

// ifHeld runs f if this process still holds the lease.
func (l *lease) ifHeld(ctx context.Context, f func(pgx.Tx) error) error {
	return l.store.do(ctx, func(c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			now, err := current(ctx, tx, l.holder.Target)
			if err != nil {
				return err
			}
			if now == nil || now.ID != l.holder.ID {
				return fmt.Errorf("the lock on %s was taken away: %w", l.holder.Target, engine.ErrLeaseLost)
			}
			return f(tx)
		})
	})
}

func (l *lease) Renew(ctx context.Context) error {
	return l.ifHeld(ctx, func(tx pgx.Tx) error { return l.write(ctx, tx) })
}

func (l *lease) Release(ctx context.Context) error {
	err := l.ifHeld(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM shoji.lease WHERE target = $1", l.holder.Target)
		return err
	})
	if errors.Is(err, engine.ErrLeaseLost) {
		return nil
	}
	return err
}
