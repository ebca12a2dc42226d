package mask

import "fmt"

// leaf gives the SQL of a masked place, itself jsonb. The value keeps the type that it has in the document where the
// mask is for that type: a number is masked as numeric, or as bigint where it is a whole one, a boolean as boolean. All
// else is masked as text and becomes a string. A value that the mask is not for becomes null, for it must neither pass
// nor stop the copy.
func (b *jsonBuilder) leaf(m *Mask, path, v string) string {
	switch m.kind.(type) {
	case keep:
		b.parts = append(b.parts, Properties{Deterministic: true, Strength: Raw})
		return v
	case nullValue:
		b.parts = append(b.parts, Properties{Deterministic: true, Strength: Constant})
		return "'null'::jsonb"
	}
	try := func(name, formatted string, category byte, value string) (string, error) {
		e, err := m.Compile(b.column.inner(Type{
			Schema:    "pg_catalog",
			Name:      name,
			Formatted: formatted,
			Kind:      'b',
			Category:  category,
		}, value))
		if err != nil {
			return "", err
		}
		b.parts, b.reads = append(b.parts, e.Properties), append(b.reads, e.Reads...)
		return fmt.Sprintf("coalesce(to_jsonb((%s)::%s), 'null')", e.SQL, formatted), nil
	}
	text, err := try("text", "text", 'S', fmt.Sprintf("(%s #>> '{}')", v))
	other := text
	if err != nil {
		other = "'null'::jsonb"
	}
	cases := ""
	if !m.writesSQL() {
		if sql, failed := try("numeric", "numeric", 'N', fmt.Sprintf("(%s)::numeric", v)); failed == nil {
			cases += " WHEN 'number' THEN " + sql
		} else if sql, failed := try("int8", "bigint", 'N', fmt.Sprintf("((%s)::numeric)::bigint", v)); failed == nil {
			cases += fmt.Sprintf(" WHEN 'number' THEN CASE WHEN (%s)::numeric %% 1 = 0 AND (%s)::numeric BETWEEN "+
				"-9223372036854775808 AND 9223372036854775807 THEN %s ELSE %s END", v, v, sql, other)
		}
		if sql, failed := try("bool", "boolean", 'B', fmt.Sprintf("(%s)::boolean", v)); failed == nil {
			cases += " WHEN 'boolean' THEN " + sql
		}
	}
	switch {
	case cases == "" && err != nil:
		b.fail(fmt.Errorf("at %s: %w", path, err))
		return ""
	case cases == "":
		return text
	case err != nil:
		other = "'null'::jsonb"
	}
	return fmt.Sprintf("CASE jsonb_typeof(%s)%s ELSE %s END", v, cases, other)
}
