# Who may do what on the copy. The grants are made on the new copy before it is swapped in, so nobody loses access.

role "oltp_ro" {
  in      = database.staging
  comment = "reads the copy"

  grant {
    on         = database()
    privileges = ["CONNECT"]
  }
  grant {
    on         = schema("public")
    privileges = ["USAGE"]
  }
  grant {
    on         = all_tables("public")
    privileges = ["SELECT"]
  }
  grant {
    on         = schema("support")
    privileges = ["USAGE"]
  }
  grant {
    on         = all_tables("support")
    privileges = ["SELECT"]
  }
}

# Somebody who looks, with a token of IAM, and whose queries end when they take too long: shoji connect staging -as analyst.
role "analyst" {
  in               = database.staging
  login            = true
  iam              = true
  member_of        = [role.oltp_ro]
  connection_limit = 5
  settings = {
    statement_timeout = "60s"
  }
}
