package cloud

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Connect says whether a token of IAM authentication lets a database user into a cluster: it is signed for this endpoint and user, not older
// than it says, and the caller, of the cluster's own account, may rds-db:connect.
func (c *Cloud) Connect(clusterARN, user, token string) error {
	u, err := url.Parse("http://" + token)
	if err != nil {
		return fmt.Errorf("the password is no token of IAM authentication")
	}
	r, err := wire.Read(&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}, Body: http.NoBody})
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cluster, ok := c.rds.Cluster(clusterARN)
	caller, err := c.iam.Authenticate(r)
	endpoint := fmt.Sprintf("%s:%d", cluster.Endpoint, cluster.Port)
	parts := strings.SplitN(clusterARN, ":", 7)
	switch q := u.Query(); {
	case !ok, !cluster.IAMDatabaseAuthenticationEnabled:
		return fmt.Errorf("the cluster does not take tokens of IAM authentication")
	case err != nil:
		return err
	case r.Scope.Service != "rds-db", q.Get("Action") != "connect", q.Get("DBUser") != user, u.Host != endpoint, r.Scope.Region != parts[3]:
		return fmt.Errorf("the token is for %s at %s in %s, not for %s at %s", q.Get("DBUser"), u.Host, r.Scope.Region, user, endpoint)
	case caller.Account != parts[4]:
		return fmt.Errorf("the token is of another account")
	}
	return c.iam.Authorize(caller, iam.Access{Action: "rds-db:connect", Resource: "arn:aws:rds-db:" + parts[3] + ":" + parts[4] + ":dbuser:" + cluster.DbClusterResourceId + "/" + user})
}
