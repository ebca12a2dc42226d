table "public" "a" { keep = ["id"] }
role "readers" {
  name = "reader"
  in   = database.staging
  grant {
    on         = all_tables("public")
    privileges = ["SELECT"]
  }
  grant {
    on         = table("app", "t")
    privileges = ["SELECT"]
  }
  default_privileges {
    for_role   = "owner"
    schema     = "public"
    on         = "tables"
    privileges = ["SELECT"]
  }
}
role "ann" {
  in        = database.staging
  login     = true
  member_of = [{ role = "reader", admin = true }, role.writer]
  bypassrls = true
}
role "writer" {
  in = database.staging
  grant {
    on                = table("public", "a")
    privileges        = ["SELECT", "INSERT"]
    with_grant_option = true
  }
  settings = { statement_timeout = "0" }
}
role "joiner" {
  in        = database.staging
  login     = true
  member_of = [role.readers]
}
role "public" {
  in = database.staging
  grant {
    on         = schema("public")
    privileges = ["USAGE"]
  }
}
