# What stays of short values.
table "public" "t" {
  keep = ["id"]
  column "code" { mask = partial(2, "*", 2) }
  column "pin" { mask = digits({ keep_last = 3 }) }
  column "tag" { mask = truncate(5) }
  column "ok" { mask = partial(2, "*", 0) }
  column "long" { mask = partial(2, "*", 2) }
  column "free" { mask = partial(2, "*", 2) }
  column "hidden" { mask = partial(5, "*", 5) }
}
