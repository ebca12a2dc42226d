# undecided in 2 tables: note, notes text: free_text (low): the name "note" is that of free text
# rule "note" {
#   match {
#     column = ["note", "notes"]
#     type   = "text"
#   }
#   mask = lorem()
# }
