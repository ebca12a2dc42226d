# What is known offline of constraints and unique keys under masks.
table "public" "t" {
  keep = ["id"]
  column "code" { mask = fixed("none") }
  column "rank" { mask = sql("left(rank, 3)") }
  column "mail" { mask = email() }
  column "tag" { mask = token() }
}
