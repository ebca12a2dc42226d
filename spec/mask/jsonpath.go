package mask

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// place is a node of the tree of all paths of a json mask.
type place struct {
	id      int
	path    string // as written, of the path that ends here or else of the first that leads through
	mask    *Mask
	keys    map[string]*place
	items   map[int]*place
	anyKey  *place // .*
	anyItem *place // [*]
	deep    *place // .. : what stands below it is looked for here and everywhere below
}

// paths builds the tree.
type paths struct {
	root   *place
	places int
}

func (t *paths) place(path string) *place {
	t.places++
	return &place{id: t.places, path: path, keys: map[string]*place{}, items: map[int]*place{}}
}

// step reads one step: .a .* ..a ..* [3] [*] ["a b"] ['a b'] ..["a b"]
var step = regexp.MustCompile(`^(?:(\.\.?)(?:(\*)|([\p{L}_][\p{L}\p{M}\p{N}_-]*))|(\.\.)?\[(?:(\*)|(\d+)|"((?:[^"\\]|` +
	`\\.)*)"|'((?:[^'\\]|\\.)*)')\])`)

func (t *paths) add(path string, m *Mask) error {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok || rest == "" {
		return fmt.Errorf("the path %q must begin with $ and name a place, such as $.a, "+
			"$.a[*].b, $.*, $..a or $['a b']", path)
	}
	unread := func() error { return fmt.Errorf("the path %q cannot be read at %q", path, rest) }
	n := t.root
	for rest != "" {
		found := step.FindStringSubmatch(rest)
		if found == nil {
			return unread()
		}
		if n.mask != nil {
			return fmt.Errorf("the path %q goes on below a place that has a mask already", path)
		}
		if found[1] == ".." || found[4] == ".." {
			n = t.child(&n.deep, path)
		}
		switch {
		case found[2] != "":
			n = t.child(&n.anyKey, path)
		case found[5] != "":
			n = t.child(&n.anyItem, path)
		case found[6] != "":
			i, err := strconv.Atoi(found[6])
			if err != nil || i >= 1<<31-1 {
				return unread()
			}
			next := n.items[i]
			n.items[i] = t.child(&next, path)
			n = next
		default:
			key, err := parseKey(found)
			if err != nil {
				return unread()
			}
			next := n.keys[key]
			n.keys[key] = t.child(&next, path)
			n = next
		}
		rest = rest[len(found[0]):]
	}
	if n.mask != nil || len(n.keys)+len(n.items) > 0 || n.anyKey != nil || n.anyItem != nil || n.deep != nil {
		return fmt.Errorf("the path %q stands above or beside another one for the same place", path)
	}
	n.mask, n.path = m, path
	return nil
}

func (t *paths) child(of **place, path string) *place {
	if *of == nil {
		*of = t.place(path)
	}
	return *of
}

func parseKey(found []string) (string, error) {
	key := found[3]
	if key == "" {
		quoted := found[7]
		if found[8] != "" {
			quoted = strings.ReplaceAll(strings.ReplaceAll(found[8], `\'`, `'`), `"`, `\"`)
		}
		var err error
		if key, err = strconv.Unquote(`"` + quoted + `"`); err != nil {
			return "", err
		}
	}
	if strings.ContainsRune(key, 0) || !utf8.ValidString(key) {
		return "", errors.New("no key of jsonb")
	}
	return key, nil
}
