# How likely two masked keys meet.
table "public" "t" {
  column "id" { mask = token() }
  column "code" { mask = token({ length = 8 }) }
  column "tag" { mask = token({ length = 11 }) }
  column "mail" { mask = email() }
  column "loose" { mask = token({ length = 8 }) }
  column "card" { mask = mac() }
  column "short" { mask = digits({ unmatched = "token", length = 6 }) }
}
