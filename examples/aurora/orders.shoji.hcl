table "public" "products" {
  keep = ["sku", "name", "name_ja", "price", "stock", "attributes"]
}

table "public" "orders" {
  keep = ["number", "ship_to", "status", "total"]

  # It is in the links that customers get.
  column "public_id" {
    mask = uuid()
  }
  column "gift_message" {
    mask = free_text()
  }
}

table "public" "order_items" {
  keep = ["line", "quantity", "unit_price"]
}

table "public" "payments" {
  keep = ["method", "card_brand", "amount"]

  column "card_holder" {
    mask = sql("upper(left(card_holder, 1)) || '. HOLDER'")
  }
  column "card_last4" {
    mask = digits()
  }
  column "card_expiry" {
    mask = regex("[0-9]{2}$", "30")
  }
}
