# Tables as a whole: without rows, skipped, with fewer rows, with code that may run.
rule "all" {
  match { column = "*" }
  mask = keep()
}
table "public" "a" { data = false }
table "public" "c" { skip = true }
table "public" "d" {
  rows = "at > date '2020-01-01'"
  keep = ["id", "email", "at"]
}
table "public" "e" { keep = ["id", "email", "at"] }
table "public" "f" {
  rows = "at > date '2020-01-01'"
  keep = ["id", "email", "at"]
}
table "public" "g" {
  keep = ["id"]
  column "email" { mask = email() }
}
