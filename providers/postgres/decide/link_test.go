package decide_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
)

// link writes a link block.
func link(name, arguments string) string { return fmt.Sprintf("link %q {\n%s\n}\n", name, arguments) }

func TestLinks(t *testing.T) {
	const shop = `CREATE TABLE customers (id int PRIMARY KEY); CREATE TABLE orders (customer_ref int);`
	const posts = `CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE photos (id uuid PRIMARY KEY);
		CREATE TABLE comments (commentable_id text, commentable_type text)`
	const polymorphic = "type = \"commentable_type\"\nfrom = column(\"public\", \"comments\", \"commentable_id\")\n" +
		"to = {\n Post = column(\"public\", \"posts\", \"id\")\n Photo = column(\"public\", \"photos\", \"id\")\n}"
	const orders = "from = column(\"public\", \"orders\", \"customer_ref\")\n" +
		"to = column(\"public\", \"customers\", \"id\")"
	for name, c := range map[string]struct {
		sql, hcl  string
		decisions []string
		codes     string
		words     []string
	}{
		"a column": {shop, table("customers", "id=token()") + table("orders") + link("orders", orders),
			[]string{"orders.customer_ref=token() (link.orders to public.customers.id)"}, "", nil},
		"columns of a composite key": {
			`CREATE SCHEMA app; CREATE TABLE app.products (tenant int, code text);
				CREATE TABLE app.lines (tenant int, sku text)`,
			table("app.products", "tenant=hash()", "code=token()") + table("app.lines") +
				link("lines",
					"from = columns(\"app\", \"lines\", [\"sku\", \"tenant\"])\n"+
						"to = columns(\"app\", \"products\", [\"code\", \"tenant\"])"),
			[]string{
				"lines.sku=token() (link.lines to app.products.code)",
				"lines.tenant=hash() (link.lines to app.products.tenant)",
			}, "", nil},
		"a chain of a link and a foreign key": {
			`CREATE TABLE customers (id int PRIMARY KEY); CREATE TABLE orders (customer_ref int UNIQUE);
				CREATE TABLE lines (o int REFERENCES orders (customer_ref))`,
			table("customers", "id=token()") + table("orders") + table("lines") + link("orders", orders),
			[]string{"lines.o=token() (foreign key to public.orders.customer_ref)"}, "", nil},
		"many tenants, each to its own": {
			`CREATE SCHEMA tenant_a; CREATE SCHEMA tenant_b; CREATE TABLE tenant_a.users (id int);
				CREATE TABLE tenant_a.posts (author int); CREATE TABLE tenant_b.users (id int);
				CREATE TABLE tenant_b.posts (author int)`,
			table("tenant_a.users", "id=token()") + table("tenant_b.users", "id=token()") + table("tenant_a.posts") +
				table("tenant_b.posts") +
				link("authors",
					"from = column(\"tenant_*\", \"posts\", \"author\")\nto = column(\"tenant_*\", \"users\", \"id\")"),
			[]string{
				"posts.author=token() (link.authors to tenant_a.users.id)",
				"posts.author=token() (link.authors to tenant_b.users.id)",
			}, "", nil},
		"whatever has a column of a name": {
			`CREATE TABLE users (id int, created_by int); CREATE TABLE a (created_by int);
				CREATE TABLE b (updated_by int, n int)`,
			table("users", "id=token()") + table("a") + table("b", "n") +
				link("by",
					"from = column(\"public\", \"*\", \"{created,updated}_by\")\n"+
						"to = column(\"public\", \"users\", \"id\")"),
			[]string{
				"users.created_by=token() (link.by to public.users.id)",
				"a.created_by=token() (link.by to public.users.id)",
				"b.updated_by=token() (link.by to public.users.id)",
			}, "", nil},
		"partitions": {
			`CREATE TABLE users (id int) PARTITION BY LIST (id); CREATE TABLE users1 PARTITION OF users DEFAULT;
				CREATE TABLE a (u int, n int) PARTITION BY LIST (n); CREATE TABLE a1 PARTITION OF a DEFAULT;
				CREATE TABLE a2 PARTITION OF a FOR VALUES IN (2)`,
			table("users", "id") + table("a", "n", "u=token()") + table("a2", "n", "u=token()") +
				link("u", "from = column(\"public\", \"a\", \"u\")\nto = column(\"public\", \"users\", \"id\")"),
			nil, "key_differs key_differs", []string{"public.a2.u refers to public.users.id by link.u (main.hcl:"}},
		"a conflict": {
			shop, table("customers", "id=token()") + table("orders", "customer_ref=hash()") + link("orders", orders),
			nil, "key_differs",
			[]string{"main.hcl:18", "by link.orders (main.hcl:28)"},
		},
		"unknown names": {shop, table("customers", "id") + table("orders", "customer_ref") +
			link("a",
				"from = column(\"public\", \"order\", \"customer_ref\")\n"+
					"to = column(\"public\", \"customers\", \"id\")") +
			link("b",
				"from = column(\"public\", \"orders\", \"customer_re\")\n"+
					"to = column(\"public\", \"customers\", \"id\")") +
			link("c",
				"from = column(\"public\", \"orders\", \"customer_ref\")\n"+
					"to = column(\"public\", \"customer\", \"id\")") +
			link("d",
				"from = column(\"public\", \"orders\", \"customer_ref\")\n"+
					"to = column(\"public\", \"customers\", \"idd\")"),
			nil, "unknown_table unknown_column unknown_table unknown_column",
			[]string{
				`Did you mean "public.orders"?`, `Did you mean "customer_ref"?`, `Did you mean "public.customers"?`,
				`Did you mean "id"?`,
			}},
		"a pattern that matches nothing": {
			shop, table("customers", "id") + table("orders", "customer_ref") +
				link("a",
					"from = column(\"public\", \"order_*\", \"customer_ref\")\n"+
						"to = column(\"public\", \"customers\", \"id\")"),
			nil, "link_matches_nothing", nil,
		},
		"a skipped key": {
			shop, "table \"public\" \"customers\" {\n skip = true\n}\n" + table("orders", "customer_ref") +
				link("orders", orders), nil, "skipped_referenced", nil,
		},
		"a key without rows": {
			shop, "table \"public\" \"customers\" {\n data = false\n}\n" + table("orders", "customer_ref") +
				link("orders", orders), nil, "key_without_rows", nil,
		},
		"a part of the key": {
			shop, "table \"public\" \"customers\" {\n rows = \"id > 3\"\n keep = [\"id\"]\n}\n" +
				table("orders", "customer_ref") + link("orders", orders), nil, "key_rows",
			[]string{"Some may refer to rows that are not copied"},
		},
		"types that cannot meet": {
			`CREATE TABLE customers (id text PRIMARY KEY); CREATE TABLE orders (customer_ref int)`,
			table("customers", "id=token()") + table("orders") + link("orders", orders),
			nil, "mask_unfit", []string{"the key is text, and its masked values cannot be written as integer"}},
		"a key masked by its row": {
			`CREATE TABLE customers (id int PRIMARY KEY, staff bool);
				CREATE TABLE orders (customer_ref int, staff bool)`,
			table("customers", `id=when("staff", keep(), token())`, "staff") + table("orders", "staff") +
				link("orders", orders),
			nil, "mask_reads_row", nil},
		"by type, keys masked alike": {
			`CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE photos (id int PRIMARY KEY);
				CREATE TABLE comments (commentable_id int, commentable_type text)`,
			table("posts", "id=token()") + table("photos", "id=token()") + table("comments", "commentable_type") +
				link("c", polymorphic),
			[]string{
				"comments.commentable_id=token() (link.c to public.photos.id, public.posts.id by commentable_type)",
			}, "", nil},
		"by type, keys that differ": {
			posts, table("posts", "id=token()") + table("photos", "id=uuid()") + table("comments", "commentable_type") +
				link("c", polymorphic),
			[]string{
				"comments.commentable_id=by commentable_type { Photo = uuid(), Post = token() } (link.c to " +
					"public.photos.id, public.posts.id by commentable_type)",
			}, "", nil,
		},
		"by type, one kept": {
			posts, table("posts", "id") + table("photos", "id=uuid()") + table("comments", "commentable_type") +
				link("c", polymorphic),
			[]string{
				"comments.commentable_id=by commentable_type { Photo = uuid(), Post = keep() } (link.c to " +
					"public.photos.id, public.posts.id by commentable_type)",
			}, "", nil,
		},
		"by type, all kept: it decides nothing": {
			posts, table("posts", "id") + table("photos", "id") + table("comments", "commentable_type") +
				link("c", polymorphic), nil, "undecided", nil,
		},
		"by type, NOT NULL": {
			`CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE photos (id int PRIMARY KEY);
				CREATE TABLE comments (commentable_id int NOT NULL, commentable_type text)`,
			table("posts", "id=token()") + table("photos", "id=hash()") + table("comments", "commentable_type") +
				link("c", polymorphic),
			nil, "mask_unfit", []string{"give the link otherwise = MASK"}},
		"by type, NOT NULL, with otherwise": {
			`CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE photos (id int PRIMARY KEY);
				CREATE TABLE comments (commentable_id int NOT NULL, commentable_type text)`,
			table("posts", "id=token()") + table("photos", "id=hash()") + table("comments", "commentable_type") +
				link("c", polymorphic+"\notherwise = fixed(0)"),
			[]string{
				"comments.commentable_id=by commentable_type { Photo = hash(), Post = token(), otherwise = fixed(0) " +
					"} (link.c to public.photos.id, public.posts.id by commentable_type)",
			}, "", nil},
		"by type, decided otherwise": {
			posts, table("posts", "id=token()") + table("photos", "id=uuid()") +
				table("comments", "commentable_type", "commentable_id=hash()") + link("c", polymorphic),
			nil, "key_differs key_differs", nil,
		},
		"by a type that is not there": {
			`CREATE TABLE posts (id int PRIMARY KEY); CREATE TABLE photos (id int PRIMARY KEY);
				CREATE TABLE comments (commentable_id int, kind text)`,
			table("posts", "id") + table("photos", "id") + table("comments", "commentable_id", "kind") +
				link("c", polymorphic), nil, "unknown_column", []string{`no column "commentable_type"`}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, c.sql, c.hcl, c.decisions, c.codes, c.words...)
		})
	}
}

