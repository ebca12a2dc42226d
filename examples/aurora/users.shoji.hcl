# Who logs in to the copy.

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
