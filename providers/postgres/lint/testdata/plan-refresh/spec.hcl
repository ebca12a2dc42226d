# What a plan refuses of the refresh itself.
secret "unset" { env = "KEY" }
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "a" { url = "postgres://refresher@a.example/app?sslmode=verify-full" }
database "b" { url = "postgres://refresher@b.example/app?sslmode=verify-full" }
refresh "some" {
  from    = database.prod
  to      = database.a
  schemas = ["app", "ap"]
  extensions {
    skip = ["pg_crn"]
  }
}
refresh "none" {
  from    = database.prod
  to      = database.b
  schemas = ["empty"]
}
table "app" "people" {
  refreshes = [refresh.some]
  keep      = ["id", "area"]
  column "email" { mask = email() }
}
table "geo" "areas" {
  refreshes = [refresh.some]
  keep      = ["id"]
}
