rule "identifiers" {
  match {
    table  = "customers"
    column = "id"
  }
  mask = int_map()
}
table "public" "staff" {
  keep = ["id", "boss"]
}
rule "numbers" {
  match { column = "phone" }
  mask = digits()
}
rule "faxes" {
  match { column = "fax" }
  mask = digits({ keep_last = 4 })
}
rule "notes" {
  match { column = "note" }
  mask = removed()
}
mask "removed" { value = partial(3, "-", 0) }
