package spec

import (
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
)

// Block describes one kind of block: decoding accepts exactly this, and docs/spec.md is generated from it.
type Block struct {
	Type       string
	Labels     []string
	Doc        string
	ForEach    bool
	Attributes []Attribute
	Blocks     []Block
	// Free accepts any attribute name: locals.
	Free bool
}

// Attribute is one argument of a block.
type Attribute struct {
	Name, Type, Doc string
	Required        bool
}

// BlockSchema lists the blocks of a spec in the order of the documentation.
func BlockSchema() []Block {
	privileges := []Attribute{
		{
			"privileges", "list of strings",
			"`SELECT`, `USAGE`, …, or `ALL`, which is expanded for the kind of object and the server's version.", true,
		},
		{"with_grant_option", "bool", "Let the role grant them on (hazard `EXPOSES_DATA`).", false},
	}
	return append([]Block{
		{
			Type:   "project",
			Labels: []string{"name"},
			Doc:    "The project: at most one a directory.",
			Attributes: []Attribute{
				{"required_version", "string", "Versions of shoji that may read this spec: `\">= 0.1, < 2\"`.", false},
				{
					"schema_lock", "string",
					"What `plan` makes of a source that is not as `schema.lock.json` says: `\"warn\"` (default), or " +
						"`\"strict\"`: an error, as is a lock that is missing.", false,
				}},
			Blocks: []Block{{
				Type: "journal",
				Doc:  "Where the journal is kept; the directory `.shoji` beside the spec without it.",
				Attributes: []Attribute{
					{"path", "string", "A directory, relative to the spec.", false},
					{
						"database", "database.x",
						"A schema `shoji` in that database, for runners that do not keep their disks.", false,
					}},
			}},
		},
		{Type: "variable", Labels: []string{"name"}, Doc: "An input, read as `var.NAME`.", Attributes: []Attribute{
			{"type", "type", "`string`, `number`, `bool`, `list(string)`, `object({ … })`, ….", false},
			{"default", "any", "The value when nothing else gives one.", false},
			{"description", "string", "What it is for.", false},
			{"sensitive", "bool", "Its value is shown nowhere.", false},
			{"nullable", "bool", "Whether it may be null; true unless said.", false}},
			Blocks: []Block{{Type: "validation", Doc: "A condition on the value.", Attributes: []Attribute{
				{"condition", "bool", "Must be true.", true},
				{"error_message", "string", "What to say where it is not.", true},
			}}}},
		{Type: "locals", Doc: "Names for expressions, read as `local.NAME`.", Free: true},
		{
			Type:   "env",
			Labels: []string{"name"},
			Doc:    "What differs between environments; chosen by `-env NAME`.",
			Attributes: []Attribute{
				{"variables", "object", "Values of variables, above their defaults and below everything else.", false},
				{"allow", "list of strings", "Hazards that need no `-allow`.", false},
				{
					"protected", "bool",
					"`apply` wants a saved plan, and a live copy that nothing can be [compared " +
						"with](plan-and-apply.md#what-crosses-now-and-did-not) is the hazard `EXPOSES_DATA`.", false,
				}},
		},
		{
			Type: "lint",
			Doc:  "What `shoji lint` reports, and how severely: at most one a directory. [The codes](lint.md#codes).",
			Attributes: []Attribute{
				{"disable", "list of strings", "Codes that are not reported.", false},
				{"severity", "object", "`\"error\"`, `\"warning\"` or `\"note\"` by code.", false}},
		},
		{
			Type:    "secret",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "Where a secret is read from when it is needed. Its value is never in the spec.",
			Attributes: []Attribute{
				{"env", "string", "An environment variable.", false},
				{"file", "string", "A file, relative to the spec; one newline at its end is cut off.", false}},
		},
		{
			Type:    "database",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "A PostgreSQL database.",
			Attributes: []Attribute{
				{
					"url", "string or secret.x",
					"`postgres://user@host:5432/db?sslmode=verify-full`, without a password; or a " +
						"secret that holds the whole URL.", true,
				},
				{"password", "secret.x", "The password.", false},
				{
					"cluster", "cluster.x",
					"The Aurora cluster that the database is in. A URL that names no host gets its endpoint: " +
						"`postgres://user@/db?sslmode=verify-full`.", false,
				},
				{
					"endpoint", "string", "Of the cluster: `\"writer\"` (default), or the identifier of an instance.",
					false,
				},
				{
					"iam", "bool",
					"Connect with an IAM token instead of a password; needs `cluster` and TLS. " +
						"[How](iam-authentication.md).", false,
				},
				{
					"maintenance", "string",
					"The database to connect to for creating and renaming databases; `postgres` unless said.", false,
				},
				{
					"insecure", "string",
					"Lets passwords and keys go to a server that has not proven who it is: `\"any_host\"`, " +
						"`\"unverified_tls\"` or `\"no_tls\"`. [What is asked for without " +
						"it](#what-a-server-has-to-prove).",
					false,
				},
				{
					"pooler", "string",
					"`\"session\"`: a pooler is in front of the server that leaves a session to its " +
						"client for as long as that " +
						"stays. Other poolers are refused.", false,
				},
				{
					"plan_timeout", "number",
					"Seconds that a statement of `plan` or `inspect` may take, 60 unless said; a shorter " +
						"`statement_timeout` of the user holds. A run has no limit.", false,
				}},
		},
		{
			Type:    "refresh",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "A copy from a source to a target.",
			Attributes: []Attribute{
				{"from", "database.x", "The source. It is only read.", true},
				{"to", "database.x", "The target.", true},
				{
					"key", "secret.x",
					"The key of keyed masks, 16 bytes or more. The same key gives the same masked values.", false,
				},
				{
					"mode", "string",
					"`\"swap\"` (default): build beside the live copy, then rename. `\"replace\"`: fill the live " +
						"tables in one transaction.", false,
				},
				{"schemas", "list of strings", "Only these schemas; all of the source's without it.", false},
				{"jobs", "number", "Connections to each side, 1 to 64; 4 unless said.", false},
				{
					"foreign_keys", "string",
					"In mode replace: `\"auto\"` (default), `\"order\"`, `\"constraints\"`, `\"replica\"` or " +
						"`\"parameter_group\"`.", false,
				},
				{"verify", "string", "`\"sample\"` (default), `\"full\"` or `\"off\"`.", false},
				{
					"min_changed", "number",
					"The share of each masked column's values that its mask must change, 0 " +
						"to 1; without it, at least " +
						"one value. [Why](masks.md#a-mask-that-changes-nothing).", false,
				},
				{
					"disconnect", "string",
					"Sessions on the live copy at the swap: `\"terminate\"` (default) or `\"wait\"`.", false,
				},
				{"owner", "string or role.x", "Who owns the objects of the copy; who connects, unless said.", false},
				{
					"via", "bucket.x",
					"Rows are staged in this bucket; without it they go straight from source to target.", false,
				},
				{
					"export", "string",
					"Who writes the bucket: `\"server\"` (the source, by `aws_s3`), `\"client\"` (shoji), or " +
						"`\"auto\"` (default), and the plan says why.", false,
				},
				{
					"import", "string",
					"Who reads the bucket: `\"server\"` (the target, by `aws_s3`), `\"client\"` (shoji), or " +
						"`\"auto\"` (default).", false,
				}},
			Blocks: append(copyBlocks(), schemaBlock()),
		},
		{
			Type:    "table",
			Labels:  []string{"schema", "name"},
			ForEach: true,
			Doc:     "How one table crosses.",
			Attributes: []Attribute{
				{"rows", "string", "A SQL condition: only these rows.", false},
				{
					"calls",
					"list of strings",
					"Functions of the source, as `\"schema.name\"`, that reading the table may run although they are " +
						"neither PostgreSQL's own nor an extension's. " +
						"[Why](masks.md#code-of-the-source).",
					false,
				},
				{"keep", "list of strings", "Columns that cross as they are.", false},
				{"data", "bool", "`false`: structure, no rows.", false},
				{"skip", "bool", "`true`: not in the copy.", false},
				{"refreshes", "list of refresh.x", "Only for these refreshes.", false},
				{"schema", "string", "Instead of the first label, for `for_each`.", false},
				{"name", "string", "Instead of the second label, for `for_each`.", false}},
			Blocks: []Block{{Type: "column", Labels: []string{"name"}, Doc: "One column.", Attributes: []Attribute{
				{"mask", "mask", "Its mask.", true},
				{
					"min_changed", "number", "As in the refresh, for this column: 0 where the mask may change nothing.",
					false,
				}}}},
		},
		{
			Type:    "rule",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "Columns or tables by patterns: `*` is any text, `?` one character, `{a,b}` either.",
			Attributes: []Attribute{
				{"mask", "mask", "For the columns that match; `keep()` too.", false},
				{"min_changed", "number", "As in the refresh, for these columns.", false},
				{"data", "bool", "`false`: the tables that match cross without rows.", false},
				{"skip", "bool", "`true`: the tables that match are not in the copy.", false},
				{"refreshes", "list of refresh.x", "Only for these refreshes.", false}},
			Blocks: []Block{{
				Type: "match",
				Doc:  "What the rule is about. All that is written must match; a list means any of it.",
				Attributes: []Attribute{
					{"schema", "string or list", "Schemas.", false},
					{"table", "string or list", "Tables; a pattern with a dot is `schema.table`.", false},
					{"column", "string or list", "Columns.", false},
					{"type", "string or list", "Types as PostgreSQL prints them, with or without `(n)`.", false},
					{
						"tag", "string or list",
						"Marks in comments (`#pii`, `@pii`), or what a column is recognised as: `email`, `phone`, ….",
						false,
					},
				},
			}},
		},
		{
			Type:    "link",
			Labels:  []string{"name"},
			ForEach: true,
			Doc: "A relation that the catalog does not know: columns that refer to those of another table. It " +
				"masks as a foreign key does.",
			Attributes: []Attribute{
				{
					"from", "column or columns",
					"The referring side: `column(schema, table, column)` or `columns(schema, table, [columns])`, " +
						"with patterns if wanted.", true,
				},
				{
					"to", "column, columns or object",
					"The key; with `type` an object of one for each value of that column. A schema that is written " +
						"as in `from` is the one that matched there.", true,
				},
				{"type", "string", "The column of the referring table that says which key is meant.", false},
				{
					"otherwise", "mask",
					"For rows whose value or type is none that the link knows; `null_value()` unless said.", false,
				},
				{"refreshes", "list of refresh.x", "Only for these refreshes.", false}},
		},
		{
			Type:   "mask",
			Labels: []string{"name"},
			Doc: "A mask of the team's own, used as `NAME(…)`, or as `mask.NAME` where " +
				"every parameter has a default.",
			Attributes: []Attribute{{"value", "mask", "What it stands for.", true}},
			Blocks: []Block{{
				Type:   "param",
				Labels: []string{"name"},
				Doc: "A parameter, read in the value as `param.NAME`. Given by name, `NAME({ prefix = \"c_\" })`, " +
					"or in the order of the blocks, `NAME(\"c_\")`.",
				Attributes: []Attribute{
					{"type", "type", "As a variable's, or `mask`.", false},
					{"default", "any", "The value where a call gives none.", false}},
				Blocks: []Block{{Type: "validation", Doc: "A condition on the value.", Attributes: []Attribute{
					{"condition", "bool", "Must be true.", true},
					{"error_message", "string", "What to say where it is not.", true},
				}}},
			}},
		},
		{
			Type:    "role",
			Labels:  []string{"name"},
			ForEach: true,
			Doc:     "A role with its memberships and privileges. An attribute that is not written is not managed.",
			Attributes: []Attribute{
				{"in", "database.x", "A database of the cluster; grants are about that database.", true},
				{"name", "string", "The role's name, where it is not the label.", false},
				{"login", "bool", "", false},
				{"inherit", "bool", "", false},
				{"createdb", "bool", "", false},
				{"createrole", "bool", "", false},
				{"replication", "bool", "", false},
				{"bypassrls", "bool", "", false},
				{"superuser", "bool", "", false},
				{"connection_limit", "number", "", false},
				{"valid_until", "string", "A timestamp.", false},
				{"password", "secret.x", "Sent as a SCRAM verifier only.", false},
				{"password_version", "string", "A change of it sets the password again.", false},
				{
					"iam", "bool",
					"`true`: it connects with [IAM tokens](iam-authentication.md) and with no " +
						"password: a member of `rds_iam`.", false,
				},
				{"settings", "map of strings", "`ALTER ROLE … SET`.", false},
				{"member_of", "list", "Roles, names, or `{ role, admin, inherit, set }`.", false},
				{"comment", "string", "", false},
				{"mode", "string", "`\"additive\"` (default) or `\"authoritative\"`.", false},
				{
					"on_remove", "string",
					"When the block is gone: `\"disable\"` (default), `\"drop\"` or `\"forget\"`.", false,
				},
				{"reassign_to", "string or role.x", "Who gets what a dropped role owned.", false},
			},
			Blocks: []Block{
				{
					Type: "grant",
					Doc:  "Privileges on objects.",
					Attributes: append([]Attribute{{
						"on", "selector",
						"`database()`, `schema(s)`, `table(s, t)`, `table(s, t, [columns])`, `all_tables(s)`, " +
							"`sequence(s, q)`, `all_sequences(s)`, `function(s, \"f(integer)\")`, " +
							"`all_functions(s)` or `type(s, t)`.", true,
					}}, privileges...),
				},
				{
					Type: "default_privileges",
					Doc:  "Privileges on what a role creates later.",
					Attributes: append([]Attribute{
						{"for_role", "string or role.x", "Whose objects.", true},
						{"schema", "string", "Only in that schema.", false},
						{
							"on", "string",
							"`\"tables\"`, `\"sequences\"`, `\"functions\"`, `\"types\"` or `\"schemas\"`.", true,
						},
					}, privileges...),
				}},
		},
	}, awsBlocks()...)
}

