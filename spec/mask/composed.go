package mask

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
)

const (
	// mostMasks is of how many masks one may be composed, each counted as often as it stands there: as SQL it is that
	// long.
	mostMasks = 2000
	// mostText is how long the arguments of one may be that are masks, as text.
	mostText = 1 << 20
)

var errTooComposed = errors.New("it is composed of more masks than any column needs: " +
	"masks of masks multiply each other, and each is written out in SQL as often as it is used")

// held is what arguments hold of masks: how many, and how long they are as text.
type held struct{ masks, text int }

// composed counts the masks in the arguments of a call. Two masks that hold each other's forerunner twice are twice as
// large at each step, so it is asked before a call is made of them.
func composed(values []cty.Value) held {
	var c held
	for _, v := range values {
		c.add(v)
	}
	return c
}

func (c *held) add(v cty.Value) {
	if c.masks > mostMasks || c.text > mostText || !v.IsKnown() || v.IsMarked() || v.IsNull() {
		return
	}
	if m, ok := FromValue(v); ok {
		c.masks += 1 + m.inner
		c.text += len(m.Text)
		return
	}
	if !v.CanIterateElements() {
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		c.add(e)
	}
}
