package lab

import "github.com/shoji-pg/shoji/internal/lab/pgserver"

// Env gives what a spec for this lab reads, as KEY=VALUE: where production and staging are, and a key
// for masks.
func (l *Lab) Env() []string {
	return []string{
		"SHOJI_PROD_URL=" + l.state.Production.URL(Masker, l.state.MaskerPassword, Database),
		"SHOJI_STAGING_URL=" + l.state.Staging.URL(Refresher, l.state.RefresherPassword, Database),
		"SHOJI_MASK_KEY=" + l.state.Key,
	}
}

// ProductionAdminURL is the superuser's URL of a database on production: for changing what the masker
// may only read.
func (l *Lab) ProductionAdminURL(database string) string {
	return l.state.Production.URL(pgserver.Admin, l.state.AdminPassword, database)
}

// StagingAdminURL is the superuser's URL of a database on staging.
func (l *Lab) StagingAdminURL(database string) string {
	return l.state.Staging.URL(pgserver.Admin, l.state.AdminPassword, database)
}
