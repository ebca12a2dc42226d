package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/cloudtest"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// clustersOf is where a script keeps its accounts.
type clustersOf struct{}

func clustersCommand(t *testing.T, prod, staging *pgserver.Server) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 0 {
			ts.Fatalf("usage: clusters")
		}
		w := cloudtest.Start(t, cloud.Config{})
		w.Cluster(cloudtest.Prod, "shop-prod", prod.AdminURL("postgres"))
		w.Cluster(cloudtest.Staging, "shop-staging", staging.AdminURL("postgres"))
		ts.Setenv("CLOUD", w.URL())
		ts.Setenv("AUTHORITY", w.Authority())
		for k, v := range w.Environment() {
			ts.Setenv(k, v)
		}
		*ts.Value(clustersOf{}).(**cloudtest.World) = w
	}
}

func userCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: user PROFILE ACCOUNT FILE")
	}
	w := *ts.Value(clustersOf{}).(**cloudtest.World)
	if w == nil {
		ts.Fatalf("there are no clusters yet")
	}
	ts.Check(w.AddProfile(args[0], args[1], ts.ReadFile(args[2])))
}
