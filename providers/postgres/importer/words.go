package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Masks that several tools have in other words.

func firstName() outcome { return exactly("first_name()") }
func lastName() outcome  { return exactly("last_name()") }
func fullName() outcome  { return exactly("full_name()") }
func someText() outcome  { return exactly("lorem()") }
func phone() outcome     { return exactly("phone()") }
func company() outcome   { return exactly("company()") }
func city() outcome      { return exactly("city()") }
func region() outcome    { return exactly(`city({ part = "region" })`) }
func street() outcome    { return exactly("street()") }
func address() outcome   { return exactly("address()") }
func postcode() outcome  { return exactly("postcode()") }
func country() outcome   { return exactly("country()") }
func username() outcome  { return exactly("username()") }
func website() outcome   { return exactly("url()") }
func domain() outcome    { return exactly("domain()") }
func mac() outcome       { return exactly("mac()") }
func card() outcome      { return exactly("credit_card()") }
func iban() outcome      { return exactly("iban()") }
func ip() outcome        { return exactly("ip()") }
func uuid() outcome      { return exactly("uuid()") }
func token() outcome     { return exactly("token()") }
func truth() outcome     { return exactly("bool()") }

// hidden is for masks that show stars alone.
func hidden() outcome { return exactly(`partial(0, "*", 0)`) }

// oneOf picks from values.
func oneOf(values []string) outcome {
	if len(values) == 0 {
		return never("it has no values to choose from")
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = mask.Quote(v)
	}
	return exactly("one_of([" + strings.Join(quoted, ", ") + "])")
}

// between is a whole number from low to high: exact where few numbers are between them.
func between(low, high string) outcome {
	a, errA := strconv.ParseInt(low, 10, 64)
	b, errB := strconv.ParseInt(high, 10, 64)
	if errA != nil || errB != nil || b < a {
		return nearly("the bounds are not held", "int_map()")
	}
	if b-a < 100 {
		var values []string
		for n := a; n <= b; n++ {
			values = append(values, fmt.Sprint(n))
		}
		return exactly("one_of([" + strings.Join(values, ", ") + "])")
	}
	return nearly("a number that is not between the bounds before is not after",
		fmt.Sprintf("int_map({ min = %d, max = %d })", a, b))
}

// letters is a random string; a token has 6 to 32 digits.
func letters(length string) outcome {
	n, err := strconv.Atoi(length)
	switch {
	case err != nil:
		return nearly("16 hexadecimal digits, of whatever length it was", "token()")
	case n < 6 || n > 32:
		return nearly(fmt.Sprintf("a token has 6 to 32 digits, not %d", n),
			fmt.Sprintf("token({ length = %d })", min(max(n, 6), 32)))
	}
	return exactly(fmt.Sprintf("token({ length = %d })", n))
}

// constant is the same value in every row.
func constant(value string, keepNull bool) outcome {
	if keepNull {
		return exactly("fixed(" + mask.Quote(value) + ", { keep_null = true })")
	}
	return exactly("fixed(" + mask.Quote(value) + ")")
}

// ratio is noise on numbers.
func ratio(r string) outcome {
	n, err := strconv.ParseFloat(r, 64)
	switch {
	case err != nil || n <= 0:
		return never("the ratio %q is not a number above 0", r)
	case n > 1:
		return nearly("noise() goes up to 1", "noise(1)")
	}
	return exactly("noise(" + strconv.FormatFloat(n, 'f', -1, 64) + ")")
}

// anotherDay is a date from a range: shoji moves a date, and has no ranges.
func anotherDay() outcome {
	return nearly("the date moves by up to ten years; the range is not held", `jitter("10 years")`)
}

// anotherNumber is a number from a range of fractions.
func anotherNumber() outcome {
	return nearly("the number moves by up to its own size: a range is not held, and 0 stays 0", "noise(1)")
}

var intervalPart = regexp.MustCompile(`(\d+)\s*(years?|yrs?|y|mons?|months?|weeks?|w|days?|d|hours?|hrs?|h|minutes?|` +
	`mins?|m|seconds?|secs?|s)\b|(\d+):(\d+)(?::(\d+))?`)

// span is noise on dates: PostgreSQL's intervals come in whole seconds, in the largest unit that says them exactly.
func span(interval string) outcome {
	units := map[byte]int64{'y': 365 * 86400, 'w': 7 * 86400, 'd': 86400, 'h': 3600, 's': 1}
	var seconds int64
	months := false
	rest := intervalPart.ReplaceAllStringFunc(strings.ToLower(interval), func(part string) string {
		m := intervalPart.FindStringSubmatch(part)
		if m[3] != "" {
			for i, unit := range []int64{3600, 60, 1} {
				n, _ := strconv.ParseInt(m[3+i], 10, 64)
				seconds += n * unit
			}
			return ""
		}
		n, _ := strconv.ParseInt(m[1], 10, 64)
		switch {
		case strings.HasPrefix(m[2], "mo"):
			seconds, months = seconds+n*30*86400, true
		case m[2] == "m" || strings.HasPrefix(m[2], "min"):
			seconds += n * 60
		default:
			seconds += n * units[m[2][0]]
		}
		return ""
	})
	if strings.Trim(rest, " .0123456789") != "" || seconds == 0 {
		return never("the interval %q cannot be read", interval)
	}
	o := exactly("")
	for _, u := range []struct {
		name string
		size int64
	}{{"year", 365 * 86400}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		if seconds%u.size != 0 {
			continue
		}
		n := seconds / u.size
		if n > 999999 { // more than jitter() takes
			return span(fmt.Sprintf("%d days", seconds/86400+1)).but("rounded up to whole days")
		}
		name := u.name
		if n != 1 {
			name += "s"
		}
		o.mask = fmt.Sprintf("jitter(%q)", fmt.Sprintf("%d %s", n, name))
		break
	}
	if months {
		return o.but("a month is taken as 30 days")
	}
	return o
}

// expression is an expression of SQL.
func expression(sql string) outcome { return exactly("sql(" + mask.Quote(sql) + ")") }

// choose is the masks of a column by row: the first whose condition holds, else the last of all.
func choose(condition, yes, no string) string {
	return fmt.Sprintf("when(%s, %s, %s)", mask.Quote(condition), yes, no)
}

// dictionary replaces values by others. otherwise is SQL.
func dictionary(column string, pairs [][2]string, otherwise string) outcome {
	value := func(s string) string {
		if s == `\N` {
			return "NULL"
		}
		return sqltext.Literal(s)
	}
	sql := "CASE"
	for _, p := range pairs {
		if p[0] == `\N` {
			sql += fmt.Sprintf(" WHEN %s IS NULL THEN %s", sqltext.Ident(column), value(p[1]))
			continue
		}
		sql += fmt.Sprintf(" WHEN %s::text = %s THEN %s", sqltext.Ident(column), value(p[0]), value(p[1]))
	}
	return expression(sql + " ELSE " + otherwise + " END")
}

// secretName tells parameters whose values are not written anywhere.
func secretName(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains([]string{
		"salt", "key_hex", "secret", "seed", "password", "postgres_url", "url", "dsn", "hmac_key", "tweak",
		"associated_data",
	}, name)
}
