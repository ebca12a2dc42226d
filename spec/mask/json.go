package mask

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// jsonMask is json({ path = mask }): masks at paths of a document; what no path names is kept.
type jsonMask struct{ root *node }

// node is a place in a document: a mask, or the steps that go on from it.
type node struct {
	mask  *Mask
	steps map[string]*node // by key; "[*]" for every element, "[3]" for one
}

var step = regexp.MustCompile(`^(?:\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\*|\d+)\]|\["((?:[^"\\]|\\.)*)"\])`)

func decodeJSON(a *args) (kind, error) {
	v, err := a.take("the paths")
	if err != nil {
		return nil, err
	}
	if v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() || v.LengthInt() == 0 {
		return nil, errors.New(`the paths must be an object, such as { "$.contact.email" = email() }`)
	}
	m := jsonMask{root: &node{}}
	paths := v.AsValueMap()
	names := make([]string, 0, len(paths))
	for p := range paths {
		names = append(names, p)
	}
	sort.Strings(names)
	for _, p := range names {
		mask, ok := FromValue(paths[p])
		if !ok {
			return nil, fmt.Errorf("the value at %q must be a mask, such as email()", p)
		}
		if err := m.root.add(p, mask); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (n *node) add(path string, m *Mask) error {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok || rest == "" {
		return fmt.Errorf("the path %q must begin with $ and name a place, such as $.a, $.a[*].b or $[\"a b\"]", path)
	}
	for rest != "" {
		found := step.FindStringSubmatch(rest)
		if found == nil {
			return fmt.Errorf("the path %q cannot be read at %q", path, rest)
		}
		key := found[1]
		switch {
		case found[2] != "":
			key = "[" + found[2] + "]"
		case found[3] != "":
			unquoted, err := strconv.Unquote(`"` + found[3] + `"`)
			if err != nil {
				return fmt.Errorf("the path %q cannot be read at %q", path, rest)
			}
			key = unquoted
		}
		if n.mask != nil {
			return fmt.Errorf("the path %q goes on below a place that has a mask already", path)
		}
		if n.steps == nil {
			n.steps = map[string]*node{}
		}
		if n.steps[key] == nil {
			n.steps[key] = &node{}
		}
		n, rest = n.steps[key], rest[len(found[0]):]
	}
	if n.mask != nil || n.steps != nil {
		return fmt.Errorf("the path %q stands above or beside another one for the same place", path)
	}
	n.mask = m
	return nil
}

func (m jsonMask) compile(c Column) (Expr, error) {
	b := jsonBuilder{column: c, properties: Properties{Null: NullKept, Unique: Lossy, Deterministic: true, MaxLength: -1, Strength: Partial, MayEqualRaw: true}}
	sql, err := b.build(m.root, c.value()+"::jsonb", 0)
	if err != nil {
		return Expr{}, err
	}
	return Expr{SQL: c.keepNull(c.cast(sql)), Reads: unite([]string{c.Name}, b.reads), Properties: b.properties}, nil
}

// jsonBuilder writes the expression that rebuilds a document along the paths.
type jsonBuilder struct {
	column     Column
	properties Properties
	reads      []string
}

// build gives the SQL of the document at sql (a jsonb expression) with everything below n masked. Where the
// document has another form than the paths think, it stays as it is but for what they name.
func (b *jsonBuilder) build(n *node, sql string, depth int) (string, error) {
	if n.mask != nil {
		return b.leaf(n.mask, sql)
	}
	doc := fmt.Sprintf("j%d", depth)
	var objects, elements []string
	every := ""
	keys := make([]string, 0, len(n.steps))
	for k := range n.steps {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		switch {
		case k == "[*]":
			inner, err := b.build(n.steps[k], doc+"e.v", depth+1)
			if err != nil {
				return "", err
			}
			every = inner
		case strings.HasPrefix(k, "[") && strings.HasSuffix(k, "]"):
			inner, err := b.build(n.steps[k], doc+"e.v", depth+1)
			if err != nil {
				return "", err
			}
			elements = append(elements, fmt.Sprintf("WHEN %se.i = %s + 1 THEN %s", doc, k[1:len(k)-1], inner))
		default:
			inner, err := b.build(n.steps[k], fmt.Sprintf("(%s.d -> %s)", doc, sqltext.Literal(k)), depth+1)
			if err != nil {
				return "", err
			}
			objects = append(objects, fmt.Sprintf("CASE WHEN %s.d ? %s THEN jsonb_build_object(%s, %s) ELSE '{}'::jsonb END", doc, sqltext.Literal(k), sqltext.Literal(k), inner))
		}
	}
	var cases []string
	if len(objects) > 0 {
		cases = append(cases, fmt.Sprintf("WHEN jsonb_typeof(%s.d) = 'object' THEN %s.d || %s", doc, doc, strings.Join(objects, " || ")))
	}
	if every != "" || len(elements) > 0 {
		otherwise := every
		if otherwise == "" {
			otherwise = doc + "e.v"
		}
		element := otherwise
		if len(elements) > 0 {
			element = "CASE " + strings.Join(elements, " ") + " ELSE " + otherwise + " END"
		}
		cases = append(cases, fmt.Sprintf("WHEN jsonb_typeof(%s.d) = 'array' THEN (SELECT coalesce(jsonb_agg(%s ORDER BY %se.i), '[]'::jsonb) FROM jsonb_array_elements(%s.d) WITH ORDINALITY AS %se(v, i))", doc, element, doc, doc, doc))
	}
	return fmt.Sprintf("(SELECT CASE %s ELSE %s.d END FROM (SELECT %s AS d) AS %s)", strings.Join(cases, " "), doc, sql, doc), nil
}

// leaf masks one value as text; a JSON null stays null unless the mask gives a value for it.
func (b *jsonBuilder) leaf(m *Mask, sql string) (string, error) {
	c := b.column
	e, err := m.Compile(Column{Schema: c.Schema, Table: c.Table, Name: c.Name, Siblings: c.Siblings,
		Value: "(" + sql + " #>> '{}')", Type: Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}})
	if err != nil {
		return "", err
	}
	if e.Keyed != NotKeyed {
		b.properties.Keyed = e.Keyed
	}
	b.properties.Deterministic = b.properties.Deterministic && e.Deterministic
	b.reads = append(b.reads, e.Reads...)
	return fmt.Sprintf("coalesce(to_jsonb((%s)::text), 'null'::jsonb)", e.SQL), nil
}
