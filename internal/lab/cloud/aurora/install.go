package aurora

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

//go:embed extension
var extensions embed.FS

// Extend gives an installation that also has the extensions aws_s3 and aws_commons, as a mirror of base in dir.
func Extend(ctx context.Context, base pgserver.Installation, dir string) (pgserver.Installation, error) {
	files, err := fs.Sub(extensions, "extension")
	if err != nil {
		return base, fmt.Errorf("finding the extensions: %w", err)
	}
	return base.Extend(ctx, files, dir)
}
