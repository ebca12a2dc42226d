package rds

import (
	"cmp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// The statuses of clusters and instances that this package decides about.
const (
	creating  = "creating"
	available = "available"
	deleting  = "deleting"
	modifying = "modifying"
	rebooting = "rebooting"
	failed    = "failed"
	copying   = "copying"
	iamAuth   = "configuring-iam-database-auth"
	noKey     = "inaccessible-encryption-credentials-recoverable"
)

// cluster is a cluster: its shape, without what is worked out when it is shown, and what goes on with it.
type cluster struct {
	Cluster
	service *Service
	place   *place
	tags    map[string]string
	roles   []*association
	grant   string // of its key
	early   bool   // it began with a parameter group that was too new
	work    *work
}

// members gives a cluster's instances, the writer first.
func (c *cluster) members() []*instance {
	var all []*instance
	for _, name := range wire.SortedKeys(c.place.instances) {
		if i := c.place.instances[name]; i.cluster == c {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b *instance) int { return a.order - b.order })
	return all
}

// over finishes what is over with a cluster; look brings it on.
func (c *cluster) over(look bool) {
	c.work.over(look)
	for _, a := range c.roles {
		a.work.over(look)
	}
	for _, i := range c.members() {
		i.clusterGroup.work.over(look)
	}
}

// shape gives the cluster as it is now.
func (c *cluster) shape() Cluster {
	w := c.Cluster
	w.TagList, w.AssociatedRoles, w.DBClusterMembers = wire.ToTags(c.tags), nil, nil
	for _, a := range c.roles {
		w.AssociatedRoles = append(w.AssociatedRoles, a.shape(c.service, c.DBClusterArn))
	}
	for n, i := range c.members() {
		w.DBClusterMembers = append(w.DBClusterMembers, Member{
			i.clusterGroup.now(), i.DBInstanceIdentifier, n == 0, i.PromotionTier,
		})
	}
	if w.Status == available && w.KmsKeyId != "" && !c.service.kms.Enabled(w.KmsKeyId) {
		w.Status = noKey
	}
	if status := c.service.forced[c.DBClusterArn]; status != "" {
		w.Status = status
	}
	w.LatestRestorableTime = c.service.now()
	return w
}

// cluster finds one by identifier or ARN in a place.
func (p *place) cluster(id string) (*cluster, error) {
	name := strings.ToLower(id)
	if rest, ok := strings.CutPrefix(name, strings.ToLower(p.arn("cluster", ""))); ok {
		name = rest
	}
	if c := p.clusters[name]; c != nil {
		return c, nil
	}
	return nil, noCluster(id)
}

func noCluster(id string) error {
	return wire.NotFoundf("DBClusterNotFoundFault", "DBCluster %s not found.", id)
}

// clusterFor finds a cluster for an operation on it.
func (s *Service) clusterFor(r *wire.Request, id string) (*cluster, error) {
	p := s.here(r)
	c, missing := p.cluster(id)
	arn, tags := id, map[string]string(nil)
	if c != nil {
		arn, tags = c.DBClusterArn, c.tags
	} else if !strings.HasPrefix(id, "arn:") {
		arn = p.arn("cluster", id)
	}
	if err := s.may(r, arn, tags, nil); err != nil {
		return nil, err
	}
	return c, missing
}

// ready refuses a cluster that something goes on with.
func (c *cluster) ready() error {
	if status := c.shape().Status; status != available {
		return wire.Errorf("InvalidDBClusterStateFault", "DBCluster %s is not in the available state: it is %s.",
			c.DBClusterIdentifier, status)
	}
	return nil
}

func (s *Service) describeClusters(r *wire.Request) (any, error) {
	var in struct {
		describing
		DBClusterIdentifier string
		IncludeShared       bool
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	p := s.here(r)
	if err := s.may(r, p.arn("cluster", cmp.Or(in.DBClusterIdentifier, "*")), nil, nil); err != nil {
		return nil, err
	}
	var found []*cluster
	if in.DBClusterIdentifier != "" {
		c, err := s.visible(p, in.DBClusterIdentifier, in.IncludeShared)
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	} else {
		for _, name := range wire.SortedKeys(p.clusters) {
			found = append(found, p.clusters[name])
		}
		if in.IncludeShared {
			found = append(found, s.sharedWith(p)...)
		}
	}
	var all []Cluster
	for _, c := range found {
		admitted, err := in.admits(map[string][]string{
			"db-cluster-id":          {c.DBClusterIdentifier, c.DBClusterArn},
			"db-cluster-resource-id": {c.DbClusterResourceId},
			"engine":                 {c.Engine},
			"clone-group-id":         {c.CloneGroupId},
			"domain":                 nil,
		})
		if err != nil {
			return nil, err
		}
		if c.over(true); admitted && c.place.clusters[c.DBClusterIdentifier] == c {
			all = append(all, c.shape())
		}
	}
	if in.DBClusterIdentifier != "" && len(all) == 0 && len(in.Filters) == 0 {
		return nil, noCluster(in.DBClusterIdentifier) // it was deleted just now
	}
	page, next, err := paged(all, in.describing)
	return struct {
		DBClusters []Cluster `xml:"DBClusters>DBCluster"`
		marked
	}{page, next}, err
}

// visible finds a cluster of the place, or by its ARN one that is shared with it.
func (s *Service) visible(p *place, id string, shared bool) (*cluster, error) {
	c, err := p.cluster(id)
	if err == nil || !shared {
		return c, err
	}
	for _, c := range s.sharedWith(p) {
		if c.DBClusterArn == id {
			return c, nil
		}
	}
	return nil, err
}

// sharedWith gives the clusters of other accounts in the region that are shared with a place's account.
func (s *Service) sharedWith(p *place) []*cluster {
	var all []*cluster
	for _, k := range wire.SortedKeys(s.places) {
		other := s.places[k]
		if other.region != p.region || other.account == p.account {
			continue
		}
		for _, name := range wire.SortedKeys(other.clusters) {
			if c := other.clusters[name]; s.Shared != nil && s.Shared(c.DBClusterArn, p.account) {
				all = append(all, c)
			}
		}
	}
	return all
}

// Shareable says whether an account owns a cluster that RAM may share: one that AWS's own key encrypts cannot be.
func (s *Service) Shareable(arn, account string) error {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || parts[2] != "rds" || parts[5] != "cluster" || parts[4] != account {
		return wire.Errorf("MalformedArnException", "The resource ARN %s is not valid or cannot be shared.", arn)
	}
	c := s.place(account, parts[3]).clusters[parts[6]]
	switch {
	case c == nil:
		return wire.Errorf("UnknownResourceException", "The resource %s was not found.", arn)
	case c.CrossAccountClone:
		return wire.Errorf("InvalidParameterException", "A clone of another account's cluster cannot be shared.")
	case c.KmsKeyId != "" && s.kms.AWSManaged(account, parts[3], "rds") == c.KmsKeyId:
		return wire.Errorf("InvalidParameterException",
			"A cluster that is encrypted with the default RDS key cannot be shared.")
	}
	return nil
}

// Cluster gives a cluster as it is now, or an instance that stands alone as one.
func (s *Service) Cluster(arn string) (Cluster, bool) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || s.places[parts[4]+" "+parts[3]] == nil {
		return Cluster{}, false
	}
	p := s.place(parts[4], parts[3])
	if i := p.instances[parts[6]]; parts[5] == "db" && i != nil && i.cluster == nil {
		i.over(false)
		return i.host(), true
	}
	c := p.clusters[parts[6]]
	if c == nil || parts[5] != "cluster" {
		return Cluster{}, false
	}
	c.over(false)
	return c.shape(), true
}
