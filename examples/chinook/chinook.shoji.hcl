# Chinook (github.com/lerocha/chinook-database): the catalogue of a music shop, which everybody may see, and its customers,
# employees and invoices, whom nobody needs to know.

project "chinook" {
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

refresh "chinook" {
  from = database.prod
  to   = database.staging
  key  = secret.mask_key
}

rule "catalogue" {
  match {
    table  = "public.{album,artist,genre,media_type,playlist,playlist_track,track}"
    column = "*"
  }
  mask = keep()
}

# The billing address of an invoice is mostly the customer's own. One mask for both keeps them equal, in another form.

mask "house_and_street" {
  value = token({ prefix = "Street " })
}

mask "town" {
  value = token({ prefix = "Town " })
}

mask "postal_code" {
  value = token({ length = 8 })
}

rule "streets" {
  match {
    column = ["address", "billing_address"]
  }
  mask = house_and_street()
}

rule "towns" {
  match {
    column = ["city", "billing_city"]
  }
  mask = town()
}

rule "postal_codes" {
  match {
    column = ["postal_code", "billing_postal_code"]
  }
  mask = postal_code()
}

rule "phones" {
  match {
    column = ["phone", "fax"]
  }
  mask = digits()
}

rule "emails" {
  match {
    column = "email"
  }
  mask = email()
}

# Japanese names in a shop without Japanese customers: nobody takes a masked person for a real one.

rule "given_names" {
  match {
    column = "first_name"
  }
  mask = first_name("ja")
}

rule "family_names" {
  match {
    column = "last_name"
  }
  mask = last_name("ja")
}

table "public" "customer" {
  keep = ["customer_id", "state", "country", "support_rep_id"]

  column "company" {
    mask = token({ prefix = "Company " })
  }
}

table "public" "employee" {
  keep = ["employee_id", "title", "reports_to", "state", "country"]

  column "birth_date" {
    mask = truncate("year")
  }
  column "hire_date" {
    mask = jitter("90 days")
  }
}

table "public" "invoice" {
  keep = ["invoice_id", "customer_id", "invoice_date", "billing_state", "billing_country", "total"]
}

table "public" "invoice_line" {
  keep = ["invoice_line_id", "invoice_id", "track_id", "unit_price", "quantity"]
}

role "chinook_ro" {
  in = database.staging

  grant {
    on         = schema("public")
    privileges = ["USAGE"]
  }
  grant {
    on         = all_tables("public")
    privileges = ["SELECT"]
  }
}
