# Rules that keep text by a pattern, and conditions that choose rows by what is masked.
table "public" "people" {
  rows = "email like '%@corp.example' and id > 10"
  keep = ["id"]
  column "email" { mask = email() }
}

rule "codes" {
  match { column = "*_code" }
  mask = keep()
}
rule "numbers" {
  match { type = ["integer", "bigint"] }
  mask = keep()
}
rule "named" {
  match { column = "{title,subtitle}" }
  mask = keep()
}
rule "rest" {
  match { type = "text" }
  mask    = keep()
  default = true
}
