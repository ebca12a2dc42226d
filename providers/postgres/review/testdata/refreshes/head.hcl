secret "key" { env = "OTHER_KEY" }
secret "second" { env = "SECOND_KEY" }
secret "hunter2" { env = "URL" }
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "staging" {
  url      = "postgres://refresher@elsewhere.example/app?sslmode=require"
  insecure = "unverified_tls"
}
database "demo" { url = secret.hunter2 }
refresh "staging" {
  from        = database.prod
  to          = database.staging
  key         = secret.second
  min_changed = 0.5
  owner       = "analyst"
  schema {
    functions = false
    views     = ["app.*"]
  }
}
refresh "demo" {
  from = database.prod
  to   = database.demo
  key  = secret.key
}
table "public" "a" {
  keep = ["id"]
  column "email" { mask = email() }
}
