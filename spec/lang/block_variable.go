package lang

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
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
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/source"
)

// variable is a variable block, with the value that it has so far.
type variable struct {
	name                string
	typeExpr, initial   hcl.Expression
	typ                 cty.Type
	defaults            *typeexpr.Defaults
	sensitive, nullable bool
	validations         []*validation
	place               diag.Range
	value               cty.Value // NilVal: none yet
}

// validation is a validation block, of a variable or of a parameter.
type validation struct {
	condition, message hcl.Expression
	place              diag.Range
}

func variableBlock(b *body, v *variable) {
	v.nullable = true
	b.optional("type", rawExpression("type", &v.typeExpr), nil,
		"`string`, `number`, `bool`, `list(string)`, `object({ … })`, ….")
	b.optional("default", rawExpression("any", &v.initial), nil, "The value if nothing else sets one.")
	b.optional("description", unread("string"), nil, "What it is for.")
	b.optional("sensitive", boolean(&v.sensitive), nil, "Its value is never shown.")
	b.optional("nullable", boolean(&v.nullable), nil, "Whether it may be null; true by default.")
	b.nested("validation", "A condition on the value.", func(n *body) { validationBlock(n, &v.validations) })
}

func validationBlock(b *body, into *[]*validation) {
	v := &validation{}
	b.required("condition", rawExpression("bool", &v.condition), nil, "Must be true.")
	b.required("error_message", rawExpression("string", &v.message), nil, "The error if it is not.")
	b.derive(func() {
		v.place = b.place
		*into = append(*into, v)
	})
}

// variables are the variable blocks by name.
type variables struct {
	*reader
	byName map[string]*variable
}

// readVariables returns the variables their values: the default, then the env block, then SHOJI_VAR_x, then
// *.auto.vars.hcl, then -var and -var-file in their order.
func readVariables(r *reader, env *environment, o Options) {
	vs := &variables{r, map[string]*variable{}}
	for _, b := range r.of("variable") {
		vs.declare(b)
	}
	names := sortedKeys(vs.byName)
	vs.setFromEnvironment(env)
	for _, name := range names {
		if text, ok := r.project.LookupEnv("SHOJI_VAR_" + name); ok {
			vs.setText(vs.byName[name], text, "the environment variable SHOJI_VAR_"+name)
		}
	}
	for _, file := range automaticFiles(r.project.Files) {
		src, err := projectfile.ReadFS(r.project.Files, file, source.MaxBytes)
		vs.setFromFile(file, src, err)
	}
	for _, in := range o.Inputs {
		vs.setInput(in, o.Earlier)
	}
	digest := sha256.New()
	for _, name := range names {
		_, _ = digest.Write(vs.settle(vs.byName[name]))
	}
	r.project.VariablesDigest = hex.EncodeToString(digest.Sum(nil))
}

func (vs *variables) declare(b *hclsyntax.Block) {
	v := &variable{name: b.Labels[0], typ: cty.DynamicPseudoType, place: rangeOf(b.DefRange())}
	vs.decode(instance{Block: b}, func(b *body) { variableBlock(b, v) })
	if v.typeExpr != nil {
		var ds hcl.Diagnostics
		v.typ, v.defaults, ds = typeexpr.TypeConstraintWithDefaults(v.typeExpr)
		vs.add(ds)
	}
	if v.initial != nil {
		vs.setExpression(v, v.initial)
	}
	if first, twice := vs.byName[v.name]; twice {
		vs.errorf(v.place, "Variable declared twice", "%q is declared at %s already.", v.name, first.place)
		return
	}
	vs.byName[v.name] = v
}

// set returns a variable a value of its type. The value is not shown in an error.
func (vs *variables) set(v *variable, given cty.Value, at diag.Range) {
	if v.defaults != nil && !given.IsNull() {
		given = v.defaults.Apply(given)
	}
	out, err := convert.Convert(given, v.typ)
	if err != nil {
		vs.errorf(at, "Invalid variable type", "The value of %q must be %s.", v.name,
			v.typ.FriendlyNameForConstraint())
		return
	}
	if wrong := tooLarge(out); wrong != "" {
		vs.errorf(at, "Value too large", "The value of %q: %s", v.name, wrong)
		return
	}
	v.value = out
}

