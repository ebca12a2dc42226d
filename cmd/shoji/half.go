package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
)

// half is -only and -manifest: which half of refreshes through a bucket a command is about.
type half struct {
	only     engine.Half
	manifest string
}

func halfFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "only", Usage: "only one `HALF` of refreshes through a bucket: export or import"},
		&cli.StringFlag{
			Name:  "manifest",
			Usage: "with -only import: the `URL` of the export's manifest, s3://BUCKET/PREFIX/RUN/manifest.json",
		},
	}
}

// halfOf reads the flags, or what a saved plan was made with.
func halfOf(c *cli.Command, saved *engine.Plan) (half, error) {
	if saved != nil {
		return half{saved.Only, saved.Manifest}, nil
	}
	h := half{engine.Half(c.String("only")), c.String("manifest")}
	switch h.only {
	case engine.Whole, engine.OnlyExport, engine.OnlyImport:
	default:
		return h, fmt.Errorf("-only takes export or import, not %q.%s", h.only,
			diag.DidYouMean(string(h.only), []string{"export", "import"}))
	}
	switch {
	case h.only == engine.OnlyImport && h.manifest == "":
		return h, errors.New("-only import needs -manifest, the URL that apply -only export printed")
	case h.only != engine.OnlyImport && h.manifest != "":
		return h, errors.New("-manifest goes with -only import")
	case h.manifest != "":
		if _, err := manifest.ParseURL(h.manifest); err != nil {
			return h, err
		}
	}
	return h, nil
}

// reachesTargets reports whether a command works on targets: an export alone does not, nor does putting one back.
func (s *session) reachesTargets(ctx context.Context, operation string) (bool, error) {
	if operation == "rollback" || s.half.only == engine.OnlyImport {
		return true, nil
	}
	runs, err := s.sift(ctx, func(engine.RunInfo, string) {}) // they are named when they are looked at
	if err != nil {
		return true, err
	}
	for _, r := range runs {
		p, _, err := s.store.Read(ctx, r.ID)
		if err != nil || p.Only != engine.OnlyExport {
			return true, nil
		}
	}
	return s.half.only != engine.OnlyExport && !s.takesUp, nil
}
