package mask

// entries is the catalogue, in the order of the documentation.
func entries() []entry {
	return []entry{
		{
			constants, "null_value", "null_value()", "NULL for every row.", `null_value()`, of(everyType),
			"where it may be NULL", decodeNull,
		},
		{
			constants, "fixed", "fixed(value[, { keep_null }])",
			"The same value for every row; NULL too, unless keep_null.", `fixed("****")`, of(everyType),
			"that the value fits", decodeFixed,
		},
		{
			constants, "default", "default()",
			"The column's own default, where it is an expression that `sql()` could be.", `default()`, of(everyType),
			"with a default", decodeDefault,
		},
		{
			constants, "keep", "keep()", "The value as it is: a decision, not a mask.", `keep()`, of(everyType), "",
			decodeKeep,
		},

		{
			pseudonyms, "token", "token([{ length, prefix }])",
			"An opaque value, equal for equal input in every table: 16 hexadecimal digits (6 to 32 with length) for " +
				"text, a positive number for integer and bigint.", `token({ prefix = "c_" }); token()`,
			of(textual, integerType, bigint, uuidType, byteaType), "", decodeToken,
		},
		{
			pseudonyms, "hash", "hash([{ length }])", "A keyed digest, 32 hexadecimal digits.", `hash()`,
			of(textual, integerType, bigint, uuidType, byteaType), "", decodeHash,
		},
		{
			pseudonyms, "int_map", "int_map([{ min, max }])",
			"Another integer: a permutation, under which none meet. What is negative stays negative; with min and " +
				"max, what is between them stays between them, and all else outside.",
			`int_map(); int_map({ min = 1, max = 2147483647 })`, of(smallint, integerType, bigint), "", decodeIntMap,
		},
		{
			pseudonyms, "uuid", "uuid()",
			"Another UUID of the same version; a permutation, under which none meet. A text " +
				"that is no UUID becomes one.", `uuid()`, of(uuidType, textual), "", decodeUUID,
		},
		{
			pseudonyms, "one_of", "one_of([values][, { by }])", "One of the values; an enum knows its own.",
			`one_of(["a", "b"])`, of(everyType), "that the values fit", decodeOneOf,
		},
		{
			pseudonyms, "enum", "enum([{ by }])", "A label of the column's type.", `enum()`, of(enumType), "",
			decodeLabels,
		},
		{
			pseudonyms, "bool", "bool([{ by }])", "True or false, by a keyed coin.", `bool()`, of(boolean), "",
			decodeCoin,
		},

		{
			people, "email", "email([locale][, { domain, length, by }])",
			"An address at example.com: 16 hexadecimal digits (8 to 32 with length), after a name where a locale is " +
				"given. Letter case does not matter.", `email({ domain = "example.org" })`, of(textual), "",
			decodeEmail,
		},
		{
			people, "username", "username([locale][, { length, by }])",
			"`user_` and 16 hexadecimal digits, or a name and digits where a locale is given. " +
				"Letter case does not matter.", `username("ja", { length = 8 })`, of(textual), "", decodeUsername,
		},
		{
			people, "first_name", "first_name([locale][, { form, by }])",
			"A common given name. In ja, form is \"kanji\", \"kana\" or \"romaji\".", `first_name("ja")`, of(textual),
			"", decodeName("first"),
		},
		{
			people, "last_name", "last_name([locale][, { form, by }])", "A common family name.",
			`last_name("ja", { form = "kana", by = ["id"] })`, of(textual), "", decodeName("last"),
		},
		{
			people, "full_name", "full_name([locale][, { form, by }])",
			"A whole name: given name first in en, family name first in ja.", `full_name("ja")`, of(textual), "",
			decodeName("full"),
		},
		{
			people, "company", "company([locale][, { form, by }])", "A made-up company.", `company("ja")`, of(textual),
			"", decodeCompany,
		},
		{
			people, "phone", "phone([locale][, { style, by }])",
			"A number that nobody has: 555-01xx in en, 090-0xxx-xxxx in ja. style is \"keep\" (written like the " +
				"value), \"national\", \"international\", \"digits\" or \"e164\". Separators " +
				"of the value do not matter.", `phone("ja")`, of(textual), "", decodePhone,
		},
		{
			people, "street", "street([locale][, { by }])", "A street and a house.", `street()`, of(textual), "",
			decodePlace("street"),
		},
		{
			people, "city", "city([locale][, { part, by }])",
			"A city; with part its \"region\" (state, prefecture), in en its \"region_code\" too.",
			`city("ja", { part = "region" })`, of(textual), "", decodePlace("city"),
		},
		{
			people, "postcode", "postcode([locale][, { by }])", "A postal code of the city that city() gives.",
			`postcode("ja")`, of(textual), "", decodePlace("postcode"),
		},
		{
			people, "address", "address([locale][, { postcode, by }])",
			"A whole address, whose parts are those that street() and city() give.",
			`address("ja", { postcode = true })`, of(textual), "", decodePlace("address"),
		},
		{
			people, "country", "country([locale][, { form, by }])",
			"A country's name; with form = \"code\" its code of two letters.", `country({ form = "code" })`,
			of(textual), "", decodeCountry,
		},
		{
			people, "lorem", "lorem([locale][, { words, keep_length, by }])",
			"Words that say nothing, as long as the value, or so many as words says (sentences in ja).",
			`lorem({ words = 8 })`, of(textual), "", decodeLorem,
		},

		{
			formats, "digits", "digits([{ keep_first, keep_last, unmatched, length }])",
			"The digits of a value become others, and all else stays. Two values of one form never meet. A text " +
				"without any digit is hidden, or becomes a token with unmatched = \"token\", of 16 " +
				"characters (6 to 32 with length).", `digits({ keep_last = 2 })`, of(textual), "", decodeDigits,
		},
		{
			formats, "shape", "shape()",
			"Every letter becomes another of its kind (case, kana, kanji), every digit another, and all else stays.",
			`shape()`, of(textual), "", decodeShape,
		},
		{
			formats, "credit_card", "credit_card([{ keep_first, keep_last }])",
			"Another number of that length, with a valid check digit (Luhn) and the same separators. What has not 8 " +
				"to 19 digits becomes what digits() makes of it.", `credit_card({ keep_first = 6, keep_last = 4 })`,
			of(textual), "", decodeCreditCard,
		},
		{
			formats, "iban", "iban()",
			"Another account number of that country and length, with valid check digits (ISO 7064). What is no IBAN " +
				"becomes what shape() makes of it.", `iban()`, of(textual), "", decodeIBAN,
		},
		{
			formats, "partial", "partial(left, padding, right)",
			"The ends stay, the middle is padded; a value too short for that is padded whole.", `partial(2, "*", 0)`,
			of(textual), "", decodePartial,
		},
		{
			formats, "regex", "regex(pattern, replacement[, { flags, unmatched }])",
			"What matches is replaced; a value that does not match is hidden whole unless unmatched = \"keep\".",
			`regex("[0-9]+", "#")`, of(textual), "", decodeRegex,
		},
		{
			formats, "url", "url([{ domain, length, by }])", "A page at https://example.com/.", `url()`, of(textual),
			"", decodeSite(true),
		},
		{
			formats, "domain", "domain([{ domain, length, by }])",
			"A name below example.com. Letter case does not matter.", `domain({ domain = "test" })`, of(textual), "",
			decodeSite(false),
		},
		{
			formats, "ip", "ip()", "An address in 10.0.0.0/8 or fd00::/8; the length of the network's mask stays.",
			`ip()`, of(inetType, cidrType, textual), "", decodeIP,
		},
		{
			formats, "ip_prefix", "ip_prefix(length[, length of version 6])",
			"The network that an address is in: the bits of the host are zero. A text that " +
				"is no IPv4 address is hidden.", `ip_prefix(24, 48)`, of(inetType, cidrType, textual), "",
			decodeIPPrefix,
		},
		{
			formats, "mac", "mac()", "A locally administered address, which no maker gives out.", `mac()`,
			of(macType, textual), "", decodeMAC,
		},

		{
			quantities, "truncate", "truncate(unit or step)",
			"A date or time to its year (or month, day, hour, …), a number to steps, a text to its first characters.",
			`truncate("year"); truncate("hour"); truncate(100)`,
			of(date, timestamp, timeOfDay, intervalType, smallint, integerType, bigint, numericType, floating, money,
				textual), "", decodeTruncate,
		},
		{
			quantities, "bucket", "bucket(bounds[, { labels }])",
			"The lower bound of the bucket that a number or a date is in, or the bucket's label; what is below the " +
				"first bound is in the first. A text that is no number is hidden.",
			`bucket([0, 18, 65]); bucket(["1980-01-01", "2000-01-01"]); bucket([0, 18], ` +
				`{ labels = ["child", "adult"] })`,
			of(date, timestamp, smallint, integerType, bigint, numericType, floating, textual), "", decodeBucket,
		},
		{
			quantities, "noise", "noise(ratio)", "A number or an interval up to that part away.", `noise(0.1)`,
			of(smallint, integerType, bigint, numericType, floating, money, intervalType), "", decodeNoise,
		},
		{
			quantities, "jitter", "jitter(span)", "A date or time up to that far away.",
			`jitter("30 days"); jitter("45 minutes")`, of(date, timestamp, timeOfDay), "", decodeJitter,
		},

		{
			composition, "sql", "sql(expression[, { volatile, calls }])",
			"A SQL expression over the columns of the row. Parsed when the spec is read: one scalar expression, no " +
				"sub-select, no aggregate, nothing volatile unless said.", `sql("left(note, 2) || '****'")`,
			of(everyType), "the plan asks the source for the type of the result", decodeSQL,
		},
		{
			composition, "when", "when(condition, mask, mask[, { calls }])",
			"The first mask where the SQL condition holds, else the second.", `when("is_staff", keep(), email())`,
			of(everyType), "that both masks accept", decodeWhen,
		},
		{
			composition, "json", "json({ path = mask }[, { otherwise }])",
			"Masks at places of a document: $.a.b, $.a[*].c, $[0], $.*, $..a (at any depth), $['a b']. What no path " +
				"names is kept, unless otherwise masks each leaf of it or is \"drop\".",
			`json({ "$.contact.email" = email() }, { otherwise = null_value() })`, of(jsonType), "", decodeJSON,
		},
		{
			composition, "array", "array(mask)", "The mask on each element. NULL elements and dimensions stay.",
			`array(email())`, of(arrayType), "", decodeArray,
		},
		{
			composition, "range", "range(mask)", "The mask on both bounds, in order. Empty and infinite stay so.",
			`range(jitter("30 days"))`, of(rangeType, multirangeType), "", decodeRange,
		},
		{
			composition, "fields", "fields({ field = mask }[, { keep }])",
			"Masks by field of a composite value. A field without a mask must be named in keep.",
			`fields({ street = token() }, { keep = ["country"] })`, of(compositeType), "", decodeFields,
		},
		{
			composition, "hstore", "hstore({ key = mask }[, { otherwise }])",
			"Masks by key. Keys that are not named are kept, unless otherwise masks them or is \"drop\".",
			`hstore({ email = email() }, { otherwise = "drop" })`, of(hstoreType), "", decodeHstore,
		},
	}
}
