package shop

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// table collects the rows of one table in COPY's text format.
type table struct {
	name    string
	columns []string
	text    strings.Builder
	rows    int
}

// null is SQL's NULL as a value of a row.
type null struct{}

// add appends a row. It takes only the types below: another is a mistake in this package.
func (t *table) add(values ...any) {
	if len(values) != len(t.columns) {
		panic(fmt.Sprintf("shop: %s has %d columns, the row %d values", t.name, len(t.columns), len(values)))
	}
	for i, v := range values {
		if i > 0 {
			t.text.WriteByte('\t')
		}
		t.text.WriteString(field(v))
	}
	t.text.WriteByte('\n')
	t.rows++
}

func field(v any) string {
	switch v := v.(type) {
	case null:
		return `\N`
	case string:
		return escape(v)
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	case cents:
		return v.String()
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999+00")
	case day:
		return time.Time(v).Format(time.DateOnly)
	case []byte:
		return `\\x` + hex.EncodeToString(v)
	case []string:
		return escape(arrayText(v))
	case document:
		text, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("shop: %v", err))
		}
		return escape(string(text))
	default:
		panic(fmt.Sprintf("shop: no form for a %T", v))
	}
}

// cents is an amount of money: exact, unlike a float.
type cents int

func (c cents) String() string { return fmt.Sprintf("%d.%02d", int(c)/100, int(c)%100) }

// day is a date without a time.
type day time.Time

// document is a JSON object. Marshalling sorts its keys, so the text is always the same.
type document map[string]any

// escape writes a value as COPY's text format reads it (PostgreSQL manual, COPY, Text Format).
func escape(s string) string {
	if !strings.ContainsAny(s, "\\\t\n\r") {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(s)
}

func arrayText(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

// uuid gives a random UUID, version 4.
func (r *random) uuid() string {
	b := r.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
