# Who logs in to the copy.

# Somebody who looks, and whose queries end when they take too long.
role "analyst" {
  in               = database.staging
  login            = true
  iam              = true # no password: accounts.shoji.hcl says who may ask AWS for a token
  member_of        = [role.oltp_ro]
  connection_limit = 5
  settings = {
    statement_timeout = "60s"
  }
}
