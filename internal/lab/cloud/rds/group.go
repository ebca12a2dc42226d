package rds

import (
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type groupKind int

const (
	clusterKind groupKind = iota
	instanceKind
)

// How far an instance is with a group.
const (
	inSync        = "in-sync"
	applying      = "applying"
	pendingReboot = "pending-reboot"
)

type groupState struct {
	status string // inSync, pendingReboot, or why not
	work   *work
	// early says that the group was too new when the instance began with it: RDS gives the engine's defaults then, and
	// calls that in-sync.
	early bool
}

// now is the status as it is told: what is on its way comes first.
func (g groupState) now() string {
	if g.work != nil && g.work.finish != nil {
		return applying
	}
	return g.status
}

// group is a parameter group: what it sets, and how.
type group struct {
	kind              groupKind
	name, family, arn string
	description       string
	tags              map[string]string
	values            map[string]setting
	fresh             *wire.Pending // until it is known everywhere
}

type setting struct{ value, method string }

func (p *place) groups(kind groupKind) map[string]*group {
	if kind == clusterKind {
		return p.clusterGroups
	}
	return p.instanceGroups
}

// group finds a parameter group; AWS's own are always there, one a family.
func (p *place) group(kind groupKind, name string) *group {
	groups, arnKind := p.groups(kind), "cluster-pg"
	if kind == instanceKind {
		arnKind = "pg"
	}
	if g := groups[name]; g != nil {
		return g
	}
	family, ok := strings.CutPrefix(name, "default.")
	if !ok || !slices.Contains(families(), family) ||
		kind == clusterKind && !strings.HasPrefix(family, auroraPostgres) {
		return nil
	}
	g := &group{
		kind:        kind,
		name:        name,
		family:      family,
		arn:         p.arn(arnKind, name),
		description: "Default parameter group for " + family,
		tags:        map[string]string{},
		values:      map[string]setting{},
	}
	groups[name] = g
	return g
}

func (g *group) standard() bool { return strings.HasPrefix(g.name, "default.") }

// effective gives what an instance's groups set: its own over the cluster's.
func (i *instance) effective() map[string]string {
	all := map[string]string{}
	if i.cluster != nil && !i.clusterGroup.early {
		for name, v := range i.place.group(clusterKind, i.cluster.DBClusterParameterGroup).values {
			all[name] = v.value
		}
	}
	if i.ownGroup.early {
		return all
	}
	for name, v := range i.place.group(instanceKind, i.DBParameterGroups[0].DBParameterGroupName).values {
		all[name] = v.value
	}
	return all
}

// state is the one that the instance has with a kind of group.
func (i *instance) state(kind groupKind) *groupState {
	if kind == clusterKind {
		return &i.clusterGroup
	}
	return &i.ownGroup
}

// users gives the instances that a group is in force for.
func (p *place) users(g *group) []*instance {
	var all []*instance
	for _, name := range wire.SortedKeys(p.instances) {
		i := p.instances[name]
		if g.kind == instanceKind && i.DBParameterGroups[0].DBParameterGroupName == g.name ||
			g.kind == clusterKind && i.cluster != nil && i.cluster.DBClusterParameterGroup == g.name {
			all = append(all, i)
		}
	}
	return all
}

// change brings a group's change to those that use it: dynamic parameters that are to change at once do so while
// the status is applying; anything else waits for a reboot. Changes of one instance arrive in the order in which they
// were made.
func (s *Service) change(p *place, g *group, methods map[string]string) {
	for _, i := range p.users(g) {
		if i.DBInstanceStatus == deleting {
			continue
		}
		next, full, state := maps.Clone(i.running), i.effective(), i.state(g.kind)
		changed := false
		for _, name := range wire.SortedKeys(methods) {
			have, running := i.running[name]
			want, set := full[name]
			switch {
			case running == set && have == want:
			case table[name].apply == "static" || methods[name] == "pending-reboot":
				state.status = pendingReboot
			case set:
				next[name], changed = want, true
			default:
				delete(next, name)
				changed = true
			}
		}
		if !changed {
			continue
		}
		before := i.running
		i.running = next // from here on: a change that comes before this one has arrived goes on from it
		state.work = s.begin(s.times.Parameters, i.inOrder(i.hooked(s.hooks.OnParameters, next)), func(err error) {
			switch {
			case err != nil:
				i.running, state.status = before, "failed-to-apply"
			case state.status != pendingReboot:
				state.status = inSync
			}
		})
	}
}

// inOrder lets a hook that tells the server its parameters wait for the one before it.
func (i *instance) inOrder(hook func() error) func() error {
	if hook == nil {
		return nil
	}
	before, told := i.told, make(chan struct{})
	i.told = told
	return func() error {
		defer close(told)
		if before != nil {
			<-before
		}
		return hook()
	}
}
