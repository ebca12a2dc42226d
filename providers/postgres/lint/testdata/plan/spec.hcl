# What a plan refuses, found without a database.
table "public" "people" {
  keep = ["id", "nam", "total", "code"]
  column "name" { mask = null_value() }
  column "email" { mask = full_name() }
  column "phone" { mask = token({ length = 32 }) }
  column "note" { mask = null_value() }
  column "sum" { mask = noise(0.1) }
  column "code" { mask = token() }
  column "label" { mask = null_value() }
  column "bound" { mask = null_value() }
}
table "public" "peple" {
  keep = ["id"]
}
table "other" "things" { data = false }
table "public" "parts" {
  keep = ["id"]
  column "at" { mask = truncate("year") }
}
table "public" "left_out" { skip = true }
table "public" "empty" { data = false }
table "public" "half" {
  rows = "id > 10"
  keep = ["id"]
}
table "public" "refs" {
  keep = ["id", "person", "gone", "nothing", "half"]
}
rule "shadowed" {
  match { column = "{name,note}" }
  mask = token()
}
rule "nothing" {
  match { column = "emial" }
  mask = email()
}
rule "a" {
  match { column = "x_*" }
  mask = token()
}
rule "b" {
  match { column = "x_y" }
  mask = hash()
}
link "lost" {
  from = column("public", "*", "no_such_*")
  to   = column("public", "people", "id")
}
