package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec/source"
)

// declared is a variable block before it has its value.
type declared struct {
	block      *hclsyntax.Block
	content    *hcl.BodyContent
	name       string
	typ        cty.Type
	defaults   *typeexpr.Defaults
	sensitive  bool
	nullable   bool
	value      cty.Value // NilVal: none yet
	valueRange hcl.Range
}

// readVariables declares the variables and gives them their values: the default, then the env block, then
// SHOJI_VAR_x, then *.auto.vars.hcl, then -var and -var-file in their order.
func (l *loader) readVariables() {
	all := map[string]*declared{}
	var order []string
	for _, b := range l.of("variable") {
		d := l.declare(b)
		if first, twice := all[d.name]; twice {
			l.errorf(b.DefRange(), "Variable declared twice", "%q is declared at %s already.", d.name,
				rangeOf(first.block.DefRange()))
			continue
		}
		all[d.name] = d
		order = append(order, d.name)
	}
	sort.Strings(order)
	l.envVariables(all)
	for _, name := range order {
		if text, ok := l.options.LookupEnv("SHOJI_VAR_" + name); ok {
			l.fromText(all[name], text, "the environment variable SHOJI_VAR_"+name)
		}
	}
	for _, file := range l.autoFiles() {
		l.varFile(all, file)
	}
	for _, in := range l.options.Inputs {
		if in.Kind == InputFile {
			l.varFile(all, in.Value)
			continue
		}
		name, text, ok := strings.Cut(in.Value, "=")
		d := all[name]
		switch {
		case !ok:
			l.diags.Errorf(nil, "Wrong -var", "-var is written -var NAME=VALUE.")
		case d == nil && in.Kind == InputJSON: // it left the spec since: the digest says so
		case d == nil:
			l.diags.Errorf(nil, "Unknown variable", "-var names %q, which no variable block declares.%s", name,
				diag.DidYouMean(name, order))
		case in.Kind == InputJSON:
			l.fromJSON(d, text)
		default:
			l.fromText(d, text, "-var "+name)
		}
	}
	digest := sha256.New()
	for _, name := range order {
		l.settle(all[name], digest)
	}
	l.project.VariablesDigest = hex.EncodeToString(digest.Sum(nil))
}

func (l *loader) declare(b *hclsyntax.Block) *declared {
	d := &declared{block: b, name: b.Labels[0], typ: cty.DynamicPseudoType, nullable: true}
	content, ds := b.Body.Content(blockOf("variable").hclSchema())
	l.add(ds)
	d.content = content
	if a, ok := content.Attributes["type"]; ok {
		var ds hcl.Diagnostics
		d.typ, d.defaults, ds = typeexpr.TypeConstraintWithDefaults(a.Expr)
		l.add(ds)
	}
	in := &instance{l: l, block: b, content: content}
	if v := in.boolean("sensitive"); v != nil {
		d.sensitive = *v
	}
	if v := in.boolean("nullable"); v != nil {
		d.nullable = *v
	}
	if a, ok := content.Attributes["default"]; ok {
		v, ds := l.meter.value(a.Expr, nil)
		l.add(ds)
		if !ds.HasErrors() {
			l.set(d, v, a.Expr.Range())
		}
	}
	return d
}

// set gives a variable a value of its type. The value is not shown in an error.
func (l *loader) set(d *declared, v cty.Value, at hcl.Range) {
	if d.defaults != nil && !v.IsNull() {
		v = d.defaults.Apply(v)
	}
	out, err := convert.Convert(v, d.typ)
	if err != nil {
		l.errorf(at, "Wrong type of variable", "The value of %q must be %s.", d.name, d.typ.FriendlyNameForConstraint())
		return
	}
	if wrong := tooLarge(out); wrong != "" {
		l.errorf(at, "A value is too large", "The value of %q: %s", d.name, wrong)
		return
	}
	d.value, d.valueRange = out, at
}

// fromText reads a value of the command line or the environment: a string as it is, all else as HCL.
func (l *loader) fromText(d *declared, text, from string) {
	if d.typ == cty.String || d.typ == cty.DynamicPseudoType {
		l.set(d, cty.StringVal(text), d.block.DefRange())
		return
	}
	expr, ds := source.Parse(hclsyntax.ParseExpression, []byte(text), "<"+from+">")
	var v cty.Value
	if !ds.HasErrors() {
		v, ds = l.meter.value(expr, nil)
	}
	if ds.HasErrors() {
		l.errorf(d.block.DefRange(), "Wrong value of a variable", "The value that %s gives to %q cannot be read as %s.",
			from, d.name, d.typ.FriendlyNameForConstraint())
		return
	}
	l.set(d, v, d.block.DefRange())
}

// fromJSON reads a value as a plan keeps it.
func (l *loader) fromJSON(d *declared, text string) {
	t := d.typ
	if t == cty.DynamicPseudoType {
		var err error
		if t, err = ctyjson.ImpliedType([]byte(text)); err != nil {
			return
		}
	}
	if v, err := ctyjson.Unmarshal([]byte(text), t); err == nil {
		l.set(d, v, d.block.DefRange())
	}
}

