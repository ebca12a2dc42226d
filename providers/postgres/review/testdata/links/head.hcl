# Columns that follow keys: of a foreign key, of a link, of a link that depends on the row.
table "public" "people" {
  column "id"    { mask = int_map({ min = 1, max = 99 }) }
  column "email" { mask = email() }
}
table "public" "firms" { keep = ["id", "name"] }
table "public" "notes" {
  keep = ["id", "kind", "twin"]
}
link "person" {
  from = column("public", "notes", "person")
  to   = column("public", "people", "id")
}
link "subject" {
  from = column("public", "notes", "subject")
  type = "kind"
  to = {
    person = column("public", "people", "id")
    firm   = column("public", "firms", "id")
  }
}
