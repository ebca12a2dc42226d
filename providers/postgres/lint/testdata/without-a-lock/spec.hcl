# Without a schema lock what needs no column is found, and a suppression that may be needed is left alone.
table "public" "people" {
  column "email" { mask = sql("md5(email)") }
  column "phone" { mask = keep() } # shoji:ignore personal_kept the reception's
}