// autoFiles lists shoji.vars.hcl and *.auto.vars.hcl, in lexical order.
func (l *loader) autoFiles() []string {
	var files []string
	for _, pattern := range []string{"shoji.vars.hcl", "*.auto.vars.hcl"} {
		found, err := filepath.Glob(filepath.Join(l.project.Dir, pattern))
		if err == nil {
			sort.Strings(found)
			files = append(files, found...)
		}
	}
	return files
}

func (l *loader) varFile(all map[string]*declared, name string) {
	src, err := projectfile.ReadAny(l.project.Dir, name, source.MaxBytes)
	if err != nil {
		l.diags.Errorf(nil, "A variable file cannot be read", "%s", err)
		return
	}
	shown := name
	if rel, err := filepath.Rel(l.project.Dir, name); err == nil && !strings.HasPrefix(rel, "..") {
		shown = rel
	}
	// Its text is not kept among the sources: a line of it may hold a sensitive value.
	file, ds := source.Parse(hclsyntax.ParseConfig, src, shown)
	l.add(ds)
	if ds.HasErrors() {
		return // what a parser makes of it may be anything, and its names would be shown
	}
	attrs, ds := file.Body.JustAttributes()
	l.add(ds)
	names := make([]string, 0, len(attrs))
	for n := range attrs {
		names = append(names, n)
	}
	sort.Strings(names)
	var known []string
	for n := range all {
		known = append(known, n)
	}
	for _, n := range names {
		a := attrs[n]
		d := all[n]
		if d == nil {
			l.warnf(a.NameRange, "Undeclared variable", "No variable block declares %q.%s", n,
				diag.DidYouMean(n, known))
			continue
		}
		v, ds := l.meter.value(a.Expr, nil)
		l.add(ds)
		if !ds.HasErrors() {
			l.set(d, v, a.Expr.Range())
		}
	}
}

// settle checks a variable's final value and makes it known to expressions.
func (l *loader) settle(d *declared, digest interface{ Write([]byte) (int, error) }) {
	v := d.value
	switch {
	case v == cty.NilVal:
		if _, broken := d.content.Attributes["default"]; !broken {
			l.errorf(d.block.DefRange(), "A variable has no value",
				"%q has no default. Give it with -var %s=…, a *.auto.vars.hcl file or SHOJI_VAR_%s.", d.name, d.name,
				d.name)
		}
		l.variables[d.name] = cty.DynamicVal
		return
	case v.IsNull() && !d.nullable:
		l.errorf(d.block.DefRange(), "A variable is null", "%q may not be null.", d.name)
	}
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		raw = []byte("null")
	}
	out := &Variable{Name: d.name, Sensitive: d.sensitive, Text: string(raw), Range: rangeOf(d.block.DefRange())}
	sum := sha256.Sum256(raw)
	_, _ = digest.Write([]byte(fmt.Sprintf("%s %s\n", d.name, hex.EncodeToString(sum[:]))))
	if d.sensitive {
		out.Text = secret.Redacted
		v = v.Mark(sensitive)
	}
	l.variables[d.name] = v
	l.project.Variables = append(l.project.Variables, out)
	l.validations(d, v)
}

func (l *loader) validations(d *declared, v cty.Value) {
	for _, b := range d.content.Blocks.OfType("validation") {
		content, ds := b.Body.Content(blockOf("variable.validation").hclSchema())
		l.add(ds)
		if ds.HasErrors() {
			continue
		}
		ctx := &hcl.EvalContext{
			Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{d.name: v})},
			Functions: functions(),
		}
		text, ds := l.validate(content, ctx)
		l.add(ds)
		if text != "" {
			l.errorf(d.block.DefRange(), fmt.Sprintf("The value of variable %q is not allowed", d.name), "%s", text)
		}
	}
}

// validate gives what a validation block says where its condition does not hold; "" where it does, or is wrong itself.
func (l *loader) validate(content *hcl.BodyContent, ctx *hcl.EvalContext) (text string, ds hcl.Diagnostics) {
	condition := content.Attributes["condition"].Expr
	ok, ds := l.meter.value(condition, ctx)
	if ds.HasErrors() {
		return "", ds
	}
	ok, _ = ok.UnmarkDeep()
	if ok.IsNull() || !ok.IsKnown() || ok.Type() != cty.Bool {
		at := condition.Range()
		return "", append(ds, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "A condition must be true or false",
			Detail:   "The condition of a validation is not a bool.",
			Subject:  &at,
		})
	}
	if ok.True() {
		return "", ds
	}
	message, wrong := l.meter.value(content.Attributes["error_message"].Expr, ctx)
	if !wrong.HasErrors() && !message.ContainsMarked() && message.Type() == cty.String && !message.IsNull() &&
		message.AsString() != "" {
		return message.AsString(), ds
	}
	return "The value does not hold the condition.", ds
}
