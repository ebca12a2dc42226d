# What is kept and looks personal: by a list, by a block, by a rule. What refers to a key, and what is masked, is not named.
table "public" "people" {
  keep = ["id", "email", "status"]
  column "phone" { mask = keep() }
  column "password_hash" { mask = keep() }
  column "api_token" { mask = partial(8, "*", 0) }
  column "notes" { mask = keep() }
  column "first_name" { mask = first_name() }
  column "fax" { mask = keep() } # shoji:ignore personal_kept a number of the company
}

table "public" "orders" {
  keep = ["person_email", "total"]
}

rule "names" {
  match { column = "last_*" }
  mask = keep()
}
