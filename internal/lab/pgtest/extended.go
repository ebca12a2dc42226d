package pgtest

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// Extended gives servers for one test alone that have the extensions of files too, stopped when it ends.
func Extended(t testing.TB, files fs.FS, count int, settings map[string]string) []*pgserver.Server {
	t.Helper()
	base, dir := Installed(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	extended, err := base.Extend(ctx, files, dir+"/installation")
	if err != nil {
		t.Fatal(err)
	}
	out := make([]*pgserver.Server, count)
	for i := range out {
		out[i], err = pgserver.Start(ctx, pgserver.Config{
			Installation: extended,
			Dir:          fmt.Sprintf("%s/server%d", dir, i),
			Settings:     settings,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = out[i].Stop(context.Background()) })
	}
	return out
}
