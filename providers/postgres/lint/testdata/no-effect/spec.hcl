# Masks that leave the value as it was, and their neighbours that do not.
table "public" "t" {
  keep = ["id", "d", "e"]
  column "a" { mask = sql("a") }
  column "b" { mask = sql("(b)::varchar::text") }
  column "c" { mask = truncate(20) }
  column "f" { mask = regex("[0-9]{12}", "#", { unmatched = "keep" }) }
  column "g" { mask = regex(".+", "\\&") }
  column "h" { mask = when("id > 10", keep(), keep()) }
  column "i" { mask = array(keep()) }
  column "j" { mask = json({ "$.a" = keep() }) }
  column "k" { mask = when("true", keep(), token()) }
  column "l" { mask = when("1 = 2", token(), keep()) }
  column "m" { mask = sql("m || ''") }
  column "n" { mask = sql("upper(coalesce(n, '-'))") }
  column "ok1" { mask = sql("ok1::date::text") }
  column "ok2" { mask = truncate(5) }
  column "ok3" { mask = truncate("month") }
  column "ok4" { mask = regex("[0-9]{3}", "#", { unmatched = "keep" }) }
  column "ok6" { mask = json({ "$.a" = keep() }, { otherwise = null_value() }) }
  column "ok5" { mask = when("id > 10", keep(), fixed("x")) }
}
