role "moved" {
  name = "reader"
  in   = database.staging
}
mask "hidden" { value = partial(0, "*", 2) }
rule "mails" {
  match { column = "email" }
  mask = email()
}
rule "phones" {
  match { column = "phone" }
  mask = hidden()
}
rule "keys" {
  match { type = "integer" }
  mask = keep()
}
table "public" "orders" {
  rows = "(id>5) and person is not null"
  keep = ["id", "person"]
}
