// Package acl plans and executes who may do what on one database and its server: roles with their
// attributes, settings and memberships, privileges on objects, default privileges.
//
// It works on access lists as a matrix. All declarations of a database are merged, every selector is
// expanded to the objects that exist, and the result is compared with the lists that are in force, where
// a missing list stands for PostgreSQL's own default. Only the difference becomes statements: additions
// first, then removals, in one transaction on one connection.
//
// Inspect looks, Diff decides (pure), Execute runs one step.
package acl
