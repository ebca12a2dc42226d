# A rule that wins elsewhere, a rule of another name, a mask of the team's own that is another, a key that is followed.
rule "ids" {
  match { column = ["id", "boss"] }
  mask = int_map()
}
rule "numbers" {
  match { column = ["phone", "fax"] }
  mask = digits()
}
rule "notes" {
  match { column = "note" }
  mask = removed()
}
mask "removed" { value = fixed("-") }
