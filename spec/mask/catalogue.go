package mask

// entries is the catalogue, in the order of the documentation.
func entries() []entry {
	return []entry{
		{constants, "null_value", "null_value()", "NULL for every row.", `null_value()`, of(everyType), "where it may be NULL", decodeNull},
		{constants, "fixed", "fixed(value[, { keep_null }])", "The same value for every row; NULL too, unless keep_null.", `fixed("****")`, of(everyType), "that the value fits", decodeFixed},
		{constants, "default", "default()", "The column's own default.", `default()`, of(everyType), "with a default", decodeDefault},
		{constants, "keep", "keep()", "The value as it is: a decision, not a mask.", `keep()`, of(everyType), "", decodeKeep},
		{composition, "sql", "sql(expression[, { volatile, calls }])", "A SQL expression over the columns of the row. Parsed when the spec is read: one scalar expression, no sub-select, no aggregate, nothing volatile unless said.", `sql("left(note, 2) || '****'")`, of(everyType), "the plan asks the source for the type of the result", decodeSQL},
		{composition, "when", "when(condition, mask, mask[, { calls }])", "The first mask where the SQL condition holds, else the second.", `when("is_staff", keep(), email())`, of(everyType), "that both masks accept", decodeWhen},
		{pseudonyms, "token", "token([{ length, prefix }])", "An opaque keyed value, equal for equal input in every table: 16 hexadecimal digits for text, a positive number for integer and bigint.", `token({ prefix = "c_" })`, of(textual, integerType, bigint, uuidType, byteaType), "", decodeToken},
		{pseudonyms, "hash", "hash([{ length }])", "A keyed digest, 32 hexadecimal digits.", `hash()`, of(textual, integerType, bigint, uuidType, byteaType), "", decodeHash},
		{people, "email", "email([{ domain, length }])", "An address at example.com. Letter case does not matter.", `email({ domain = "example.org" })`, of(textual), "", decodeEmail},
		{people, "first_name", "first_name([locale])", "A common given name, by the value.", `first_name("ja")`, of(textual), "", decodeName("first")},
		{people, "last_name", "last_name([locale])", "A common family name, by the value.", `last_name()`, of(textual), "", decodeName("last")},
		{people, "full_name", "full_name([locale])", "A whole name: given name first in en, family name first in ja.", `full_name("ja")`, of(textual), "", decodeName("full")},
		{formats, "digits", "digits([{ keep_first, keep_last }])", "Every digit becomes another; all else, and the form, stays. A text without any digit is hidden.", `digits({ keep_last = 2 })`, of(textual), "", decodeDigits},
		{formats, "partial", "partial(left, padding, right)", "The ends stay, the middle is padded; a value too short for that is padded whole.", `partial(2, "*", 0)`, of(textual), "", decodePartial},
		{formats, "regex", "regex(pattern, replacement[, { flags, unmatched }])", "What matches is replaced; a value that does not match is hidden whole unless unmatched = \"keep\".", `regex("[0-9]+", "#")`, of(textual), "", decodeRegex},
		{quantities, "truncate", "truncate(unit or step)", "A date to its year (or month, day, …), a number to steps, a text to its first characters.", `truncate("year")`, of(date, timestamp, smallint, integerType, bigint, numericType, floating, textual), "", decodeTruncate},
		{quantities, "noise", "noise(ratio)", "A number up to that part away, by the value.", `noise(0.1)`, of(smallint, integerType, bigint, numericType, floating), "", decodeNoise},
		{quantities, "jitter", "jitter(span)", "A date up to that far away, by the value.", `jitter("30 days")`, of(date, timestamp), "", decodeJitter},
		{pseudonyms, "uuid", "uuid()", "Another UUID, equal for equal input.", `uuid()`, of(uuidType, textual), "", decodeUUID},
		{formats, "ip", "ip()", "An address in 10.0.0.0/8 or fd00::/8; the length of the network's mask stays.", `ip()`, of(inetType, cidrType, textual), "", decodeIP},
		{constants, "one_of", "one_of([values])", "One of the values by the value; an enum knows its own.", `one_of(["a", "b"])`, of(everyType), "that the values fit", decodeOneOf},
		{composition, "json", "json({ path = mask }[, { otherwise }])", "Masks at places of a document: $.a.b, $.a[*].c, $[0], $.*, $..a (at any depth), $['a b']. What no path names is kept, unless otherwise masks each leaf of it or is \"drop\".", `json({ "$.contact.email" = email() }, { otherwise = null_value() })`, of(jsonType), "", decodeJSON},
		{composition, "array", "array(mask)", "The mask on each element. NULL elements and dimensions stay.", `array(email())`, of(arrayType), "", decodeArray},
		{composition, "range", "range(mask)", "The mask on both bounds, in order. Empty and infinite stay so.", `range(jitter("30 days"))`, of(rangeType, multirangeType), "", decodeRange},
		{composition, "fields", "fields({ field = mask }[, { keep }])", "Masks by field of a composite value. A field without a mask must be named in keep.", `fields({ street = token() }, { keep = ["country"] })`, of(compositeType), "", decodeFields},
		{composition, "hstore", "hstore({ key = mask }[, { otherwise }])", "Masks by key. Keys that are not named are kept, unless otherwise masks them or is \"drop\".", `hstore({ email = email() }, { otherwise = "drop" })`, of(hstoreType), "", decodeHstore},
	}
}
