table "public" "customers" {
  keep = ["id", "phone"]
  column "email"      { mask = hash() }
  column "birth_date" { mask = null_value() }
  column "note"       { mask = sql("left(note, 9)") }
  column "code"       { mask = token({ length = 32 }) }
  column "card"       { mask = partial(4, "*", 0) }
  column "label"      { mask = fixed("x") }
  column "ratio" {
    mask        = token()
    min_changed = 0
  }
}
