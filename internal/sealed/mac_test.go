package sealed_test

import (
	"testing"

	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

func TestOnlyTheKeyAndThePurposeMakeADigestGenuine(t *testing.T) {
	key, data := secret.New("a key of sixteen bytes"), []byte(`{"a": 1}`)
	mac := sealed.MAC(key, "plan", data)
	for name, c := range map[string]struct {
		key     secret.Value
		purpose string
		data    string
		genuine bool
	}{
		"as it was made":  {key, "plan", `{"a": 1}`, true},
		"another key":     {secret.New("another key of sixteen"), "plan", `{"a": 1}`, false},
		"no key":          {secret.Value{}, "plan", `{"a": 1}`, false},
		"another purpose": {key, "manifest", `{"a": 1}`, false},
		"other data":      {key, "plan", `{"a": 2}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sealed.VerifyMAC(c.key, c.purpose, []byte(c.data), mac); got != c.genuine {
				t.Errorf("genuine: %v", got)
			}
		})
	}
	if sealed.VerifyMAC(key, "plan", data, "") {
		t.Error("an empty digest is genuine")
	}
}
