package refresh

import (
	"context"
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/spec"
)

// inspectCopy plans what is read instead of the source.
func (p *Plan) inspectCopy(ctx context.Context, server conn.Replication) diag.Diagnostics {
	r := p.Refresh
	s, viaBucket := p.route.(*staged)
	around, ds := p.Accounts.Copy(ctx, r, viaBucket && s.ways.Export == spec.WayServer)
	if ds.HasErrors() {
		return ds
	}
	p.Fingerprints = append(p.Fingerprints, around.Fingerprints...)
	p.bind("subscriptions of "+r.From.Address(), server.Fingerprint())
	ds.Append(checkReplication(r, server, &around)...)
	wait := p.step(string(r.Copy.Kind)+".ready", "wait for the "+string(r.Copy.Kind)+" of "+r.From.Address())
	at := r.Copy.Range
	wait.Range = &at
	around.Before = append(around.Before, op.Fill(wait, rows.WaitForCopy{Source: p.sourceName()}))
	p.source = standIn{from: r.From.Address(), around: around}
	return ds
}

// checkReplication reports what of the source would go on in its copy and is not kept from it, and notes what is
// harmless.
func checkReplication(r *spec.Refresh, server conn.Replication, around *engine.Around) diag.Diagnostics {
	var ds diag.Diagnostics
	at := &r.Copy.At.ParameterGroup.Range
	if len(server.Subscriptions) > 0 && !startsQuiet(r, server) {
		ds.Errorf(at, "Subscriptions would run in the copy",
			"Subscriptions of the source are enabled (%s), and a copy of its server goes on with them as soon as it "+
				"starts: it takes changes from their publishers in the source's place. "+
				"No statement would be in time, and ALTER SUBSCRIPTION … DISABLE takes the owner of the subscription. "+
				"Give the copy a parameter group that lets none run: parameters = { %s = \"0\" } in a "+
				"parameter_group block, and %s = parameter_group.NAME here.",
			server.Names(), conn.Workers, groupArgument(r))
	}
	if server.Cron && !startsWithoutCron(r) {
		ds.Warnf(at, "Jobs would run in the copy",
			"The source has pg_cron, whose jobs run in a copy of its server too, from its start until it is removed: "+
				"what they do outside of the database is done twice. Give the copy a parameter group without pg_cron: "+
				"parameters = { shared_preload_libraries = \"…\" } in a parameter_group block, and %s = "+
				"parameter_group.NAME here.", groupArgument(r))
	}
	if server.Slots > 0 {
		around.Notes = append(around.Notes,
			fmt.Sprintf("the copy inherits %d logical replication slots, which keep all that is written there; they "+
				"are dropped in it where the user may, which takes rds_replication (as "+
				"inferred; REPLICATION elsewhere)", server.Slots))
	}
	return ds
}

// groupArgument is the argument that gives a copy a parameter group with what a server starts with.
func groupArgument(r *spec.Refresh) string {
	if r.Copy.Instance != "" {
		return "instance_parameter_group"
	}
	return "parameter_group"
}

// parameterOf returns what the groups that the spec names for a copy say of a parameter. The instance's wins.
func parameterOf(c *spec.Copy, parameter string) (value string, ok bool) {
	for _, g := range []*spec.ParameterGroup{c.InstanceParameterGroup, c.ParameterGroup} {
		if g != nil {
			if value, ok = g.Parameters[parameter]; ok {
				return value, true
			}
		}
	}
	return "", false
}

// startsQuiet reports whether a copy starts without workers for subscriptions: because its group says so, or because it
// takes over the groups of a source that has none either.
func startsQuiet(r *spec.Refresh, server conn.Replication) bool {
	if value, ok := parameterOf(r.Copy, conn.Workers); ok {
		return value == "0"
	}
	at, from := r.Place(), r.Source()
	takesOver := at != nil && from != nil && at.Account == from.Account && at.Region == from.Region &&
		r.Copy.ParameterGroup == nil && r.Copy.InstanceParameterGroup == nil
	return server.Workers == 0 && takesOver
}

// startsWithoutCron reports whether a copy starts without pg_cron because its group says so.
func startsWithoutCron(r *spec.Refresh) bool {
	libraries, ok := parameterOf(r.Copy, "shared_preload_libraries")
	return ok && !strings.Contains(libraries, "pg_cron")
}
