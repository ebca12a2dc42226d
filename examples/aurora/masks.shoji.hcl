# What holds for many columns. A column block in a table comes before these, and so does keep.

# Keys that mean nothing outside of the database cross as they are, so that joins and foreign keys hold.
rule "keys" {
  match {
    column = ["id", "*_id"]
    type   = ["integer", "bigint"]
  }
  mask = keep()
}

rule "times" {
  match {
    type = "timestamp with time zone"
  }
  mask = keep()
}

# The form of a number stays, so that what formats or validates it can be tested.
rule "phones" {
  match {
    column = "phone"
  }
  mask = digits({ keep_last = 2 })
}

# A network address is personal data too.
rule "network_addresses" {
  match {
    type = "inet"
  }
  mask = ip()
}

# Who changed what: e-mail addresses, old and new, in documents of any form. The table is there, empty.
rule "audit" {
  match {
    schema = "audit"
  }
  data = false
}

# The team's own masks, made of those of the catalogue. They are used like any other: given_name().

mask "given_name" {
  value = when("locale = 'ja'", first_name("ja"), first_name())
}

mask "family_name" {
  value = when("locale = 'ja'", last_name("ja"), last_name())
}

# Free text names people in ways that no pattern finds. That there was a text is all that is kept.
mask "free_text" {
  value = fixed("(text removed)", { keep_null = true })
}

mask "reading" {
  value = fixed("テスト タロウ", { keep_null = true })
}
