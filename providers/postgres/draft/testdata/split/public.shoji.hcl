table "public" "by_phone" {
  # undecided: phone text: phone (high): the name "phone" is that of a phone number; it decides the partition of a row, so it cannot be masked: keep it, or take the table without rows
  keep = ["x"]
}

table "public" "codes" {
  # undecided: odd_code text: nothing tells what it holds; unique in codes_pkey
  # column "odd_code" { mask = token() }
  # undecided: what text: nothing tells what it holds
  # column "what" { mask = lorem() }
}

table "public" "events" {
  keep = ["k", "at"]
  column "email" { mask = email() }             # email (high): the name "email" is that of an e-mail address
  column "customer_name" { mask = full_name() } # full_name (high): the name "customer_name" is that of a person's name
}

table "public" "logins" {
  column "username" { mask = username() }  # username (high): the name "username" is that of a user name
  column "password_hash" { mask = hash() } # password (high): the name "password_hash" is that of a password, or what proves one
  column "last_ip" { mask = ip() }         # ip (high): the name "last_ip" is that of an address of a network
}

table "public" "pair_notes" {
  # undecided: member_no character(6): as its key public.pairs.member_no: masked with it, or kept here too
  keep = ["year"]
}

table "public" "pairs" {
  # undecided: member_no character(6): person_id (medium): the name "member_no" is that of a number or code of a person; it is in the unique key pairs_pkey, and some hundred values without a digit are as many as a token in character(6) keeps apart: where there are more, keep it
  # column "member_no" { mask = digits({ unmatched = "token", length = 6 }) }
  keep = ["year", "amount"]
}

table "public" "patients" {
  # undecided: tags text[]: nothing tells what it holds
  # column "tags" { mask = array(lorem()) }
  keep = ["id", "sort", "is_active", "created_at", "score"]
  column "mrn" { mask = token({ length = 10 }) }                   # health (high): the name "mrn" is that of somebody's health; unique in patients_mrn_key
  column "name" { mask = full_name("ja") }                         # full_name (high): a "name" in patients is a person's
  column "name_kana" { mask = full_name("ja", { form = "kana" }) } # kana (high): the name "name_kana" is that of the reading of a name
  column "phone" { mask = token() }                                # phone (high): the name "phone" is that of a phone number; unique in patients_phone_key
  column "email" { mask = email() }                                # email (high): the name "email" is that of an e-mail address
  column "address" { mask = street("ja") }                         # street (high): the name "address" is that of an address
  column "city" { mask = city("ja") }                              # city (medium): the name "city" is that of a town
  column "zip" { mask = postcode("ja") }                           # postcode (high): the name "zip" is that of a postcode
  column "birth_date" { mask = truncate("year") }                  # birth_date (high): the name "birth_date" is that of a date of birth
  column "gender" { mask = fixed("x", { keep_null = true }) }      # gender (high): the name "gender" is that of a gender or a form of address
  column "legacy_ref" { mask = phone("ja") }                       # phone (medium): the comment speaks of a phone number
  column "profile" { mask = fixed("{}") }                          # document (medium): the name "profile" is that of a document of any form
  column "photo" { mask = fixed("") }                              # photo (medium): the name "photo" is that of a picture, a voice or a signature
  column "ssn" { mask = int_map() }                                # national_id (high): the name "ssn" is that of a number of a national register
}

table "public" "posts" {
  # author: takes the mask of public.logins.username, its key
  keep = ["id", "up"]
}

table "public" "products" {
  keep = ["id", "name", "description", "price"]
}

table "public" "uses" {
  # undecided: odd_code text: as its key public.codes.odd_code: masked with it, or kept here too
  keep = ["id"]
}

table "public" "visits" {
  # patient_mrn: takes the mask of public.patients.mrn, its key
  keep = ["id", "patient_id", "product_id", "at"]
  column "ip" { mask = ip() }                                            # ip (high): the name "ip" is that of an address of a network
  column "doctor_name" { mask = full_name() }                            # full_name (high): the name "doctor_name" is that of a person's name
  column "diagnosis" { mask = fixed("(removed)", { keep_null = true }) } # health (high): the name "diagnosis" is that of somebody's health
}

table "public" "顧客マスタ" {
  keep = ["id", "区分"]
  column "氏名" { mask = full_name("ja") } # full_name (high): the name "氏名" is that of a person's name
  column "電話番号" { mask = phone("ja") }   # phone (high): the name "電話番号" is that of a phone number
}
