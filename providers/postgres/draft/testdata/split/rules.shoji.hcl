# undecided in 4 tables: body, note, notes and 1 more text: free_text (low): the names suggest free text
# rule "free_text" {
#   match {
#     column = ["body", "note", "notes", "備考"]
#     type   = "text"
#   }
#   mask = lorem()
# }
