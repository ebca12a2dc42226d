table "My $${schema}" "t \"quoted\" %%{x}" {
  # undecided: line break text: nothing tells what it holds
  # column "line\nbreak" { mask = lorem() }
  keep = ["$${name}"]
  column "e-mail" { mask = email() } # email (high): the name "e-mail" is that of an e-mail address
  column "tel" { mask = phone() }    # phone (high): the name "tel" is that of a phone number
}
