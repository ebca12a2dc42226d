package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/spec/source"
)

// InputKind tells -var from -var-file.
type InputKind int

const (
	InputVar InputKind = iota
	InputFile
	// InputJSON is NAME=JSON: the value of a saved plan.
	InputJSON
)

// Input is one -var or -var-file; a later one wins.
type Input struct {
	Kind  InputKind
	Value string
}

// Options are what Load takes besides the files.
type Options struct {
	Env       string
	Inputs    []Input // in the order of the command line
	LookupEnv func(string) (string, bool)
	Version   string // of this shoji, for required_version
	// Runner is what whoever runs shoji lets the spec reach.
	Runner allow.Runner
}

// Load reads the *.hcl files of dir as one project. It gives all diagnostics, with their source lines, and as
// much of the project as could be read: References always, so that a graph with a cycle can be
// drawn. It connects to nothing and reads no secret.
func Load(dir string, o Options) (*Project, diag.Diagnostics) {
	if o.LookupEnv == nil {
		o.LookupEnv = func(string) (string, bool) { return "", false }
	}
	l := &loader{
		options:   o,
		project:   newProject(dir, o),
		variables: map[string]cty.Value{},
		locals:    map[string]cty.Value{},
		meter:     newMeter(),
		objects:   objects{},
		masks:     map[string]cty.Value{},
		team:      map[string]*teamMask{},
		functions: map[bool]map[string]function.Function{},
	}
	l.read()
	if len(l.blocks) > 0 {
		l.evaluate()
		l.reach()
	}
	l.project.sort()
	l.diags.Sort()
	l.diags = l.project.WithSnippets(capped(l.diags))
	return l.project, l.diags
}

func newProject(dir string, o Options) *Project {
	return &Project{
		Dir:       dir,
		Sources:   map[string][]byte{},
		places:    map[string]diag.Range{},
		strange:   map[string]bool{},
		hidden:    &hidden{byFile: map[string][]span{}},
		lookupEnv: o.LookupEnv,
		runner:    o.Runner.In(dir),
	}
}

// loader holds what is known while a project is read.
type loader struct {
	options   Options
	project   *Project
	diags     diag.Diagnostics
	blocks    []*hclsyntax.Block // of all files, in the order of files and lines
	broken    bool               // a file is no HCL: blocks that seem to be missing may stand in it
	variables map[string]cty.Value
	locals    map[string]cty.Value
	masks     map[string]cty.Value
	team      map[string]*teamMask
	functions map[bool]map[string]function.Function // by whether the expression must be a mask
	secrets   map[string]cty.Value
	databases map[string]cty.Value
	refreshes map[string]cty.Value
	roles     map[string]cty.Value
	meter     *meter
	objects   objects

	aws, kmsKeys, iamRoles, iamPolicies, buckets, clusters, parameterGroups map[string]cty.Value
	// bodies read what of a block may refer to blocks that refer to it, once all of them have their names.
	bodies []func()

	declaredRoles []declaredRole
	// unresolved are the places of references to blocks that there are not: reported once, with a hint.
	unresolved []hcl.Range
	mentioned  []mention
}

// read parses all files of the directory.
func (l *loader) read() {
	entries, err := os.ReadDir(l.project.Dir)
	if err != nil {
		l.diags.Errorf(nil, "The spec's directory cannot be read", "%s", err)
		return
	}
	sum := sha256.New()
	files := 0
	for _, e := range entries { // sorted by name
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".vars.hcl") ||
			strings.HasPrefix(name, ".") {
			continue
		}
		src, err := projectfile.Read(l.project.Dir, name, source.MaxBytes)
		if err != nil {
			l.diags.Errorf(nil, "A spec file cannot be read", "%s", err)
			continue
		}
		files++
		_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(src))
		_, _ = sum.Write(src)
		l.project.Sources[name] = src
	}
	l.parseAll()
	l.project.Digest = hex.EncodeToString(sum.Sum(nil))
	if files == 0 && !l.diags.HasErrors() {
		l.diags.Errorf(nil, "There is no spec here",
			"The directory has no *.hcl file. Begin with a project, two databases and a "+
				"refresh; docs/spec.md shows how.")
	}
}

// sqlWritten finds what PostgreSQL's parser will be needed for. It may find more.
var sqlWritten = regexp.MustCompile(`\b(sql|when)\(|\brows\s*=`)

// parseAll parses the files that were read, by name.
func (l *loader) parseAll() {
	names := slices.Sorted(maps.Keys(l.project.Sources))
	if slices.ContainsFunc(names, func(n string) bool { return sqlWritten.Match(l.project.Sources[n]) }) {
		pgparse.Ready()
	}
	for _, name := range names {
		l.parse(name, l.project.Sources[name])
	}
}

func (l *loader) parse(name string, src []byte) {
	l.meter.grow(len(src))
	file, ds := source.Parse(hclsyntax.ParseConfig, src, name)
	body := bodyOf(file)
	l.project.strange[name] = len(body.Blocks) == 0 && ds.HasErrors()
	l.add(ds)
	// What a parser makes of a file behind its first mistake is guesswork.
	end := len(src)
	for _, d := range ds {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			end, l.broken = min(end, d.Subject.Start.Byte), true
		}
	}
	for _, a := range body.Attributes {
		if a.SrcRange.End.Byte > end {
			continue
		}
		l.errorf(a.NameRange, "An argument stands outside of a block",
			"%q belongs into a block; a value with a name goes into locals.", a.Name)
	}
	for _, b := range body.Blocks {
		if b.Body.EndRange.End.Byte <= end {
			l.header(b)
		}
	}
	l.project.Ignores = append(l.project.Ignores, ignores(name, src, body)...)
}

