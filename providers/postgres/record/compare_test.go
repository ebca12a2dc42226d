package record_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// table is how table public.t crosses; each column is written "name keep", "name generated" or "name strength mask".
func table(treatment decide.Treatment, rows string, columns ...string) record.TableRules {
	t := record.TableRules{Schema: "public", Name: "t", Treatment: treatment, Rows: rows}
	for _, text := range columns {
		name, how, _ := strings.Cut(text, " ")
		c := record.ColumnRule{Name: name, Decision: decide.Decision(how)}
		if strength, call, ok := strings.Cut(how, " "); ok {
			c.Decision, c.Strength, c.Mask, c.Keyed = decide.Masked, engine.Strength(strength), call, mask.Strong
		}
		t.Columns = append(t.Columns, c)
	}
	return t
}

func TestExposures(t *testing.T) {
	type tables = []record.TableRules
	for name, c := range map[string]struct {
		was, now tables
		want     []string
	}{
		"the same": {
			tables{table(decide.Copy, "a > 1", "id keep", "email synthetic email()")},
			tables{table(decide.Copy, "a > 1", "id keep", "email synthetic email()")}, nil},
		"stronger": {
			tables{table(decide.Copy, "", "id keep", "email synthetic email()", "n keep")},
			tables{table(decide.Copy, "id > 1", "id keep", "email constant null_value()", "n pseudonym token()")}, nil},
		"a mask that keeps": {
			tables{table(decide.Copy, "", "email synthetic email()")},
			tables{table(decide.Copy, "", "email keep")},
			[]string{"public.t: column email was email() (synthetic) and would be kept"}},
		"a weaker mask": {
			tables{table(decide.Copy, "", "email synthetic email()")},
			tables{table(decide.Copy, "", `email partial partial(1, "*", 0)`)},
			[]string{`public.t: column email was email() (synthetic) and would be partial(1, "*", 0) (partial)`}},
		"an option": {
			tables{table(decide.Copy, "", `a partial partial(1, "*", 0)`)},
			tables{table(decide.Copy, "", `a partial partial(4, "*", 0)`)},
			[]string{
				`public.t: column a: partial(1, "*", 0) becomes partial(4, "*", 0), which leaves more of the value`,
			}},
		"a place of a document": {
			tables{table(decide.Copy, "", `d partial json({ "$.ssn" = null_value() })`)},
			tables{table(decide.Copy, "", `d partial json({ "$.x" = null_value() })`)},
			[]string{`public.t: column d: $.ssn: null_value() becomes keep() (raw, was constant)`}},
		"a mask of another version": {
			tables{table(decide.Copy, "", `a pseudonym gone(1)`)},
			tables{table(decide.Copy, "", `a pseudonym token()`)},
			[]string{`public.t: column a: gone(1) becomes token(), and this version cannot compare the two`}},
		"a strength of another version": {
			tables{table(decide.Copy, "", `a quantum gone(1)`)},
			tables{table(decide.Copy, "", `a constant null_value()`)},
			[]string{`public.t: column a was gone(1) (quantum) and would be null_value() (constant)`}},
		"new columns": {
			tables{table(decide.Copy, "", "id keep")},
			tables{table(decide.Copy, "", "id keep", "a keep", "b keep", "c synthetic email()",
				`d partial json({ "$.a" = email() })`, "g generated")},
			[]string{
				`public.t: column d is new, and json({ "$.a" = email() }) keeps what it does not name; ` +
					`new columns are kept: a, b`,
			}},
		"a filter that is gone": {
			tables{table(decide.Copy, "id < 10", "id keep")},
			tables{table(decide.Copy, "", "id keep")},
			[]string{`public.t: only rows where "id < 10" crossed, and all would`}},
		"a filter that is another": {
			tables{table(decide.Copy, "id < 10", "id keep")},
			tables{table(decide.Copy, "id < 99", "id keep")},
			[]string{`public.t: only rows where "id < 10" crossed, and those where "id < 99" would`}},
		"a filter with more conditions": {
			tables{table(decide.Copy, "id<10 AND (a OR b)", "id keep")},
			tables{table(decide.Copy, "(a or b) and c and id < 10", "id keep")}, nil},
		"a filter with an OR": {
			tables{table(decide.Copy, "id < 10", "id keep")},
			tables{table(decide.Copy, "id < 10 OR c", "id keep")},
			[]string{`public.t: only rows where "id < 10" crossed, and those where "id < 10 OR c" would`}},
		"rows where there were none": {
			tables{table(decide.Structure, "")},
			tables{table(decide.Copy, "", "id keep", "token keep", "email synthetic email()")},
			[]string{
				"public.t: no row of it crossed (data = false), and its rows would, 2 of 3 columns raw: id, token",
			}},
		"a table that was skipped": {
			tables{table(decide.Skip, "")},
			tables{table(decide.Copy, "", "email synthetic email()")},
			[]string{"public.t: it was skipped, and its rows would cross, all columns masked"}},
		"a new table": {nil, tables{table(decide.Copy, "", "id keep", "email synthetic email()")},
			[]string{"public.t: it is new, and its rows would cross, 1 of 2 columns raw: id"}},
		"a new column of which a part stays": {
			tables{table(decide.Copy, "", "email synthetic email()")},
			tables{table(decide.Copy, "", `mail partial sql("mail || ' '")`)},
			[]string{`public.t: column mail is new, and sql("mail || ' '") can leave a part of it`}},
		"a new table of which a part stays": {nil, tables{table(decide.Copy, "", `mail partial sql("mail || ' '")`)},
			[]string{"public.t: it is new, and its rows would cross, 1 of 1 columns raw: mail"}},
		"a new table that is masked": {nil, tables{table(decide.Copy, "", "email synthetic email()")}, nil},
		"a table without rows any more": {tables{table(decide.Copy, "", "a constant null_value()")},
			tables{table(decide.Structure, "")}, nil},
		"a table that is gone": {tables{table(decide.Copy, "", "id keep")}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, record.Exposures(c.was, c.now)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestStructureExposures: what was left out of the structure and is no more.
func TestStructureExposures(t *testing.T) {
	type parts = map[spec.Part]string
	for name, c := range map[string]struct {
		was, now parts
		want     []string
	}{
		"the same": {parts{spec.Comments: "false"}, parts{spec.Comments: "false"}, nil},
		"less":     {parts{spec.Views: `["a.*"]`}, parts{spec.Views: "false", spec.Comments: "false"}, nil},
		"all of a part": {
			parts{spec.Comments: "false"}, nil,
			[]string{"the structure crossed with comments = false, and all comments would"},
		},
		"other patterns": {
			parts{spec.Views: `["a.*"]`},
			parts{spec.Views: `["b.*"]`},
			[]string{`the structure crossed with views = ["a.*"], and would with ["b.*"]`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, record.StructureExposures(c.was, c.now)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestExposuresOfTheKey: the same strength with a key that protects less.
func TestExposuresOfTheKey(t *testing.T) {
	was, now := table(decide.Copy, "", "a pseudonym token()"), table(decide.Copy, "", "a pseudonym uuid()")
	now.Columns[0].Keyed = mask.NotKeyed
	want := []string{"public.t: column a was token() and would be uuid(), which the key protects less"}
	if d := cmp.Diff(want, record.Exposures([]record.TableRules{was}, []record.TableRules{now})); d != "" {
		t.Error(d)
	}
}

// TestExposuresOfPartitions: a partition that comes later has the rules of its table, and what a table exposes is said
// once.
func TestExposuresOfPartitions(t *testing.T) {
	tree := func(partitions int, column string) []record.TableRules {
		out := []record.TableRules{table(decide.Partitioned, "", "id keep", column)}
		for i := range partitions {
			p := table(decide.Copy, "", "id keep", column)
			p.Name, p.PartitionOf = fmt.Sprintf("t_%d", i), "public.t"
			out = append(out, p)
		}
		return out
	}
	if got := record.Exposures(tree(2, "e synthetic email()"), tree(3, "e synthetic email()")); got != nil {
		t.Errorf("a new partition: %q", got)
	}
	want := []string{"public.t and 3 partitions: column e was email() (synthetic) and would be kept"}
	if d := cmp.Diff(want, record.Exposures(tree(2, "e synthetic email()"), tree(3, "e keep"))); d != "" {
		t.Error(d)
	}
}

// TestExposuresOfManyColumns: a schema of twenty thousand columns that all get weaker is compared in moments, and what
// is said of it is short.
func TestExposuresOfManyColumns(t *testing.T) {
	many := func(how string) []record.TableRules {
		var out []record.TableRules
		for i := range 200 {
			var columns []string
			for j := range 100 {
				columns = append(columns, fmt.Sprintf("column_%d %s", j, how))
			}
			one := table(decide.Copy, "", columns...)
			one.Name = fmt.Sprintf("t%d", i)
			out = append(out, one)
		}
		return out
	}
	was, now := many(`partial partial(1, "*", 0)`), many(`partial partial(2, "*", 0)`)
	start := time.Now()
	got := record.Exposures(was, now)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if len(got) != 200 || len(got[0]) > 1500 || !strings.Contains(got[0], "and 94 more") {
		t.Errorf("%d sentences, the first: %s", len(got), got[0])
	}
}
