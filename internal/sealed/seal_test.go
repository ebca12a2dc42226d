package sealed_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

func TestSeal(t *testing.T) {
	one := sealed.Key{Address: "secret.one", Value: secret.New(strings.Repeat("1", 32))}
	two := sealed.Key{Address: "secret.two", Value: secret.New(strings.Repeat("2", 32))}
	other := sealed.Key{Address: "secret.one", Value: secret.New(strings.Repeat("3", 32))}
	data := []byte("a plan")
	seal := sealed.Sign([]sealed.Key{one, two}, "plan", data)
	for _, c := range []struct {
		name    string
		seal    *sealed.Seal
		keys    []sealed.Key
		purpose string
		data    string
		made    bool
	}{
		{"the same keys in another order", seal, []sealed.Key{two, one}, "plan", "a plan", true},
		{"one of its keys", seal, []sealed.Key{one}, "plan", "a plan", false},
		{"another key under the address", seal, []sealed.Key{other, two}, "plan", "a plan", false},
		{"another purpose", seal, []sealed.Key{one, two}, "journal", "a plan", false},
		{"other data", seal, []sealed.Key{one, two}, "plan", "another plan", false},
		{"none", nil, []sealed.Key{one, two}, "plan", "a plan", false},
		{"no key asked for", seal, nil, "plan", "a plan", false},
		{
			"fewer keys named than were used", &sealed.Seal{Keys: []string{"secret.one"}, MAC: seal.MAC},
			[]sealed.Key{one, two}, "plan", "a plan", false,
		},
	} {
		if got := c.seal.Verify(c.keys, c.purpose, []byte(c.data)); got != c.made {
			t.Errorf("%s: made = %t", c.name, got)
		}
	}
	if sealed.Sign(nil, "plan", data) != nil {
		t.Error("something was sealed without a key")
	}
}
