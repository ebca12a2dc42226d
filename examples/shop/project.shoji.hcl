# A shop's staging database, made anew from production every night.
#
# All *.hcl files of a directory are one project. Here: this file says what is copied where; masks.shoji.hcl holds
# what is true for many columns; customers, orders and internal decide the tables; roles and users say
# who may read the copy.

project "shop" {
  required_version = ">= 0.1"
}

variable "jobs" {
  type        = number
  default     = 2
  description = "Connections to each side."
  validation {
    condition     = var.jobs >= 1 && var.jobs <= 16
    error_message = "Production is shared: take no more than 16 connections."
  }
}

variable "events_since" {
  type        = string
  default     = "2026-04-01"
  description = "Older events stay behind."
}

# Nothing secret stands in a spec. These hold whole URLs, because the lab's passwords are in them; where a password is
# kept by itself, write the URL here and add `password = secret.x` to the database.
secret "prod_url" {
  env = "SHOJI_PROD_URL"
}

secret "staging_url" {
  env = "SHOJI_STAGING_URL"
}

# Keep this key and every refresh gives the same masked values: what a tester wrote down yesterday is still there.
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
  mode = "swap" # built beside the live copy and swapped in when it is complete
  jobs = var.jobs
}

# shoji plan -env ci -out refresh.plan, then shoji apply refresh.plan
env "ci" {
  variables = { jobs = 4 }
  protected = true # apply wants a plan that somebody could review
}
