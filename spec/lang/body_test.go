package lang

import (
	"reflect"
	"testing"

	"github.com/shoji-pg/shoji/spec"
)

// checkPlaces reports arguments of a block whose place is never set, and names that are declared twice.
func checkPlaces[T any](t *testing.T, declare func(*body, *T)) {
	t.Helper()
	block := new(T)
	b := &body{}
	declare(b, block)
	set, names := map[*spec.Argument]bool{}, map[string]bool{}
	for _, a := range b.args {
		if names[a.name] {
			t.Errorf("%T: %q is declared twice", block, a.name)
		}
		set[a.at], names[a.name] = true, true
	}
	var check func(v reflect.Value, path string)
	check = func(v reflect.Value, path string) {
		if at, ok := v.Addr().Interface().(*spec.Argument); ok {
			if !set[at] {
				t.Errorf("%T: the place of %s is never set", block, path)
			}
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Type.Kind() == reflect.Struct && f.IsExported() {
				check(v.Field(i), path+"."+f.Name)
			}
		}
	}
	check(reflect.ValueOf(block).Elem(), "")
}

// TestPlacesAreSet: each argument that a block has a place for is declared with that place.
func TestPlacesAreSet(t *testing.T) {
	checkPlaces(t, secretBlock)
	checkPlaces(t, databaseBlock)
	checkPlaces(t, refreshBlock)
	checkPlaces(t, tableBlock)
	checkPlaces(t, ruleBlock)
	checkPlaces(t, linkBlock)
	checkPlaces(t, roleBlock)
	checkPlaces(t, awsBlock)
	checkPlaces(t, clusterBlock)
	checkPlaces(t, kmsKeyBlock)
	checkPlaces(t, iamRoleBlock)
	checkPlaces(t, iamPolicyBlock)
	checkPlaces(t, bucketBlock)
	checkPlaces(t, parameterGroupBlock)
}
