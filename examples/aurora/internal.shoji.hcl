# What the shop knows about its own people, and what customers wrote to them.

table "public" "employees" {
  keep = ["title", "currency"]

  column "full_name" {
    mask = when("kana IS NOT NULL", full_name("ja"), full_name())
  }
  column "kana" {
    mask = reading()
  }
  column "email" {
    mask = email({ domain = "staff.example" })
  }
  column "birth_date" {
    mask = null_value()
  }
  column "hired_on" {
    mask = jitter("90 days")
  }
  column "salary" {
    mask = noise(0.2)
  }
}

table "support" "tickets" {
  column "subject" {
    mask = partial(4, "…", 0)
  }
  column "body" {
    mask = free_text()
  }
  column "profile" {
    mask = json({
      "$.contact.name"             = full_name()
      "$.contact.email"            = email()
      "$.contact.phones[*].number" = digits({ keep_last = 2 })
      "$.emergency_contact"        = full_name()
    })
  }
}
