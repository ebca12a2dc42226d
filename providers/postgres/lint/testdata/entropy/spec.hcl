# Few values under masks that keep equal ones equal.
table "public" "t" {
  keep = ["id"]
  column "sex" { mask = token({ length = 8 }) }
  column "mood" { mask = one_of() }
  column "weather" { mask = one_of({ by = ["id"] }) }
  column "plan" { mask = hash() }
  column "answer" { mask = sql("md5(answer)") }
  column "grade" { mask = fixed("A") }
  column "name" { mask = token() }
  column "zip" { mask = digits() }
}