// TestLinkedValues: a link joins masked values as it did raw ones. What cannot be a key's value does not stop the
// export, and does not pass raw.
func TestLinkedValues(t *testing.T) {
	got := masked(t, `CREATE TABLE a (n int, id int UNIQUE); CREATE TABLE b (n int, ref text);
		CREATE TABLE c (n int, ref bigint NOT NULL); CREATE TABLE u (n int, id uuid UNIQUE);
		CREATE TABLE d (n int, ref text);
		INSERT INTO a VALUES (1, 7), (2, 1000), (3, 2147483647);
		INSERT INTO b VALUES (1, '7'), (2, '1000'), (3, '2147483647'), (4, 'Ada Lovelace'), (5, '99999999999'),
			(6, NULL), (7, ' 7'), (8, '123456789012345678901234567890'), (9, '');
		INSERT INTO c VALUES (1, 7), (2, 1000), (3, 2147483647), (4, 99999999999);
		INSERT INTO u VALUES (1, '6f1f4ca6-8a4e-4d7c-9f0a-1d6a5d3f8b11');
		INSERT INTO d VALUES (1, '6F1F4CA6-8A4E-4D7C-9F0A-1D6A5D3F8B11'), (2, 'Ada Lovelace')`,
		table("a", "n", "id=token()")+table("u", "n", "id=uuid()")+table("b", "n")+table("c", "n")+table("d", "n")+
			link("b", "from = column(\"public\", \"{b,c}\", \"ref\")\nto = column(\"public\", \"a\", \"id\")")+
			link("d", "from = column(\"public\", \"d\", \"ref\")\nto = column(\"public\", \"u\", \"id\")"),
		"a.id", "b.ref", "c.ref", "u.id", "d.ref")
	a, b, c, u, d := got[0], got[1], got[2], got[3], got[4]
	if !slices.Equal(a, b[:3]) || !slices.Equal(a, c[:3]) || !slices.Equal(u, d[:1]) {
		t.Errorf("joins do not hold: %v", got)
	}
	for i, raw := range []string{"Ada Lovelace", "99999999999", "", " 7", "123456789012345678901234567890"} {
		if masked := b[3+i]; masked == raw || i != 2 && !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(masked) ||
			i == 2 && masked != "NULL" {
			t.Errorf("%q becomes %q", raw, masked)
		}
	}
	if b[8] != "" || c[3] == "99999999999" || c[3] == "NULL" || d[1] == "Ada Lovelace" {
		t.Errorf("%v", got)
	}
}

