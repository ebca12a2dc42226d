package postgres_test

import (
	"testing"
)

// TestMovingStaged moves everything that TestMoving moves through a bucket, by the client.
func TestMovingStaged(t *testing.T) {
	var cases []moving
	cases = append(cases, shapes()...)
	cases = append(cases, types()...)
	cases = append(cases, names()...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, mode := range []string{swapMode, replaceMode} {
				if c.only == "" || c.only == mode {
					t.Run(mode, func(t *testing.T) {
						t.Parallel()
						c.moveBy(t, mode, func(m *moved) { m.stage() })
					})
				}
			}
		})
	}
}
