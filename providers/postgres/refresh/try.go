package refresh

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/preview"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
)

// tryMasks tries the constraints of the source with a few masked rows of it, in a session that is told the key for it.
// What cannot be tried stays as open as it is without a server.
func (p *Plan) tryMasks(ctx context.Context, c *pgx.Conn, code *reach.Code) diag.Diagnostics {
	open := decide.Open(p.tables)
	if code == nil || !preview.Wanted(p.tables) {
		return open
	}
	if err := p.Sessions.LetMask(ctx, c, p.Refresh); err != nil {
		return append(open, Failed("The masks cannot be tried on the source", err, p.Refresh.Range)...)
	}
	s := preview.New(c, code)
	s.Skip = func(t *decide.Table) bool { return !p.isDescribable(t) || t.ReadPath != nil }
	if p.Refresh.Copy != nil {
		s.Unread = fmt.Sprintf("the rows are read from a %s, which a run makes", p.Refresh.Copy.Kind)
	}
	trial, err := s.Try(ctx, p.tables)
	ds := trial.Report()
	if err != nil {
		ds.Append(Failed("The masks cannot be tried on the source", err, p.Refresh.Range)...)
	}
	p.tried = tried(len(open), trial.Held(), s.Unread)
	return ds
}

// tried says of how many constraints masked rows have shown that they hold, of those that nothing else says it of.
func tried(open, held int, unread string) string {
	switch {
	case open == 0:
		return ""
	case unread != "":
		return "no constraint was tried with masked rows: " + unread
	case held == 1:
		return "1 constraint that a mask might violate was tried with masked rows of the source, which satisfy it"
	case held > 1:
		return fmt.Sprintf("%d constraints that masks might violate were tried with masked rows of the source, which "+
			"satisfy them", held)
	}
	return ""
}
