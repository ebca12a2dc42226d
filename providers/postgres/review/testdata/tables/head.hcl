rule "all" {
  match { column = "*" }
  mask = keep()
}
table "public" "b" { data = false }
table "public" "c" { data = false }
table "public" "d" { keep = ["id", "email", "at"] }
table "public" "e" {
  rows  = "id < 9 AND at > date '2020-01-01'"
  calls = ["public.f"]
  keep  = ["id", "email", "at"]
}
table "public" "f" {
  rows = "at > date '2000-01-01'"
  keep = ["id", "email", "at"]
}
table "public" "g" { keep = ["id", "email"] }
