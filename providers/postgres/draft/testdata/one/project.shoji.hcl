# Drafted by shoji inspect. Secrets are read from the environment when they are needed; nothing of them stands here.

project "clinic" {
  required_version = ">= 0.1"
}

# postgres://USER:PASSWORD@HOST/DATABASE
secret "prod_url" {
  env = "SHOJI_PROD_URL"
}

secret "staging_url" {
  env = "SHOJI_STAGING_URL"
}

# 16 bytes or more. The same key gives the same masked values at every refresh.
secret "mask_key" {
  env = "SHOJI_MASK_KEY"
}

database "prod" {
  url = secret.prod_url
}

database "staging" {
  url = secret.staging_url
}

refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.mask_key
}
