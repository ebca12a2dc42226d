package rds

import (
	"net"
	"strconv"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Answer is who answers at an endpoint, as IAM knows it.
type Answer struct {
	Account, Region        string
	Identifier, ResourceID string
	IAM                    bool
}

// Answering finds who answers at host:port: a cluster, also by the endpoint of one of its instances, or an instance
// alone.
func (s *Service) Answering(endpoint string) (Answer, bool) {
	is := func(host string, port int) bool { return net.JoinHostPort(host, strconv.Itoa(port)) == endpoint }
	for _, k := range wire.SortedKeys(s.places) {
		p := s.places[k]
		p.settle()
		for _, name := range wire.SortedKeys(p.clusters) {
			if c := p.clusters[name]; is(c.Endpoint, c.Port) {
				return c.answer(), true
			}
		}
		for _, name := range wire.SortedKeys(p.instances) {
			switch i := p.instances[name]; {
			case i.Endpoint == nil || !is(i.Endpoint.Address, i.Endpoint.Port):
			case i.cluster != nil:
				return i.cluster.answer(), true
			default:
				return Answer{
					p.account, p.region, i.DBInstanceIdentifier, i.DbiResourceId, i.IAMDatabaseAuthenticationEnabled,
				}, true
			}
		}
	}
	return Answer{}, false
}

func (c *cluster) answer() Answer {
	return Answer{
		c.place.account, c.place.region, c.DBClusterIdentifier, c.DbClusterResourceId,
		c.IAMDatabaseAuthenticationEnabled,
	}
}
