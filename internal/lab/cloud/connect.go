package cloud

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Connect is Admit for a server that knows which cluster it is.
func (c *Cloud) Connect(clusterARN, user, token string) error {
	cluster, ok := c.Cluster(clusterARN)
	if !ok {
		return wire.NotFoundf("DBClusterNotFoundFault", "there is no cluster %s", clusterARN)
	}
	return c.Admit(token, net.JoinHostPort(cluster.Endpoint, strconv.Itoa(cluster.Port)), user)
}

// Admit says whether a token of IAM lets user in at an endpoint, host:port, as a server of RDS would find out: whose
// signature it is, for which host and user, for how long, and whether its signer may rds-db:connect. It shows in the
// log of calls.
func (c *Cloud) Admit(token, endpoint, user string) error {
	h, err := http.NewRequest(http.MethodGet, "https://"+token, http.NoBody)
	if err != nil {
		return wire.Errorf("InvalidToken", "this is not a token")
	}
	r, err := wire.Read(h)
	if err != nil {
		return err
	}
	r.Operation = "connect"
	call := c.watch.begin(&Call{
		Service:    "rds-db",
		Operation:  "connect",
		Region:     r.Region,
		Parameters: map[string]string{"DBUser": user, "Endpoint": endpoint},
	})
	err = c.watch.before(call, c.clock)
	if err == nil {
		err = c.admitted(r, call, endpoint, user)
	}
	c.watch.done(call, err)
	return err
}

func (c *Cloud) admitted(r *wire.Request, call *Call, endpoint, user string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	query := r.HTTP.URL.Query()
	life := r.Scope.Expires.Sub(r.Scope.Begins)
	switch {
	case r.Scope.Service != "rds-db" || query.Get("Action") != "connect" || life <= 0:
		return wire.Errorf("InvalidToken", "this is not a token of RDS")
	case life.Minutes() > 15:
		return wire.Errorf("InvalidToken", "a token that is valid for %s: 15 minutes are the most", life)
	case !strings.EqualFold(r.HTTP.Host, endpoint):
		return wire.Errorf("InvalidToken", "the token is for %s, and this is %s", r.HTTP.Host, endpoint)
	case query.Get("DBUser") != user:
		return wire.Errorf("InvalidToken", "the token is for the user %s", query.Get("DBUser"))
	}
	caller, err := c.iam.Authenticate(r)
	if err != nil {
		return err
	}
	call.Account, call.Principal = caller.Account, caller.ARN
	at, ok := c.rds.Answering(endpoint)
	switch {
	case !ok:
		return wire.NotFoundf("DBClusterNotFoundFault", "nothing answers at %s", endpoint)
	case !at.IAM:
		return wire.Errorf("InvalidToken", "IAM authentication of %s is off", at.Identifier)
	case r.Region != at.Region:
		return wire.Errorf("InvalidToken", "the token is for the region %s", r.Region)
	case caller.Account != at.Account: // no policy lets another account in
		return wire.Common(wire.AccessDenied)
	}
	return c.iam.Authorize(caller, iam.Access{
		Action:   "rds-db:connect",
		Resource: fmt.Sprintf("arn:aws:rds-db:%s:%s:dbuser:%s/%s", at.Region, at.Account, at.ResourceID, user),
	})
}
