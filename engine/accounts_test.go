package engine

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
)

// looker is a provider of its name that sees one account and changes one object.
type looker struct {
	name    string
	account Account
}

func (l looker) Name() string { return l.name }
func (l looker) Inspect(context.Context, Selected) (Observed, diag.Diagnostics) {
	return seen{l.account}, nil
}
func (l looker) Diff(Observed, Selected) (*Draft, diag.Diagnostics) {
	return &Draft{Changes: []Change{{Address: "thing." + l.name, Type: "thing", Action: Create}}}, nil
}
func (looker) Execute(context.Context, Step, Reporter) error { return nil }
func (looker) PutBack(context.Context, Step, Reporter) error { return nil }
func (looker) Close()                                        {}

type seen struct{ account Account }

func (seen) Fingerprints() []Fingerprint { return nil }
func (seen) Endpoints() []Endpoint       { return nil }
func (s seen) Accounts() []Account       { return []Account{s.account} }

func TestChangesNameTheirProvider(t *testing.T) {
	p, ds := Build(context.Background(), []Provider{looker{name: "postgres"}, looker{name: "aws"}}, BuildOptions{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	for _, c := range p.Changes {
		raw, err := json.Marshal(c)
		if err != nil || !strings.Contains(string(raw), `"provider_name":"shoji/`+c.Provider+`"`) ||
			c.Address != "thing."+c.Provider {
			t.Errorf("%v %s", err, raw)
		}
		var again Change
		if err := json.Unmarshal(raw, &again); err != nil || again.Provider != c.Provider {
			t.Errorf("read back: %+v %v", again, err)
		}
	}
}

func TestStaleNamesAnotherAccount(t *testing.T) {
	was := Account{"aws.prod", "111111111111", "eu-west-1", "arn:aws:sts::111111111111:assumed-role/runner"}
	for name, c := range map[string]struct {
		is   []Account
		want string
	}{
		"the same": {[]Account{was}, ""},
		"another account": {
			[]Account{{"aws.prod", "222222222222", "eu-west-1", was.Caller}},
			"aws.prod was account 111111111111 in eu-west-1 and is 222222222222 in eu-west-1",
		},
		"another caller": {
			[]Account{{"aws.prod", "111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/me"}},
			"is now as arn:aws:iam::111111111111:user/me",
		},
		"not looked at": {nil, "aws.prod could not be inspected"},
	} {
		ds := Stale(&Plan{Accounts: []Account{was}}, &Plan{Accounts: c.is})
		if c.want == "" && len(ds) > 0 || c.want != "" && (len(ds) != 1 || !strings.Contains(ds[0].Summary, c.want)) {
			t.Errorf("%s: %v", name, ds)
		}
	}
}
