package conn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/spec"
)

// Identity returns what tells the database of the spec from every other one, as long as it stays where it is: its
// servers and its name. The way that it is reached by now (a clone, an address of its cluster) does not count, and
// nothing is connected to.
func (c *Connector) Identity(ctx context.Context) (string, error) {
	text, err := c.text()
	if err != nil {
		return "", err
	}
	config, err := c.parse(text)
	if err != nil {
		return "", err
	}
	if k := c.db.Cluster; k != nil && !spec.NamesHost(text) {
		return fmt.Sprintf("cluster %q of %s in %s, database %q", k.Identifier, k.In.Account, k.In.Region,
			config.Database), ctx.Err()
	}
	servers := []string{server(config.Host, config.Port)}
	for _, f := range config.Fallbacks {
		servers = append(servers, server(f.Host, f.Port))
	}
	slices.Sort(servers)
	return fmt.Sprintf("servers %q, database %q", slices.Compact(servers), config.Database), ctx.Err()
}

func server(host string, port uint16) string {
	return fmt.Sprintf("%s:%d", strings.ToLower(strings.TrimSuffix(host, ".")), port)
}
