# What stands between both clusters. shoji makes it, keeps it as it is written here, and shows each call before.
# The clusters themselves, and the role shoji-runner in each account, are there already: see docs/aurora.md.

variable "aws_endpoint" {
  type        = string
  default     = ""
  description = "Where AWS is. Empty is AWS itself; the lab has an address of its own."
}

variable "family" {
  type    = string
  default = "aurora-postgresql16"
}

aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.aws_endpoint

  assume_role {
    arn = "arn:aws:iam::111111111111:role/shoji-runner"
  }
}

aws "staging" {
  account  = "222222222222"
  region   = "ap-northeast-1"
  profile  = "staging"
  endpoint = var.aws_endpoint

  assume_role {
    arn = "arn:aws:iam::222222222222:role/shoji-runner"
  }
}

# A server exports to its own account and region only, so the key and the bucket are beside production.
kms_key "transfer" {
  in          = aws.prod
  alias       = "alias/shop-transfer"
  description = "masked rows of the shop, on their way to staging"
}

bucket "transfer" {
  in          = aws.prod
  name        = "shop-transfer"
  kms_key     = kms_key.transfer
  expire_days = 3 # what a run could not remove

  # Who writes and who reads is said once. The policies of the bucket, of the key and of the roles follow from it.
  write = [iam_role.export]
  read  = [iam_role.import, "arn:aws:iam::222222222222:role/shoji-runner"]
}

# Production's server writes, and so does its clone, whose identifier begins with shoji-.
iam_role "export" {
  in   = aws.prod
  name = "shop-s3-export"

  trust {
    service  = "rds.amazonaws.com"
    clusters = [cluster.prod, "shoji-*"]
  }
}

iam_role "import" {
  in   = aws.staging
  name = "shop-s3-import"

  trust {
    service  = "rds.amazonaws.com"
    clusters = [cluster.staging]
  }
}

cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
  s3_export  = iam_role.export
  iam_auth   = true
}

cluster "staging" {
  in         = aws.staging
  identifier = "shop-staging"
  s3_import  = iam_role.import
  iam_auth   = true
}

# The clone logs no statement: it holds production's rows, and nobody reads its log.
parameter_group "clone" {
  in         = aws.prod
  name       = "shop-clone"
  family     = var.family
  parameters = { log_min_duration_statement = "-1", log_statement = "none" }
}

# Attach it to people or machines that may read the copy: aws rds generate-db-auth-token, or shoji connect.
iam_policy "connect" {
  in   = aws.staging
  name = "shop-staging-connect"

  connect {
    cluster = cluster.staging
    users   = [role.analyst]
  }
}
