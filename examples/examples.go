// Package examples holds complete specs. The shop's is the demo's too.
package examples

import "embed"

// Shop is the spec of the shop that the lab's production server holds.
//
//go:embed shop/*.hcl
var Shop embed.FS