// bodyOf returns the body of a file that was parsed, an empty one of a file that could not be.
func bodyOf(file *hcl.File) *hclsyntax.Body {
	if file != nil {
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			return body
		}
	}
	return &hclsyntax.Body{}
}

// header checks a block's type and labels and keeps it.
func (l *loader) header(b *hclsyntax.Block) {
	schema := blockOf(b.Type)
	if schema.Type == "" {
		var names []string
		for _, s := range BlockSchema() {
			names = append(names, s.Type)
		}
		l.errorf(b.TypeRange, "Unknown block", "There is no block %q.%s The blocks are %s.", b.Type,
			diag.DidYouMean(b.Type, names), strings.Join(names, ", "))
		return
	}
	if len(b.Labels) != len(schema.Labels) {
		want := b.Type
		for _, label := range schema.Labels {
			want += fmt.Sprintf(" %q", strings.ToUpper(label))
		}
		l.errorf(b.DefRange(), "Wrong labels", "This block is written %s { … }.", want)
		return
	}
	l.blocks = append(l.blocks, b)
	header := b.Type
	for _, label := range b.Labels {
		header += fmt.Sprintf(" %q", label)
	}
	l.project.contexts = append(l.project.contexts, struct {
		file       string
		start, end int
		header     string
	}{b.TypeRange.Filename, b.TypeRange.Start.Byte, b.Body.EndRange.End.Byte, header})
}

// of gives the blocks of one type.
func (l *loader) of(kind string) []*hclsyntax.Block {
	var out []*hclsyntax.Block
	for _, b := range l.blocks {
		if b.Type == kind {
			out = append(out, b)
		}
	}
	return out
}

// evaluate works the blocks out in the order in which they can refer to each other.
func (l *loader) evaluate() {
	l.environment()
	l.readVariables()
	l.references()
	if l.cycles() {
		return
	}
	l.readLocals()
	l.readMasks()
	l.projectBlock()
	l.readSecrets()
	l.readAWS()
	l.declareClusters()
	l.readDatabases()
	l.declareRoles()
	l.readRefreshes()
	l.journal()
	l.readTables()
	l.readRules()
	l.readLinks()
	l.readRoles()
	l.accounts()
	l.readLint()
	l.duplicates()
}

// accounts reads what is in accounts of AWS. These blocks may refer to each other in circles: a key names the role that
// decrypts, and the role the bucket with the key.
func (l *loader) accounts() {
	l.declareKMSKeys()
	l.declareIAMRoles()
	l.declareIAMPolicies()
	l.declareBuckets()
	l.declareParameterGroups()
	for _, read := range l.bodies {
		read()
	}
	l.exports()
}

// later reads a part of a block when all blocks are declared.
func (l *loader) later(read func()) { l.bodies = append(l.bodies, read) }

// sort orders everything by address.
func (p *Project) sort() {
	sort.SliceStable(p.Variables, func(i, j int) bool { return p.Variables[i].Name < p.Variables[j].Name })
	sort.SliceStable(p.Secrets, func(i, j int) bool { return p.Secrets[i].Address() < p.Secrets[j].Address() })
	sort.SliceStable(p.Databases, func(i, j int) bool { return p.Databases[i].Address() < p.Databases[j].Address() })
	sort.SliceStable(p.Refreshes, func(i, j int) bool { return p.Refreshes[i].Address() < p.Refreshes[j].Address() })
	sort.SliceStable(p.Tables, func(i, j int) bool { return p.Tables[i].Address() < p.Tables[j].Address() })
	sort.SliceStable(p.Rules, func(i, j int) bool { return p.Rules[i].Address() < p.Rules[j].Address() })
	sort.SliceStable(p.Links, func(i, j int) bool { return p.Links[i].Address() < p.Links[j].Address() })
	sort.SliceStable(p.Roles, func(i, j int) bool { return p.Roles[i].Address() < p.Roles[j].Address() })
	sort.SliceStable(p.AWS, func(i, j int) bool { return p.AWS[i].Address() < p.AWS[j].Address() })
	sort.SliceStable(p.KMSKeys, func(i, j int) bool { return p.KMSKeys[i].Address() < p.KMSKeys[j].Address() })
	sort.SliceStable(p.IAMRoles, func(i, j int) bool { return p.IAMRoles[i].Address() < p.IAMRoles[j].Address() })
	sort.SliceStable(p.IAMPolicies, func(i, j int) bool {
		return p.IAMPolicies[i].Address() < p.IAMPolicies[j].Address()
	})
	sort.SliceStable(p.Buckets, func(i, j int) bool { return p.Buckets[i].Address() < p.Buckets[j].Address() })
	sort.SliceStable(p.Clusters, func(i, j int) bool { return p.Clusters[i].Address() < p.Clusters[j].Address() })
	sort.SliceStable(p.ParameterGroups, func(i, j int) bool {
		return p.ParameterGroups[i].Address() < p.ParameterGroups[j].Address()
	})
}