// hclSchema gives the schema that hcl decodes with.
func (b Block) hclSchema() *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, a := range b.Attributes {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.Name, Required: a.Required})
	}
	if b.ForEach {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: "for_each"})
	}
	for _, n := range b.Blocks {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: n.Type, LabelNames: n.Labels})
	}
	return s
}

// blockSchema is made once: it is asked for each block of a spec.
var blockSchema = sync.OnceValue(BlockSchema)

// blockOf finds a kind of block; nested ones by "role.grant".
func blockOf(path string) Block {
	list := blockSchema()
	var found Block
	for _, part := range strings.Split(path, ".") {
		for _, b := range list {
			if b.Type == part {
				found, list = b, b.Blocks
				break
			}
		}
	}
	return found
}

// SchemaMarkdown is the reference of blocks in docs/spec.md.
func SchemaMarkdown() string {
	var b strings.Builder
	for _, block := range BlockSchema() {
		writeBlock(&b, block, "")
	}
	return b.String()
}

func writeBlock(b *strings.Builder, block Block, parent string) {
	title := strings.TrimSpace(parent + " " + block.Type)
	for _, l := range block.Labels {
		title += fmt.Sprintf(" %q", strings.ToUpper(l))
	}
	fmt.Fprintf(b, "### `%s`\n\n%s", title, block.Doc)
	if block.ForEach {
		b.WriteString(" Takes `for_each`.")
	}
	b.WriteString("\n\n")
	if len(block.Attributes) > 0 {
		b.WriteString("| argument | type | |\n|---|---|---|\n")
		for _, a := range block.Attributes {
			doc := a.Doc
			if doc == "" {
				if doc = "As in `CREATE ROLE`."; block.Type != "role" {
					doc = "As in AWS."
				}
			}
			if a.Required {
				doc += " Required."
			}
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", a.Name, a.Type, doc)
		}
		b.WriteString("\n")
	}
	for _, n := range block.Blocks {
		writeBlock(b, n, strings.TrimSpace(parent+" "+block.Type)+" /")
	}
}