// TestPolymorphicValues: each row is masked as the key that its type names.
func TestPolymorphicValues(t *testing.T) {
	got := masked(t, `CREATE TABLE posts (n int, id int UNIQUE); CREATE TABLE photos (n int, id uuid UNIQUE);
		CREATE TABLE tags (n int, id int UNIQUE); CREATE TABLE comments (n int, kind varchar(20), id text);
		INSERT INTO posts VALUES (1, 7); INSERT INTO photos VALUES (1, '6f1f4ca6-8a4e-4d7c-9f0a-1d6a5d3f8b11');
		INSERT INTO tags VALUES (1, 7);
		INSERT INTO comments VALUES (1, 'Post', '7'), (2, 'Photo', '6f1f4ca6-8a4e-4d7c-9f0a-1d6a5d3f8b11'),
			(3, 'Tag', '7'), (4, 'Secret', 'Ada Lovelace'), (5, NULL, 'Ada Lovelace'), (6, 'Post', 'Ada Lovelace'),
			(7, 'Post', NULL)`,
		table("posts", "n", "id=token()")+table("photos", "n", "id=uuid()")+table("tags", "n", "id")+
			table("comments", "n", "kind")+
			link("c",
				"type = \"kind\"\nfrom = column(\"public\", \"comments\", \"id\")\nto = {\n"+
					" Post = column(\"public\", \"posts\", \"id\")\n Photo = column(\"public\", \"photos\", \"id\")\n"+
					" Tag = column(\"public\", \"tags\", \"id\")\n}"),
		"posts.id", "photos.id", "comments.id")
	posts, photos, comments := got[0], got[1], got[2]
	if comments[0] != posts[0] || comments[1] != photos[0] || comments[2] != "7" || comments[3] != "NULL" ||
		comments[4] != "NULL" || comments[5] == "Ada Lovelace" || comments[6] != "NULL" {
		t.Errorf("%v", got)
	}
}

