// Package iam is the lab's IAM and STS: principals, their policies and keys, and the one place where it
// is decided whether somebody may do something.
package iam

import (
	"slices"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Service holds every account's identities. IAM knows no regions. Its methods want the cloud's lock held.
type Service struct {
	clock    wire.Clock
	settle   wire.Settle
	accounts map[string]*account
	keys     map[string]*key
	asked    map[string]map[string]bool // actions, by principal
}

type account struct {
	id       string
	users    map[string]*user
	roles    map[string]*role
	policies map[string]*managed // by ARN
	profiles map[string]*profile
	control  *policy.Document // the organization's service control policy; nil allows everything
}

// identity is what users and roles share.
type identity struct {
	account        *account
	name, path, id string
	arn            string
	created        time.Time
	tags           tags
	inline         map[string]document
	attached       map[string]bool // ARNs of managed policies
	usable         *wire.Pending
	maximumSession int
	description    string
	trust          *Bound
	boundary       *policy.Document // nil: no limit
}

type (
	user = identity
	role = identity
	tags = map[string]string
)

// document is a policy as it was written, and as it is understood.
type document struct {
	text   string
	parsed *policy.Document
}

type key struct {
	secret  string
	token   string // of sessions
	user    *user
	root    string // an account, of its root user
	session *wire.Caller
}

// New makes accounts without anybody in them. settle is how long a role or policy that was just made
// is not known yet to other services.
func New(clock wire.Clock, settle wire.Settle, accounts []string) *Service {
	s := &Service{
		clock:    clock,
		settle:   settle,
		accounts: map[string]*account{},
		keys:     map[string]*key{},
		asked:    map[string]map[string]bool{},
	}
	for _, id := range accounts {
		s.accounts[id] = &account{
			id:       id,
			users:    map[string]*user{},
			roles:    map[string]*role{},
			policies: map[string]*managed{},
			profiles: map[string]*profile{},
		}
	}
	return s
}

// Credentials are what a client signs with.
type Credentials struct {
	AccessKey, Secret, Token string
}

// Root gives credentials of an account's root user.
func (s *Service) Root(account string) Credentials {
	return s.issue(&key{root: account}, "AKIA")
}

// User makes a user with inline policies and gives its credentials. A user that exists gets the
// policies instead of those it had, and another key.
func (s *Service) User(accountID, name string, policies ...string) (Credentials, error) {
	a := s.accounts[accountID]
	if a == nil {
		return Credentials{}, noSuchAccount(accountID)
	}
	u := a.users[name]
	if u == nil {
		u = a.newIdentity("AIDA", "user", "/", name, s.clock.Now())
		a.users[name] = u
	}
	u.inline = map[string]document{}
	for i, text := range policies {
		parsed, err := policy.Parse(text, policy.Identity)
		if err != nil {
			return Credentials{}, err
		}
		u.inline["policy"+string(rune('1'+i))] = document{text, parsed}
	}
	return s.issue(&key{user: u}, "AKIA"), nil
}

func noSuchAccount(id string) *wire.Error {
	return wire.NotFoundf("NoSuchEntity", "the lab's AWS has no account %s", id)
}

func (s *Service) issue(k *key, prefix string) Credentials {
	c := Credentials{AccessKey: prefix + wire.RandomID(16), Secret: wire.RandomHex(20), Token: k.token}
	k.secret = c.Secret
	s.keys[c.AccessKey] = k
	return c
}

func (a *account) newIdentity(prefix, kind, path, name string, now time.Time) *identity {
	return &identity{
		account:        a,
		name:           name,
		path:           path,
		id:             prefix + wire.RandomID(17),
		arn:            "arn:aws:iam::" + a.id + ":" + kind + path + name,
		created:        now,
		tags:           tags{},
		inline:         map[string]document{},
		attached:       map[string]bool{},
		maximumSession: 3600,
	}
}

// Authenticate finds who signed a request.
func (s *Service) Authenticate(r *wire.Request) (wire.Caller, error) {
	if r.Scope.AccessKey == "" {
		return wire.Caller{}, wire.Common(wire.MissingAuthentication)
	}
	k := s.keys[r.Scope.AccessKey]
	if k == nil || k.token != r.Scope.Token {
		return wire.Caller{}, wire.Common(wire.InvalidClientToken)
	}
	if !r.Signed(k.secret) {
		return wire.Caller{}, wire.Common(wire.SignatureDoesNotMatch)
	}
	c, alive := s.caller(k)
	if !alive {
		return wire.Caller{}, wire.Common(wire.InvalidClientToken)
	}
	now := s.clock.Now()
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return wire.Caller{}, wire.Common(wire.ExpiredToken)
	}
	if !r.Scope.Expires.IsZero() && !now.Before(r.Scope.Expires) {
		return wire.Caller{}, &wire.Error{Code: wire.AccessDenied, Message: "Request has expired", Status: 403}
	}
	return c, nil
}

