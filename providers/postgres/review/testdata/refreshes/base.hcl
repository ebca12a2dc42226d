# A refresh under another name, one that is gone, one that is new, and settings that protect less or more.
secret "key" { env = "KEY" }
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "staging" { url = "postgres://refresher@staging.example/app?sslmode=verify-full" }
database "dev" { url = "postgres://refresher@dev.example/app?sslmode=verify-full" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
  verify = "full"
  schema {
    comments = false
    functions = true
    views = ["public.*"]
  }
}
refresh "old" {
  from = database.prod
  to   = database.dev
  key  = secret.key
}
table "public" "a" {
  keep = ["id"]
  column "email" { mask = email() }
}
