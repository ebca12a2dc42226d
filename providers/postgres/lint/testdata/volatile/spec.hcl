# Masks that give other values each time: a reference, and a column that is in no key.
table "public" "parents" {
  keep = ["id"]
}
table "public" "children" {
  keep = ["id"]
  column "ref" { mask = sql("(random() * 1000)::int", { volatile = true }) }
  column "made_at" { mask = default() }
  column "code" { mask = sql("gen_random_uuid()::text", { volatile = true }) }
  column "other" { mask = token() }
}
