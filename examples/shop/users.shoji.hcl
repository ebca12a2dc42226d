# Who logs in to the copy.

# Somebody who looks, and whose queries end when they take too long.
role "analyst" {
  in               = database.staging
  login            = true
  member_of        = [role.oltp_ro]
  connection_limit = 5
  settings = {
    statement_timeout = "60s"
  }
  # password = secret.analyst_password    # only a SCRAM verifier reaches the server
}

# The application under test: it reads and writes what the shop does, and sees no salaries.
role "shop_app" {
  in    = database.staging
  login = true

  grant {
    on         = schema("public")
    privileges = ["USAGE"]
  }
  grant {
    on         = table("public", "customers")
    privileges = ["SELECT", "INSERT", "UPDATE"]
  }
  grant {
    on         = table("public", "orders")
    privileges = ["SELECT", "INSERT", "UPDATE"]
  }
  grant {
    on         = table("public", "products")
    privileges = ["SELECT"]
  }
  grant {
    on         = table("public", "employees", ["id", "full_name", "title"])
    privileges = ["SELECT"]
  }
  grant {
    on         = all_sequences("public")
    privileges = ["USAGE"]
  }
}
