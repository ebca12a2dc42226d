// Package ram is the lab's RAM: how an account lets another use its clusters. The accounts are in no organization, so
// whoever is invited has to accept.
package ram

import (
	"maps"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Service holds the shares of every account. Its methods want the cloud's lock held.
type Service struct {
	clock wire.Clock
	iam   *iam.Service
	// shareable says whether an account may share a resource.
	shareable func(arn, account string) error
	shares    map[string]*share // by ARN
}

type share struct {
	arn, name, owner, region, token string
	created, updated                time.Time
	deleted                         bool
	resources, principals           []string
	invitations                     []*invitation
	external                        bool
	tags                            []tag
}

type invitation struct {
	arn, receiver, status string
	at                    time.Time
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// New makes a service without shares.
func New(clock wire.Clock, identities *iam.Service, shareable func(arn, account string) error) *Service {
	return &Service{clock: clock, iam: identities, shareable: shareable, shares: map[string]*share{}}
}

// Shared says whether an account may use a resource of another: it accepted a share that holds it.
func (s *Service) Shared(resource, account string) bool {
	for _, sh := range s.shares {
		if !sh.deleted && slices.Contains(sh.resources, resource) &&
			slices.ContainsFunc(sh.invitations, func(i *invitation) bool {
				return i.receiver == account && i.status == "ACCEPTED"
			}) {
			return true
		}
	}
	return false
}

// Protocol gives the paths of the operations.
func Protocol() wire.REST {
	return wire.REST{Paths: map[string]string{
		"POST /createresourceshare":           "CreateResourceShare",
		"DELETE /deleteresourceshare":         "DeleteResourceShare",
		"POST /getresourceshares":             "GetResourceShares",
		"POST /getresourceshareassociations":  "GetResourceShareAssociations",
		"POST /getresourceshareinvitations":   "GetResourceShareInvitations",
		"POST /acceptresourceshareinvitation": "AcceptResourceShareInvitation",
		"POST /rejectresourceshareinvitation": "RejectResourceShareInvitation",
	}}
}

// Operations gives the operations of RAM.
func (s *Service) Operations() wire.Operations {
	return wire.Operations{
		"CreateResourceShare":           s.create,
		"DeleteResourceShare":           s.remove,
		"GetResourceShares":             s.list,
		"GetResourceShareAssociations":  s.associations,
		"GetResourceShareInvitations":   s.invitations,
		"AcceptResourceShareInvitation": s.answer("ACCEPTED"),
		"RejectResourceShareInvitation": s.answer("REJECTED"),
	}
}

func (s *Service) may(r *wire.Request, resource string) error {
	return s.tagged(r, resource, nil, nil)
}

// tagged is may where tags can be in conditions: those that a resource has, or is given.
func (s *Service) tagged(r *wire.Request, resource string, have, given []tag) error {
	return s.authorize(r, resource, have, given, nil)
}

// authorize is tagged with more condition keys.
func (s *Service) authorize(r *wire.Request, resource string, have, given []tag, more map[string]string) error {
	context := iam.TagContext(values(have), values(given))
	maps.Copy(context, more)
	return s.iam.Authorize(r.Caller, iam.Access{Action: "ram:" + r.Operation, Resource: resource, Context: context})
}

func values(list []tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[t.Key] = t.Value
	}
	return m
}

type shareShape struct {
	ResourceShareArn        string     `json:"resourceShareArn"`
	Name                    string     `json:"name"`
	OwningAccountID         string     `json:"owningAccountId"`
	AllowExternalPrincipals bool       `json:"allowExternalPrincipals"`
	Status                  string     `json:"status"`
	CreationTime            wire.Epoch `json:"creationTime"`
	LastUpdatedTime         wire.Epoch `json:"lastUpdatedTime"`
	FeatureSet              string     `json:"featureSet"`
	Tags                    []tag      `json:"tags,omitempty"`
}

func (sh *share) shape() shareShape {
	status := "ACTIVE"
	if sh.deleted {
		status = "DELETED"
	}
	return shareShape{
		sh.arn, sh.name, sh.owner, sh.external, status, wire.Epoch(sh.created), wire.Epoch(sh.updated), "STANDARD",
		sh.tags,
	}
}

func (s *Service) create(r *wire.Request) (any, error) {
	in := struct {
		Name, ClientToken       string
		ResourceArns            []string
		Principals              []string
		AllowExternalPrincipals *bool
		Tags                    []tag
	}{}
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	// Each resource and each principal is asked for by itself, and then the request has no key of the others.
	asked := []map[string]string{}
	for _, arn := range in.ResourceArns {
		asked = append(asked, map[string]string{"ram:ResourceArn": arn})
	}
	for _, account := range in.Principals {
		asked = append(asked, map[string]string{"ram:Principal": account})
	}
	for _, context := range append(asked, nil) {
		if err := s.authorize(r, "*", nil, in.Tags, context); err != nil {
			return nil, err
		}
	}
	if len(in.Tags) > 0 {
		tagging := iam.Access{Action: "ram:TagResource", Resource: "*", Context: iam.TagContext(nil, values(in.Tags))}
		if err := s.iam.Authorize(r.Caller, tagging); err != nil {
			return nil, err
		}
	}
	for _, sh := range s.shares {
		if in.ClientToken != "" && sh.token == in.ClientToken && sh.owner == r.Caller.Account {
			return struct {
				ResourceShare shareShape `json:"resourceShare"`
			}{sh.shape()}, nil
		}
	}
	sh := &share{
		arn:        "arn:aws:ram:" + r.Region + ":" + r.Caller.Account + ":resource-share/" + wire.RandomHex(16),
		name:       in.Name,
		owner:      r.Caller.Account,
		region:     r.Region,
		token:      in.ClientToken,
		created:    s.clock.Now(),
		updated:    s.clock.Now(),
		resources:  in.ResourceArns,
		principals: in.Principals,
		external:   in.AllowExternalPrincipals == nil || *in.AllowExternalPrincipals,
		tags:       in.Tags,
	}
	for _, arn := range in.ResourceArns {
		if err := s.shareable(arn, r.Caller.Account); err != nil {
			return nil, err
		}
	}
	for _, account := range in.Principals {
		switch {
		case !s.iam.Exists(account):
			return nil, wire.Errorf("InvalidParameterException", "The principal %s is not an account.", account)
		case !sh.external:
			return nil, wire.Errorf("OperationNotPermittedException",
				"The resource share does not allow principals outside of the organization.")
		case account != sh.owner:
			sh.invitations = append(sh.invitations, &invitation{
				arn: "arn:aws:ram:" + r.Region + ":" + sh.owner + ":resource-share-invitation/" +
					wire.RandomHex(16),
				receiver: account,
				status:   "PENDING",
				at:       s.clock.Now(),
			})
		}
	}
	s.shares[sh.arn] = sh
	return struct {
		ResourceShare shareShape `json:"resourceShare"`
	}{sh.shape()}, nil
}

func unknown(arn string) error {
	return wire.Errorf("UnknownResourceException", "ResourceShare %s could not be found.", arn)
}

func (s *Service) remove(r *wire.Request) (any, error) {
	arn := r.HTTP.URL.Query().Get("resourceShareArn")
	sh := s.shares[arn]
	var tags []tag
	if sh != nil {
		tags = sh.tags
	}
	if err := s.tagged(r, arn, tags, nil); err != nil {
		return nil, err
	}
	if sh == nil || sh.deleted || sh.owner != r.Caller.Account {
		return nil, unknown(arn)
	}
	sh.deleted, sh.updated = true, s.clock.Now()
	return struct {
		ReturnValue bool `json:"returnValue"`
	}{true}, nil
}

type pageInput struct {
	NextToken  string
	MaxResults int
}

func paged[T any](all []T, in pageInput) ([]T, string, error) {
	page, next, err := wire.Page(all, in.NextToken, in.MaxResults, 500)
	if err != nil {
		return nil, "", wire.Errorf("InvalidNextTokenException", "The specified value for nextToken is not valid.")
	}
	return page, next, nil
}

// seen gives the shares of an owner, SELF or OTHER-ACCOUNTS, that the caller sees, in the order of their ARNs.
func (s *Service) seen(r *wire.Request, owner string) []*share {
	var all []*share
	for _, arn := range wire.SortedKeys(s.shares) {
		sh := s.shares[arn]
		own := sh.owner == r.Caller.Account
		invited := slices.ContainsFunc(sh.invitations, func(i *invitation) bool {
			return i.receiver == r.Caller.Account && i.status == "ACCEPTED"
		})
		if sh.region == r.Region &&
			(owner == "SELF" && own || owner == "OTHER-ACCOUNTS" && !own && invited && !sh.deleted) {
			all = append(all, sh)
		}
	}
	return all
}

func (s *Service) list(r *wire.Request) (any, error) {
	var in struct {
		pageInput
		ResourceOwner, Name, ResourceShareStatus string
		ResourceShareArns                        []string
	}
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, "*"); err != nil {
		return nil, err
	}
	all := []shareShape{}
	for _, sh := range s.seen(r, in.ResourceOwner) {
		w := sh.shape()
		if (in.Name == "" || in.Name == sh.name) &&
			(in.ResourceShareStatus == "" || in.ResourceShareStatus == w.Status) &&
			(len(in.ResourceShareArns) == 0 || slices.Contains(in.ResourceShareArns, sh.arn)) {
			all = append(all, w)
		}
	}
	page, next, err := paged(all, in.pageInput)
	return struct {
		ResourceShares []shareShape `json:"resourceShares"`
		NextToken      string       `json:"nextToken,omitempty"`
	}{page, next}, err
}