// TestLinkedPartitions: a partition is masked as its parent would be, also where that is in the type of a key.
func TestLinkedPartitions(t *testing.T) {
	const sql = `CREATE TABLE posts (n int, id int UNIQUE); CREATE TABLE photos (n int, id int UNIQUE);
		CREATE TABLE comments (n int, kind text, id text, post text) PARTITION BY LIST (n);
		CREATE TABLE comments1 PARTITION OF comments DEFAULT;
		INSERT INTO posts VALUES (1, 7);
		INSERT INTO comments VALUES (1, 'Post', '7', '7'), (2, 'Photo', 'Ada Lovelace', 'Ada Lovelace')`
	got := masked(t, sql, table("posts", "n", "id=token()")+table("photos", "n", "id=token()")+
		table("comments", "n", "kind")+
		link("p", "from = column(\"public\", \"comments\", \"post\")\nto = column(\"public\", \"posts\", \"id\")")+
		link("c",
			"type = \"kind\"\nfrom = column(\"public\", \"comments\", \"id\")\nto = {\n"+
				" Post = column(\"public\", \"posts\", \"id\")\n Photo = column(\"public\", \"photos\", \"id\")\n}"),
		"posts.id", "comments1.id", "comments1.post")
	if got[0][0] != got[1][0] || got[0][0] != got[2][0] || got[1][1] == "Ada Lovelace" || got[2][1] == "Ada Lovelace" {
		t.Errorf("%v", got)
	}
}

// TestStrangersPassNothing: a mask that leaves a part of its key leaves nothing of what is no key.
func TestStrangersPassNothing(t *testing.T) {
	got := masked(t,
		`CREATE TABLE a (n int, id int); CREATE TABLE b (n int, ref text); INSERT INTO a VALUES (1, 17);
			INSERT INTO b VALUES (1, '17'), (2, 'Ada Lovelace')`,
		table("a", "n", "id=truncate(10)")+table("b", "n")+
			link("b", "from = column(\"public\", \"b\", \"ref\")\nto = column(\"public\", \"a\", \"id\")"), "a.id",
		"b.ref")
	if fmt.Sprint(got) != "[[10] [10 NULL]]" {
		t.Errorf("%v", got)
	}
}
