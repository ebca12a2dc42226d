# What can be seen in the SQL of masks.
table "public" "people" {
  keep = ["id", "region"]
  column "email" { mask = sql("md5(email)") }
  column "alias" { mask = sql("lower(left(encode(digest(alias || 'pepper', 'sha1'), 'hex'), 10))") }
  column "handle" { mask = sql("left(email, 3) || '***'") }
  column "nick" { mask = when("email like 'a%'", fixed("x"), token()) }
  column "city" { mask = sql("left(region, 1)") }
  column "name" { mask = sql("app.scramble(name)", { calls = ["app.scramble"] }) }
  column "bucket" { mask = sql("pg_catalog.length(bucket)::text") }
  column "code" { mask = sql("gen_random_uuid()::text", { volatile = true }) }
  column "mail" { mask = email("en", { domain = "gmail.com" }) }
  column "mail2" { mask = email({ domain = "mail.corp.example" }) }
}
