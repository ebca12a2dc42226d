# Suppressions that hold, and those that do not.
lint {
  disable  = ["verify_off", "publicgrant", "undecided"]
  severity = { unused_block = "error", mask_unfit = "note", low_entrpy = "note" }
}
table "public" "people" { # shoji:ignore personal_kept an address book of companies
  keep = ["id", "phone"]
  # shoji:ignore undecided the plan says so too
  column "email" { mask = keep() }
  column "fax" { mask = fixed("x") } # shoji:ignore personal_kept was kept once
  # shoji:ignore personal_kept
  column "name" { mask = keep() }
  # shoji:ignore persnal_kept a letter is missing
  column "city" { mask = fixed("x") }
  # shoji:ignore
  # shoji:ignore verify_off it is switched off altogether
}
secret "spare" { env = "SPARE" } # shoji:ignore unused_block for next month
secret "left" { env = "LEFT" }
