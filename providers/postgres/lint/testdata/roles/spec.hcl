# Roles that open more than they should.
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "staging" { url = "postgres://refresher@staging.example/app?sslmode=verify-full" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
}

role "public" {
  in = database.staging
  grant {
    on         = all_tables("app")
    privileges = ["SELECT"]
  }
  grant {
    on         = schema("app")
    privileges = ["USAGE"]
  }
  default_privileges {
    for_role   = "owner"
    on         = "tables"
    privileges = ["SELECT"]
  }
}

role "readers" {
  in = database.staging
  grant {
    on                = all_tables("app")
    privileges        = ["SELECT"]
    with_grant_option = true
  }
  default_privileges {
    for_role   = "owner"
    schema     = "app"
    on         = "tables"
    privileges = ["SELECT", "INSERT"]
  }
}

role "fine" {
  in    = database.staging
  login = true
  grant {
    on         = all_tables("app")
    privileges = ["SELECT", "INSERT"]
  }
  default_privileges {
    for_role   = "owner"
    schema     = "app"
    on         = "tables"
    privileges = ["SELECT"]
  }
}

role "wide" {
  in = database.staging
  grant {
    on         = all_tables("app")
    privileges = ["SELECT"]
  }
  default_privileges {
    for_role   = "owner"
    on         = "tables"
    privileges = ["SELECT"]
  }
}

role "root" {
  in        = database.staging
  superuser = true
}
role "loader" {
  in        = database.staging
  bypassrls = true
  member_of = ["pg_read_server_files", { role = role.readers, admin = true }]
}

role "analyst" {
  in        = database.staging
  login     = true
  member_of = [role.readers]
}
role "analyst_prod" {
  name = "analyst"
  in   = database.prod
  grant {
    on         = table("app", "people")
    privileges = ["SELECT", "UPDATE"]
  }
}
role "fine_prod" {
  name = "fine"
  in   = database.prod
  grant {
    on         = schema("app")
    privileges = ["USAGE"]
  }
}