// setExpression returns a variable the value of an expression that refers to nothing.
func (vs *variables) setExpression(v *variable, e hcl.Expression) {
	given, ds := vs.evaluate(e, nil)
	vs.add(ds)
	if !ds.HasErrors() {
		vs.set(v, given, rangeOf(e.Range()))
	}
}

// setText reads a value of the command line or the environment: a string as it is, all else as HCL.
func (vs *variables) setText(v *variable, text, from string) {
	if v.typ == cty.String || v.typ == cty.DynamicPseudoType {
		vs.set(v, cty.StringVal(text), v.place)
		return
	}
	expr, ds := source.Parse(hclsyntax.ParseExpression, []byte(text), "<"+from+">")
	var given cty.Value
	if !ds.HasErrors() {
		given, ds = vs.evaluate(expr, nil)
	}
	if ds.HasErrors() {
		vs.errorf(v.place, "Invalid value for variable", "The value that %s gives to %q cannot be read as %s.", from,
			v.name,
			v.typ.FriendlyNameForConstraint())
		return
	}
	vs.set(v, given, v.place)
}

// setJSON reads a value as a plan keeps it.
func (vs *variables) setJSON(v *variable, text string) {
	t := v.typ
	if t == cty.DynamicPseudoType {
		var err error
		if t, err = ctyjson.ImpliedType([]byte(text)); err != nil {
			return
		}
	}
	if given, err := ctyjson.Unmarshal([]byte(text), t); err == nil {
		vs.set(v, given, v.place)
	}
}

// setInput sets what one flag gives. passOver says that a variable which is not declared is no mistake.
func (vs *variables) setInput(in Input, passOver bool) {
	if in.Kind == InputFile {
		src, err := projectfile.ReadAny(vs.project.Dir, in.Value, source.MaxBytes)
		shown := in.Value
		if rel, err := filepath.Rel(vs.project.Dir, shown); err == nil && !strings.HasPrefix(rel, "..") {
			shown = rel
		}
		vs.setFromFile(shown, src, err)
		return
	}
	name, text, ok := strings.Cut(in.Value, "=")
	v := vs.byName[name]
	switch {
	case !ok:
		vs.diags.Errorf(nil, "Invalid -var", "-var is written -var NAME=VALUE.")
	case v == nil && (passOver || in.Kind == InputJSON): // removed from the spec since: the digest differs
	case v == nil:
		vs.diags.Errorf(nil, "Unknown variable", "-var names %q, which no variable block declares.%s", name,
			diag.DidYouMean(name, sortedKeys(vs.byName)))
	case in.Kind == InputJSON:
		vs.setJSON(v, text)
	default:
		vs.setText(v, text, "-var "+name)
	}
}

// setFromEnvironment sets the variables that the chosen env block gives.
func (vs *variables) setFromEnvironment(env *environment) {
	if env.variables == nil {
		return
	}
	given, ds := vs.evaluate(env.variables, nil)
	vs.add(ds)
	if ds.HasErrors() || given.IsNull() || !given.Type().IsObjectType() {
		return
	}
	values, at := given.AsValueMap(), rangeOf(env.variables.Range())
	for _, name := range sortedKeys(values) {
		if v := vs.byName[name]; v != nil {
			vs.set(v, values[name], at)
		} else {
			vs.unknown(at, "Unknown variable", name, sortedKeys(vs.byName))
		}
	}
}

// automaticFiles returns shoji.vars.hcl and *.auto.vars.hcl, in lexical order. A link is one of them, wherever it
// leads.
func automaticFiles(tree fs.FS) []string {
	entries, _ := fs.ReadDir(tree, ".") // reported when the spec was read
	var first, others []string
	for _, e := range entries { // sorted by name
		switch name := e.Name(); {
		case name == "shoji.vars.hcl":
			first = append(first, name)
		case strings.HasSuffix(name, ".auto.vars.hcl"):
			others = append(others, name)
		}
	}
	return append(first, others...)
}

