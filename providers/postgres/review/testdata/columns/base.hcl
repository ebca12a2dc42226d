table "public" "customers" {
  keep = ["id", "label"]
  column "phone"      { mask = digits() }
  column "email"      { mask = email() }
  column "birth_date" { mask = truncate("year") }
  column "note"       { mask = sql("left(note, 1)") }
  column "code"       { mask = token() }
  column "card"       { mask = partial(1, "*", 0) }
  column "ratio"      { mask = token() }
}
