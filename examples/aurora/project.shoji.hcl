# A shop's production in one AWS account, its masked copy in another, made anew every night:
#
#   clone of production -> masked export by the clone's server, under our key -> import by staging's server -> verify -> swap
#
# This file says what is copied; accounts.shoji.hcl what stands in the way of it, in both accounts; users who logs in to the copy.
# The other files are those of examples/shop.

project "shop" {
  required_version = ">= 0.1"
}

variable "jobs" {
  type        = number
  default     = 4
  description = "Connections to each side. The clone is ours alone; staging is not."
}

variable "events_since" {
  type        = string
  default     = "2026-04-01"
  description = "Older events stay behind."
}

variable "sslmode" {
  type        = string
  default     = "verify-full"
  description = "How both sides are connected to. The lab's servers are on this machine, without TLS."
}

# The only secret there is, and it does not stand in a spec.
secret "mask_key" {
  env = "SHOJI_MASK_KEY"
}

# Users without a password: each connection has a token of IAM, made when it is opened. The cluster says where it answers.
database "prod" {
  url     = "postgres://masker@/shop?sslmode=${var.sslmode}"
  cluster = cluster.prod
  iam     = true
}

database "staging" {
  url     = "postgres://refresher@/shop?sslmode=${var.sslmode}"
  cluster = cluster.staging
  iam     = true
}

refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.mask_key
  mode = "swap"
  jobs = var.jobs

  # Rows are staged here by the servers themselves, with aws_s3. A server that cannot is an error, not a slower way.
  via    = bucket.transfer
  export = "server"
  import = "server"

  # Production itself is asked for its structure only: what reads all rows is a clone, which is removed afterwards, always.
  clone {
    class           = "db.r6g.large"
    parameter_group = parameter_group.clone
  }
}

# shoji plan -env ci -out refresh.plan, then shoji apply refresh.plan
env "ci" {
  protected = true # apply wants a plan that somebody could review
}
