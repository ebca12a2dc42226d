// Package engine decides what to do and in what order: addresses, the graph, the plan and
// its file, the walk, the journal, the lock, hazards. It knows no HCL, no SQL driver, no
// cloud and no terminal: providers bring the objects, package view shows the plan.
package engine
