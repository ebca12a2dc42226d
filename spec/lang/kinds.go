package lang

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// blockKind is a kind of top-level block.
type blockKind struct {
	name    string
	labels  []string
	forEach bool
	doc     string
	declare func(b *body) // nil for locals, whose arguments are free
}

// kinds returns the kinds of blocks in the order of the documentation.
func kinds() []blockKind {
	name := []string{"name"}
	return []blockKind{
		{"project", name, false, "The project: at most one a directory.", declares(projectBlock)},
		{"variable", name, false, "An input, read as `var.NAME`.", declares(variableBlock)},
		{"locals", nil, false, "Names for expressions, read as `local.NAME`.", nil},
		{"env", name, false, "What differs between environments; chosen by `-env NAME`.", declares(envBlock)},
		{"lint", nil, false, "What `shoji lint` reports, and how severely: at most one a directory. " +
			"[The codes](lint.md#codes).", declares(lintBlock)},
		{"secret", name, true, "Where a secret is read from when it is needed. Its value is never in the spec.",
			declares(secretBlock)},
		{"database", name, true, "A PostgreSQL database.", declares(databaseBlock)},
		{"refresh", name, true, "A copy from a source to a target.", declares(refreshBlock)},
		{"table", []string{"schema", "name"}, true, "How one table crosses.", declares(tableBlock)},
		{"rule", name, true, "Columns or tables by patterns: `*` is any text, `?` one character, `{a,b}` either.",
			declares(ruleBlock)},
		{
			"link", name, true,
			"A relation that the catalog does not know: columns that refer to those of another table. " +
				"It masks as a foreign key does.", declares(linkBlock),
		},
		{
			"mask", name, false,
			"A mask of the team's own, used as `NAME(…)`, or as `mask.NAME` where every parameter has " +
				"a default.", declares(maskBlock),
		},
		{"test", name, true, "What a mask makes of inputs, run by `shoji test`. [How](testing-masks.md).",
			declares(testBlock)},
		{"notify", name, true, "A webhook that `shoji drift -notify NAME` sends a message to. [How](drift.md).",
			declares(notifyBlock)},
		{"role", name, true, "A role with its memberships and privileges. An attribute that is not written is not " +
			"managed.", declares(roleBlock)},
		{"aws", name, true, "An account of AWS in one region. Credentials come from where AWS's own tools find them.",
			declares(awsBlock)},
		{"cluster", name, true, "An Aurora cluster that exists. Only what is written is managed; it is never made or " +
			"deleted.", declares(clusterBlock)},
		{"kms_key", name, true, "A symmetric key of KMS, known by its alias. Its policy is generated.",
			declares(kmsKeyBlock)},
		{
			"iam_role", name, true,
			"A role of IAM. What it may do is generated from the buckets that it reads and writes.",
			declares(iamRoleBlock),
		},
		{"iam_policy", name, true, "A managed policy of IAM.", declares(iamPolicyBlock)},
		{
			"bucket", name, true,
			"A bucket for rows on their way: SSE-KMS, TLS only, no public access, objects owned by " +
				"the bucket's account.", declares(bucketBlock),
		},
		{"parameter_group", name, true, "A parameter group of RDS. A parameter that is not written is reset to its " +
			"default.", declares(parameterGroupBlock)},
	}
}

// declares returns what declares the arguments of a block without reading one.
func declares[T any](declare func(*body, *T)) func(*body) {
	return func(b *body) { declare(b, new(T)) }
}

// kindNamed returns the kind of that name, nil if there is none.
func kindNamed(name string) *blockKind {
	for _, k := range kinds() {
		if k.name == name {
			return &k
		}
	}
	return nil
}

func kindNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// schema returns what hcl decodes a block with.
func (k *blockKind) schema() *hcl.BodySchema {
	b := &body{}
	k.declare(b)
	s := b.schema()
	if k.forEach {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: "for_each"})
	}
	return s
}

// title returns how a block begins: table "SCHEMA" "NAME".
func (k *blockKind) title() string { return blockTitle(k.name, k.labels) }

func blockTitle(kind string, labels []string) string {
	for _, l := range labels {
		kind += fmt.Sprintf(" %q", strings.ToUpper(l))
	}
	return kind
}

// Markdown returns the reference of blocks in docs/spec.md.
func Markdown() string {
	var out strings.Builder
	for _, k := range kinds() {
		doc := k.doc
		if k.forEach {
			doc += " Takes `for_each`."
		}
		b := &body{}
		if k.declare != nil {
			k.declare(b)
		}
		b.document(&out, k.title(), k.name, doc)
	}
	return out.String()
}

// document writes the reference of a block; path are the kinds of blocks that it is in.
func (b *body) document(out *strings.Builder, title, path, doc string) {
	fmt.Fprintf(out, "### `%s`\n\n%s\n\n", title, doc)
	if len(b.args) > 0 {
		out.WriteString("| argument | type | |\n|---|---|---|\n")
	}
	for _, a := range b.args {
		doc := a.doc
		switch {
		case doc == "" && path == "role":
			doc = "As in `CREATE ROLE`."
		case doc == "":
			doc = "As in AWS."
		}
		if a.required {
			doc += " Required."
		}
		fmt.Fprintf(out, "| `%s` | %s | %s |\n", a.name, a.typ, doc)
	}
	if len(b.args) > 0 {
		out.WriteString("\n")
	}
	for _, n := range b.blocks {
		inner := &body{}
		n.declare(inner)
		path := path + " / " + n.kind
		inner.document(out, blockTitle(path, n.labels), path, n.doc)
	}
}
