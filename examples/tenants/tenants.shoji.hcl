# One schema a tenant. What holds for all of them is said once, by rules with patterns, so that a tenant who joins
# tomorrow is masked tomorrow. What is special to some is said with for_each.

project "tenants" {
  required_version = ">= 0.1"
}

secret "prod_url" {
  env = "SHOJI_PROD_URL"
}

secret "staging_url" {
  env = "SHOJI_STAGING_URL"
}

secret "mask_key" {
  env = "SHOJI_MASK_KEY"
}

database "prod" {
  url = secret.prod_url
}

database "staging" {
  url = secret.staging_url
}

refresh "weekly" {
  from = database.prod
  to   = database.staging
  key  = secret.mask_key
}

locals {
  # Tenants who agreed that our support may read their documents in staging.
  open_documents = toset(["acorn"])
  tenants        = toset(["acorn", "birch", "kaede"])
}

# For all tenants.

rule "keys" {
  match {
    schema = ["shared", "tenant_*"]
    column = ["id", "*_id", "plan", "code"]
  }
  mask = keep()
}

rule "times" {
  match {
    type = "timestamp with time zone"
  }
  mask = keep()
}

rule "given_names" {
  match {
    table  = "tenant_*.users"
    column = "first_name"
  }
  mask = first_name()
}

rule "family_names" {
  match {
    table  = "tenant_*.users"
    column = "last_name"
  }
  mask = last_name()
}

# Our own support staff has an account with every tenant: their addresses stay, so that they can log in.
mask "user_email" {
  value = when("is_support", keep(), email())
}

rule "emails" {
  match {
    table  = "tenant_*.users"
    column = "email"
  }
  mask = user_email()
}

rule "phones" {
  match {
    column = "phone"
  }
  mask = digits()
}

rule "flags_and_amounts" {
  match {
    schema = "tenant_*"
    type   = ["boolean", "numeric"]
  }
  mask = keep()
}

rule "billing" {
  match {
    table  = "tenant_*.invoices"
    column = "billed_to"
  }
  mask = token({ prefix = "Company " })
}

rule "documents" {
  match {
    table  = "tenant_*.documents"
    column = ["title", "body"]
  }
  mask = fixed("(removed)")
}

rule "logs" {
  match {
    table = "tenant_*.request_log"
  }
  data = false
}

# For one or some. A table's block comes before the rules.

table "tenant" "documents" {
  for_each = local.open_documents
  schema   = "tenant_${each.key}"
  name     = "documents"
  keep     = ["title"]
}

table "shared" "plans" {
  keep = ["price"]
}

table "shared" "tenants" {
  keep = ["name"]

  column "company" {
    mask = token({ prefix = "Company " })
  }
  column "contact" {
    mask = email()
  }
}

# One role a tenant, which reads that tenant's schema and no other.
role "tenant" {
  for_each = local.tenants
  name     = "tenant_${each.key}_ro"
  in       = database.staging
  mode     = "authoritative"

  grant {
    on         = schema("tenant_${each.key}")
    privileges = ["USAGE"]
  }
  grant {
    on         = all_tables("tenant_${each.key}")
    privileges = ["SELECT"]
  }
}