// setFromFile sets what a file gives. err says why it could not be read.
func (vs *variables) setFromFile(shown string, src []byte, err error) {
	if err != nil {
		vs.diags.Errorf(nil, "A variable file cannot be read", "%s", err)
		return
	}
	// Its text is not kept among the sources: a line of it may hold a sensitive value.
	file, ds := source.Parse(hclsyntax.ParseConfig, src, shown)
	vs.add(ds)
	if ds.HasErrors() {
		return // what a parser makes of it may be anything, and its names would be shown
	}
	attrs, ds := file.Body.JustAttributes()
	vs.add(ds)
	for _, name := range sortedKeys(attrs) {
		if v := vs.byName[name]; v != nil {
			vs.setExpression(v, attrs[name].Expr)
			continue
		}
		at := rangeOf(attrs[name].NameRange)
		vs.diags.Warnf(&at, "Undeclared variable", "No variable block declares %q.%s", name,
			diag.DidYouMean(name, slices.Collect(maps.Keys(vs.byName))))
	}
}

// settle checks a variable's final value and makes it known to expressions. It returns what the digest covers.
func (vs *variables) settle(v *variable) []byte {
	final := v.value
	if final == cty.NilVal {
		if v.initial == nil {
			vs.errorf(v.place, "No value for required variable",
				"%q has no default. Give it with -var %s=…, a *.auto.vars.hcl "+
					"file or SHOJI_VAR_%s.", v.name, v.name, v.name)
		}
		vs.scope.set("var", v.name, cty.DynamicVal)
		return nil
	}
	if final.IsNull() && !v.nullable {
		vs.errorf(v.place, "Variable must not be null", "%q may not be null.", v.name)
	}
	raw, err := ctyjson.Marshal(final, final.Type())
	if err != nil {
		raw = []byte("null")
	}
	out := &spec.Variable{Name: v.name, Sensitive: v.sensitive, Text: string(raw), Range: v.place}
	if v.sensitive {
		out.Text = secret.Redacted
		final = final.Mark(sensitive)
	}
	vs.scope.set("var", v.name, final)
	vs.project.Variables = append(vs.project.Variables, out)
	for _, check := range v.validations {
		message, ds := vs.validate(check, "var", v.name, final)
		vs.add(ds)
		if message != "" {
			vs.errorf(v.place, fmt.Sprintf("The value of variable %q is not allowed", v.name), "%s", message)
		}
	}
	sum := sha256.Sum256(raw)
	return fmt.Appendf(nil, "%s %s\n", v.name, hex.EncodeToString(sum[:]))
}

// validate returns the message of a validation if its condition, which mentions the value as root.name, does not hold.
func (s *scope) validate(v *validation, root, name string, given cty.Value) (string, hcl.Diagnostics) {
	if v.condition == nil || v.message == nil {
		return "", nil // reported already
	}
	ctx := &hcl.EvalContext{
		Variables: map[string]cty.Value{root: cty.ObjectVal(map[string]cty.Value{name: given})},
		Functions: functions(),
	}
	holds, ds := s.evaluate(v.condition, ctx)
	if ds.HasErrors() {
		return "", ds
	}
	holds, _ = holds.UnmarkDeep()
	if holds.IsNull() || !holds.IsKnown() || holds.Type() != cty.Bool {
		at := v.condition.Range()
		return "", append(ds, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "Invalid validation result",
			Detail:   "The condition of a validation is not a bool.",
			Subject:  &at,
		})
	}
	if holds.True() {
		return "", ds
	}
	message, wrong := s.evaluate(v.message, ctx)
	if !wrong.HasErrors() && !message.ContainsMarked() && message.Type() == cty.String && !message.IsNull() &&
		message.AsString() != "" {
		return message.AsString(), ds
	}
	return "The value does not satisfy the condition.", ds
}
