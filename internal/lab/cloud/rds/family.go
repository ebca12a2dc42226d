package rds

import (
	_ "embed" // parameters.txt
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

//go:embed parameters.txt
var parametersText string

// parameter is what the server knows of one: its metadata and the value that AWS sets.
type parameter struct {
	name, level, apply, kind, allowed, standard string
	modifiable                                  bool
}

// table holds every parameter, by name. The families of one engine differ too little to be told apart here.
var table = func() map[string]parameter {
	all := map[string]parameter{}
	for line := range strings.SplitSeq(strings.TrimSpace(parametersText), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, " | ")
		for i := range f {
			if f[i] = strings.TrimSpace(f[i]); f[i] == "-" {
				f[i] = ""
			}
		}
		all[f[0]] = parameter{
			name:       f[0],
			level:      f[1],
			apply:      f[2],
			kind:       f[3],
			allowed:    f[4],
			standard:   f[5],
			modifiable: f[6] == "true",
		}
	}
	return all
}()

const (
	auroraPostgres = "aurora-postgresql"
	postgres       = "postgres"
)

// versions are those of each engine, the oldest first.
var versions = map[string][]string{
	auroraPostgres: {"13.18", "14.15", "15.4", "15.10", "16.4", "16.6", "17.4"},
	postgres:       {"13.18", "14.15", "15.10", "16.6", "17.4"},
}

func standardVersion(engine string) string {
	return map[string]string{auroraPostgres: "16.6", postgres: "16.6"}[engine]
}

func familyOf(engine, version string) (string, error) {
	if !slices.Contains(versions[engine], version) {
		return "", wire.Errorf("InvalidParameterCombination", "Cannot find version %s for %s", version, engine)
	}
	major, _, _ := strings.Cut(version, ".")
	return engine + major, nil
}

// families gives those that there are.
func families() []string {
	var all []string
	for _, engine := range wire.SortedKeys(versions) {
		for _, v := range versions[engine] {
			f, _ := familyOf(engine, v)
			all = append(all, f)
		}
	}
	return slices.Compact(all)
}

// belongs says whether groups of a kind and family have the parameter.
func (p parameter) belongs(kind groupKind, family string) bool {
	if strings.HasPrefix(family, postgres) {
		return kind == instanceKind
	}
	return p.level == "b" || (p.level == "c") == (kind == clusterKind)
}

var spanText = regexp.MustCompile(`^(-?[0-9.e+]+)-([0-9.e+]+)$`)

// accepts says whether a value is allowed. A formula of the instance's size always is.
func (p parameter) accepts(value string) bool {
	if p.allowed == "" || strings.Contains(value, "{") {
		return true
	}
	if m := spanText.FindStringSubmatch(p.allowed); m != nil && (p.kind == "integer" || p.kind == "float") {
		low, _ := strconv.ParseFloat(m[1], 64)
		high, _ := strconv.ParseFloat(m[2], 64)
		v, err := strconv.ParseFloat(value, 64)
		return err == nil && v >= low && v <= high && (p.kind == "float" || !strings.Contains(value, "."))
	}
	if p.name == "log_line_prefix" {
		return true
	}
	allowed := strings.Split(p.allowed, ",")
	values := []string{value}
	if p.kind == "list" {
		values = strings.Split(value, ",")
	}
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(allowed, strings.TrimSpace(v)) })
}
