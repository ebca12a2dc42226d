package decide

import (
	"github.com/shoji-pg/shoji/spec/mask"
)

// domain is the type in which a column is masked: that of the key at the end of what it refers to, so that equal values
// stay equal whatever their columns' types.
type domain struct {
	mask.Type
	// unchecked: a link leads to the key, or a foreign key that is not validated; a value may be none of the key's.
	unchecked bool
	otherwise *mask.Mask
}

// domainOf follows the first key that a column refers to. A cycle of keys ends where it began.
func (c *columnNode) domainOf() *domain {
	if c.domain != nil {
		return c.domain
	}
	own := &domain{Type: c.source.Type}
	if len(c.refs) == 0 || c.asking {
		return own
	}
	c.asking = true
	f := c.refs[0]
	end := *f.key.domainOf()
	c.asking = false
	if f.rel != nil {
		end.unchecked = end.unchecked || f.rel.unchecked
		if f.rel.link != nil && f.rel.link.Otherwise != nil {
			end.otherwise = f.rel.link.Otherwise
		}
	}
	c.domain = &end
	return c.domain
}

func (c *columnNode) domainType() *mask.Type { return &c.domainOf().Type }

// forgetDomain has a column and what refers to it look for their domains again: a choice of keys that turned out to be
// masked alike has one that was not known before.
func (c *columnNode) forgetDomain() {
	if c.asking {
		return
	}
	c.domain, c.asking = nil, true
	for _, other := range c.referrers {
		other.forgetDomain()
	}
	c.asking = false
}
