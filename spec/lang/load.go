// Package lang is the language of specs: it reads the *.hcl files of one directory into a spec.Project, formats and
// edits them, and documents their blocks. It connects to nothing and reads no secret.
//
// Load reads the files, then the variables, locals and masks that expressions mention, then the blocks. Each kind of
// block is declared in one function, in the file block_KIND.go, from which its schema, its values, its diagnostics and
// its documentation come.
package lang

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/spec"
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
	// Files are those of the project; nil takes those in its directory.
	Files     fs.FS
	Env       string
	Inputs    []Input // in the order of the command line
	LookupEnv func(string) (string, bool)
	Version   string // of this shoji, for required_version
	// Runner is what the operator who runs shoji lets the spec reach.
	Runner allow.Runner
	// Earlier says that Env and Inputs are meant for a later state of the files: what they name and the files do not
	// have yet is passed over.
	Earlier bool
}

// Load reads the *.hcl files of the project in dir. It returns all diagnostics, with their source lines, and as much of
// the project as could be read: References always, so that a graph with a cycle can be drawn.
func Load(dir string, o Options) (*spec.Project, diag.Diagnostics) {
	p := newProject(dir)
	if p.Files = o.Files; p.Files == nil {
		p.Files = projectfile.FS(dir)
	}
	p.Env, p.Runner = o.Env, o.Runner.In(dir)
	if p.LookupEnv = o.LookupEnv; p.LookupEnv == nil {
		p.LookupEnv = func(string) (string, bool) { return "", false }
	}
	r := &report{project: p}
	f := readFiles(r)
	if len(f.blocks) > 0 {
		evaluate(f, o)
		r.diags.Append(p.Unreachable()...)
	}
	sortProject(p)
	return p, r.result()
}

func newProject(dir string) *spec.Project {
	return &spec.Project{
		Dir:      dir,
		Sources:  map[string][]byte{},
		Places:   map[string]diag.Range{},
		Excerpts: spec.Excerpts{Foreign: map[string]bool{}, Hidden: map[string]func() []spec.Span{}},
	}
}

// evaluate evaluates the blocks in the order in which they can refer to each other.
func evaluate(f *files, o Options) {
	r := &reader{files: f, scope: newScope(f.size), contents: map[*hclsyntax.Body]*hcl.BodyContent{}}
	readVariables(r, readEnvironments(r, o), o)
	refs := findReferences(f)
	if refs.reportCycles() {
		return
	}
	readLocals(r, refs)
	readMasks(r, refs)
	readBlocks(r, o.Version)
	checkExports(r.report)
	checkDuplicates(r.report)
}

// sortProject sorts everything by address.
func sortProject(p *spec.Project) {
	slices.SortStableFunc(p.Variables, func(a, b *spec.Variable) int { return cmp.Compare(a.Name, b.Name) })
	byAddress(p.Secrets)
	byAddress(p.Databases)
	byAddress(p.Refreshes)
	byAddress(p.Tables)
	byAddress(p.Rules)
	byAddress(p.Links)
	byAddress(p.Tests)
	byAddress(p.Notifies)
	byAddress(p.Roles)
	byAddress(p.AWS)
	byAddress(p.KMSKeys)
	byAddress(p.IAMRoles)
	byAddress(p.IAMPolicies)
	byAddress(p.Buckets)
	byAddress(p.Clusters)
	byAddress(p.ParameterGroups)
}

func byAddress[T interface{ Address() string }](list []T) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(a.Address(), b.Address()) })
}
