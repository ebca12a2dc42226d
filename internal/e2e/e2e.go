// Package e2e holds tests of the whole: the program itself, in processes of its own, between two accounts of the lab's
// AWS.
package e2e
