package spec

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Mode is how a refresh puts the new copy in place.
type Mode string

const (
	// Swap builds <db>__next beside the live copy and renames it into place.
	Swap Mode = "swap"
	// Replace empties and fills the live tables in one transaction.
	Replace Mode = "replace"
)

// ForeignKeys is how mode replace treats foreign keys.
type ForeignKeys string

const (
	FKAuto        ForeignKeys = "auto"
	FKOrder       ForeignKeys = "order"       // parents first
	FKConstraints ForeignKeys = "constraints" // drop and add again, in the same transaction
	FKReplica     ForeignKeys = "replica"     // session_replication_role, then checked
	// FKParameterGroup sets session_replication_role in the parameter group of the target's cluster for a while, then
	// checks.
	FKParameterGroup ForeignKeys = "parameter_group"
)

// Way is who moves rows between a database and a bucket.
type Way string

const (
	WayAuto   Way = "auto"
	WayServer Way = "server" // the database itself, by aws_s3
	WayClient Way = "client" // shoji, by COPY
)

// Refresh is one copy from a source to a target.
type Refresh struct {
	Name        string // full address is refresh.NAME or refresh.NAME["key"]
	EachKey     string
	From, To    *Database
	Key         *Secret // nil where no mask is keyed
	Mode        Mode
	Schemas     []string // nil: every schema that is not a system's
	Jobs        int      // connections a side; 4 by default
	ForeignKeys ForeignKeys
	// Copy is what is read instead of the source; nil reads the source itself.
	Copy *Copy
	// Verify is "full", "sample" (default) or "off".
	Verify string
	// MinChanged is the share of a masked column's values that its mask must change; 0 requires none, nil one value.
	MinChanged *float64
	// Disconnect says what happens to sessions on the live copy at the swap:
	// "terminate" (default) or "wait" (up to the lock timeout, then fail).
	Disconnect string
	Owner      string // role that owns the objects of the copy; "" is the connected user
	// Structure says what of the source's structure is copied; nil copies all.
	Structure *Structure
	// Extensions says which of the source's extensions the copy has; nil: all.
	Extensions *Extensions
	// Template is the database that the copy begins as, for extensions that only an administrator may create; "" is
	// an empty one.
	Template string
	// Via is the bucket that rows are staged in; nil: they go straight from source to target.
	Via            *Bucket
	Export, Import Way
	Range          diag.Range
	At             struct {
		From, To, Schemas, Jobs, ForeignKeys, Verify, Disconnect, Owner, Via, Export, Import, Template Argument
	}
}

// Extensions says which extensions of a source a copy does not have.
type Extensions struct {
	Skip  []string // names
	Range diag.Range
	At    struct{ Skip Argument }
}

// SkippedExtensions returns the names of the source's extensions that the copy does not have.
func (r *Refresh) SkippedExtensions() []string {
	if r.Extensions == nil {
		return nil
	}
	return r.Extensions.Skip
}

// SkipsExtension reports whether the copy does not have an extension of the source.
func (r *Refresh) SkipsExtension(name string) bool {
	return slices.Contains(r.SkippedExtensions(), name)
}

// Address returns refresh.NAME, with ["key"] under for_each.
func (r *Refresh) Address() string { return Address("refresh", r.Name, r.EachKey) }

// CopyKind is how what a refresh reads from is made.
type CopyKind string

const (
	// CopyClone is a copy-on-write clone of an Aurora cluster.
	CopyClone CopyKind = "clone"
	// CopyRestore is restored from a snapshot.
	CopyRestore CopyKind = "restore"
)

// Copy says what a refresh reads from instead of its source: a copy that is made for the run and removed after it.
type Copy struct {
	Kind  CopyKind
	Class string
	// In is where the copy is made; by default the source's own account and region.
	In *AWS
	// ParameterGroup is the cluster's, InstanceParameterGroup that of its instance, or of an RDS instance. Nil takes
	// the source's over.
	ParameterGroup, InstanceParameterGroup *ParameterGroup
	SecurityGroups                         []string // nil: the source's
	SubnetGroup                            string   // "": the source's
	// Key encrypts the copy; KeyARN is one that is not declared. Neither: the source's key.
	Key    *KMSKey
	KeyARN string
	// Capacity is that of a serverless copy: least and most. nil: the source's.
	Capacity *[2]float64
	// Instance is an RDS instance to take the snapshot of, in Account; "" where the source is a cluster.
	Instance string
	Account  *AWS
	Range    diag.Range
	At       struct {
		Class, In, ParameterGroup, InstanceParameterGroup, SecurityGroups, SubnetGroup, Key, Capacity,
		Instance Argument
	}
}

// Source returns the account and region of what is copied.
func (r *Refresh) Source() *AWS {
	switch {
	case r.Copy == nil:
		return nil
	case r.Copy.Instance != "":
		return r.Copy.Account
	case r.From != nil && r.From.Cluster != nil:
		return r.From.Cluster.In
	}
	return nil
}

// Place returns where what a refresh reads from is made; nil where it reads from its source.
func (r *Refresh) Place() *AWS {
	if r.Copy != nil && r.Copy.In != nil {
		return r.Copy.In
	}
	return r.Source()
}
