# Blocks that are written otherwise, and decide the same.
table "public" "people" {
  keep = ["id"]
  column "email" { mask = email() }
  column "phone" { mask = partial(0, "*", 2) }
}
table "public" "orders" {
  rows = "id > 5 AND person IS NOT NULL"
  keep = ["id", "person"]
}
role "reader" { in = database.staging }
