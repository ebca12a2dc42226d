package cloud_test

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// TestQuickChangesArriveInOrder: whatever a group says last is what its instances run with, however slowly what came
// before travels.
func TestQuickChangesArriveInOrder(t *testing.T) {
	const role = "session_replication_role"
	set := func(name, value string) func(clients) error {
		return func(c clients) error {
			return setParameters(c, "own", parameter(name, value, types.ApplyMethodImmediate))
		}
	}
	reset := func(c clients) error {
		_, err := c.rds.ResetDBClusterParameterGroup(ctx, &rds.ResetDBClusterParameterGroupInput{
			DBClusterParameterGroupName: aws.String("own"),
			Parameters: []types.Parameter{{
				ParameterName: aws.String(role),
				ApplyMethod:   types.ApplyMethodImmediate,
			}},
		})
		return err
	}
	for name, f := range map[string]struct {
		changes []func(clients) error
		want    map[string]string
	}{
		"another value": {
			[]func(clients) error{set(role, "replica"), set(role, "local")},
			map[string]string{role: "local"},
		},
		"taken back at once": {[]func(clients) error{set(role, "replica"), reset}, map[string]string{}},
		"another parameter": {
			[]func(clients) error{set(role, "replica"), set("log_connections", "1")},
			map[string]string{role: "replica", "log_connections": "1"},
		},
		"the same again": {
			[]func(clients) error{set(role, "replica"), set(role, "replica")},
			map[string]string{role: "replica"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var server map[string]string
			first, told := make(chan struct{}), 0
			lab := start(t, cloud.Config{
				Hooks: cloud.Hooks{
					OnParameters: func(_ cloud.Cluster, _ cloud.Instance, parameters map[string]string) error {
						mu.Lock()
						told++
						slow := told == 1
						mu.Unlock()
						if slow {
							<-first
						}
						mu.Lock()
						defer mu.Unlock()
						server = maps.Clone(parameters)
						return nil
					},
				},
			})
			c := admin(t, lab, source)
			newClusterGroup(t, c, "own")
			newCluster(t, c, "shop", func(in *rds.CreateDBClusterInput) {
				in.DBClusterParameterGroupName = aws.String("own")
			})
			newMember(t, c, "shop", "shop-1")
			status := func() string { return *describe(t, c, "shop").DBClusterMembers[0].DBClusterParameterGroupStatus }
			for _, change := range f.changes {
				ok(t, change(c))
			}
			for range 20 {
				if got := status(); got != "applying" {
					t.Fatalf("it is %s while a change is on its way", got)
				}
				time.Sleep(time.Millisecond)
			}
			close(first)
			for range 1000 {
				if status() == "in-sync" {
					break
				}
				time.Sleep(time.Millisecond)
			}
			mu.Lock()
			defer mu.Unlock()
			if got := status(); got != "in-sync" || !maps.Equal(server, f.want) {
				t.Errorf("it is %s, and the server has %v", got, server)
			}
		})
	}
}
