# Every column is decided here or by a rule. A column that somebody adds to production tomorrow is in neither: the next
# plan fails and names it.

table "public" "customers" {
  keep = ["locale", "marketing", "points", "looked_after_by"]

  column "first_name" {
    mask = given_name()
  }
  column "last_name" {
    mask = family_name()
  }
  column "kana" {
    mask = reading()
  }
  # Equal addresses stay equal in every table, so that "who ordered with this address" can still be asked.
  column "email" {
    mask = email()
  }
  column "other_emails" {
    mask = array(email())
  }
  column "birth_date" {
    mask = truncate("year")
  }
  # Nobody can log in to a copy with their password.
  column "password_hash" {
    mask = fixed("\\x00")
  }
  column "notes" {
    mask = free_text()
  }
}

table "public" "addresses" {
  # Country, region and city are coarse enough here: shipping rules are tested with them.
  keep = ["label", "country", "region", "city"]

  column "recipient" {
    mask = when("country = 'JP'", full_name("ja"), full_name())
  }
  column "postal_code" {
    mask = truncate(3)
  }
  column "street" {
    mask = when("country = 'JP'", fixed("1-2-3"), fixed("1 Example Street"))
  }
}

# A session's token is as good as a password: no rows at all.
table "public" "sessions" {
  data = false
}

# Masked at the root: the partitions are decided with it.
table "public" "events" {
  rows = "at >= timestamptz '${var.events_since}'"
  keep = ["kind", "path"]

  # What no path names is kept.
  column "payload" {
    mask = json({
      "$.email"   = email()
      "$.ship_to" = full_name()
      "$.ip"      = ip()
      "$.q"       = fixed("(search)")
    })
  }
}
