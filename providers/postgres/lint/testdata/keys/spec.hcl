# Keys that can be guessed, found, or are used twice; connections; what nothing refers to.
secret "short" { file = "short.key" }
secret "words" { file = "words.key" }
secret "good" { file = "good.key" }
secret "default" { env = "DEFAULT_MASK_KEY" }
secret "written" { env = "WRITTEN_KEY" }
secret "fetched" { env = "FETCHED_KEY" }
secret "spare" { env = "SPARE" }
variable "unused" { default = 1 }
locals {
  used   = ["app"]
  unused = 2
}
mask "unused" { value = email() }

database "prod" {
  url      = "postgres://masker@prod.example/app"
  password = secret.fetched
}
database "other" { url = "host=other.example dbname=app user=masker sslmode=require" }
database "local" { url = "postgres://masker@localhost/app" }
database "a" { url = "postgres://a@x.example/a?sslmode=verify-full" }
database "b" { url = "postgres://a@x.example/b?sslmode=verify-ca" }
database "c" { url = "postgres://a@x.example/c?sslmode=disable" }
database "d" { url = "postgres:///d?host=/var/run/postgresql" }
database "e" { url = "postgres://a@127.0.0.1/e" }
database "f" {
  url      = "postgres://a@x.example/f?sslmode=require"
  insecure = "unverified_tls"
}

refresh "short" {
  from    = database.prod
  to      = database.a
  key     = secret.short
  schemas = local.used
}
refresh "words" {
  from   = database.prod
  to     = database.b
  key    = secret.words
  verify = "off"
}
refresh "default" {
  from = database.prod
  to   = database.c
  key  = secret.default
}
refresh "written" {
  from = database.local
  to   = database.d
  key  = secret.written
}
refresh "fetched" {
  from = database.prod
  to   = database.e
  key  = secret.fetched
}
refresh "again" {
  from = database.other
  to   = database.local
  key  = secret.fetched
}
