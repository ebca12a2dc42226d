# One place that decides many columns is one finding.
table "app" "users" {
  for_each = toset(["north", "south", "east"])
  schema   = each.key
  keep     = ["id", "email"]
}
rule "mails" {
  match { column = "mail_*" }
  mask = partial(2, "*", 2)
}
