# Who may do what on the copy. The grants are made on the new copy before it is swapped in, so nobody loses access.

# A group for reading everything.
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