// caller says who a key is now, and whether the identity still exists.
func (s *Service) caller(k *key) (wire.Caller, bool) {
	switch {
	case k.root != "":
		return wire.Caller{Account: k.root, ARN: "arn:aws:iam::" + k.root + ":root", ID: k.root, Root: true}, true
	case k.user != nil:
		u := k.user
		return wire.Caller{Account: u.account.id, ARN: u.arn, ID: u.id, Tags: u.tags}, u.account.users[u.name] == u
	}
	r := s.Role(k.session.Role)
	return *k.session, r != nil && r.id == k.session.RoleID
}

// Role finds a role by its ARN.
func (s *Service) Role(arn string) *role {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || s.accounts[parts[4]] == nil {
		return nil
	}
	path := strings.Split(parts[5], "/")
	if r := s.accounts[parts[4]].roles[path[len(path)-1]]; r != nil && r.arn == arn {
		return r
	}
	return nil
}

// principal finds a user or role by ARN, and says whether other services know it already.
func (s *Service) principal(arn string) (i *identity, known bool) {
	if r := s.Role(arn); r != nil {
		return r, r.usable.Look()
	}
	for _, a := range s.accounts {
		for _, u := range a.users {
			if u.arn == arn {
				return u, true
			}
		}
	}
	return nil, false
}

// documents gives the policies of an identity, inline and attached, in the order of their names.
func (i *identity) documents() []named {
	var all []named
	for _, name := range wire.SortedKeys(i.inline) {
		all = append(all, named{name, i.inline[name].parsed})
	}
	for _, arn := range wire.SortedKeys(i.attached) {
		if m := i.account.policies[arn]; m != nil {
			all = append(all, named{m.name, m.current().parsed})
		} else if d := awsManaged[arn]; d != "" {
			parsed, _ := policy.Parse(d, policy.Identity)
			all = append(all, named{arn[strings.LastIndexByte(arn, '/')+1:], parsed})
		}
	}
	return all
}

type named struct {
	name     string
	document *policy.Document
}

// awsManaged are the managed policies of AWS itself that the lab knows.
var awsManaged = map[string]string{
	"arn:aws:iam::aws:policy/AdministratorAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":"*","Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/ReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["rds:Describe*","rds:List*","kms:Describe*","kms:Get*","kms:List*","iam:Get*","iam:List*",` +
		`"s3:Get*","s3:List*"],"Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/AmazonRDSFullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":"rds:*","Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/AmazonS3FullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":"s3:*","Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/IAMReadOnlyAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/AWSDenyAll": `{"Version":"2012-10-17","Statement":[{"Effect":"Deny",` +
		`"Action":"*","Resource":"*"}]}`,
	"arn:aws:iam::aws:policy/AmazonRDSDataFullAccess": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":"rds-data:*","Resource":"*"}]}`,
}

// Accounts gives the accounts that exist.
func (s *Service) Accounts() []string { return wire.SortedKeys(s.accounts) }

// Exists says whether there is such an account.
func (s *Service) Exists(account string) bool { return slices.Contains(s.Accounts(), account) }
