# What a plan refuses of keys and references.
table "public" "people" {
  column "id" { mask = token() }
  column "mail" { mask = sql("lower(mail) || region") }
  column "region" { mask = keep() }
}
table "public" "firms" {
  column "id" { mask = hash() }
}
table "public" "kept" {
  keep = ["id", "person"]
}
table "public" "pair" {
  keep = ["id"]
}
table "public" "mails" {
  keep = ["id"]
}
table "public" "far" {
  keep = ["id", "nr"]
}
table "public" "sums" {
  keep = ["a"]
  column "b" { mask = token() }
}
