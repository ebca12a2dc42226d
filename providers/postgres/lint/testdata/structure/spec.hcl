secret "key" { env = "KEY" }
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "staging" { url = "postgres://refresher@staging.example/app?sslmode=verify-full" }
database "second" { url = "postgres://refresher@staging.example/second?sslmode=verify-full" }
database "third" { url = "postgres://refresher@staging.example/third?sslmode=verify-full" }
database "fourth" { url = "postgres://refresher@staging.example/fourth?sslmode=verify-full" }
refresh "all" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
refresh "less" {
  from = database.prod
  to   = database.second
  key  = secret.key
  schema {
    comments  = false
    functions = ["!public.told"]
    views     = []
    defaults  = ["public.empty_one.*"]
  }
}
# shoji:ignore personal_literal these people agreed
# shoji:ignore credential_literal the service is gone
refresh "acknowledged" {
  from = database.prod
  to   = database.third
  key  = secret.key
  schema {
    comments = false
  }
}
refresh "in_place" {
  from = database.prod
  to   = database.fourth
  key  = secret.key
  mode = "replace"
}
table "public" "gone" { skip = true }
table "public" "empty_one" { data = false }
table "public" "customers" {
  keep = ["id"]
  column "email" { mask = email() }
  column "note" { mask = lorem() }
}
