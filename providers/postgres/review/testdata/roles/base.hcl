# Who gains and who loses: attributes, privileges, memberships.
table "public" "a" { keep = ["id"] }
role "reader" {
  in = database.staging
  grant {
    on         = table("public", "a", ["id"])
    privileges = ["SELECT"]
  }
  grant {
    on         = all_tables("app")
    privileges = ["SELECT"]
  }
}
role "ann" {
  in        = database.staging
  login     = true
  iam       = false
  member_of = [role.reader]
  mode      = "authoritative"
}
role "writer" {
  in = database.staging
  grant {
    on         = table("public", "a")
    privileges = ["ALL"]
  }
  settings = { statement_timeout = "60s" }
}
role "leaver" {
  in    = database.staging
  login = true
}
