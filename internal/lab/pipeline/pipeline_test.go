package pipeline_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/lab/pipeline"
	"github.com/shoji-pg/shoji/internal/lab/shop"
)

func TestUpAndAway(t *testing.T) {
	installation, dir := pgtest.Installed(t)
	dir = filepath.Join(dir, "lab")
	l, err := pipeline.Up(context.Background(), pipeline.Options{
		Dir:          dir,
		Installation: installation,
		Shop:         &shop.Options{Scale: 0.02},
	})
	if err != nil {
		t.Fatal(err)
	}
	environment := strings.Join(l.Env(), "\n")
	for _, secret := range l.Secrets()[:1] {
		if !strings.Contains(environment, secret) {
			t.Error("the key of the masks is not in the environment")
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
}

func TestInterruptedUpLeavesNothing(t *testing.T) {
	for _, after := range []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond} {
		installation, dir := pgtest.Installed(t)
		dir = filepath.Join(dir, "lab")
		ctx, cancel := context.WithTimeout(context.Background(), after)
		l, err := pipeline.Up(ctx, pipeline.Options{Dir: dir, Installation: installation, Shop: &shop.Options{}})
		cancel()
		if err == nil {
			t.Fatalf("the lab was up in %s: %v", after, l.Close())
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("after %s the directory is still there: %v", after, err)
		}
	}
}
