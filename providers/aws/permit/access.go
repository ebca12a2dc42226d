package permit

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// roleOf returns the role that a cluster's aws_s3 works with.
func roleOf(c *spec.Cluster, who Audience) *spec.Grantee {
	if who == Export {
		return c.S3Export
	}
	return c.S3Import
}

// role allows what aws_s3 of a cluster needs: the bucket's prefix and, through S3, its key.
func (b *build) role(g spec.Grantee, c *spec.Cluster, who Audience) {
	for _, x := range b.project.Buckets {
		writes := b.isNamed(x.Write, g) || g.Role != nil && slices.Contains(g.Role.Write, x)
		reads := b.isNamed(x.Read, g) || g.Role != nil && slices.Contains(g.Role.Read, x)
		for _, r := range b.project.Refreshes {
			writes = writes || r.Via == x && r.From != nil && r.From.Cluster == c
			reads = reads || r.Via == x && r.To != nil && r.To.Cluster == c
		}
		if writes = writes && who == Export; writes {
			b.bucket(x, true)
		} else if reads && who == Import {
			b.bucket(x, false)
		}
	}
	if len(b.statements) > 0 {
		b.note("this is for " + b.grantee(g) +
			", which rds.amazonaws.com must be allowed to assume; a declared iam_role gets it from apply")
	}
}

func (b *build) isNamed(list []spec.Grantee, g spec.Grantee) bool {
	return slices.ContainsFunc(list, func(x spec.Grantee) bool { return b.grantee(x) == b.grantee(g) })
}

// bucket allows what writing or reading a bucket's prefix needs.
func (b *build) bucket(x *spec.Bucket, write bool) {
	objects := b.at.Bucket(x.Name) + "/" + x.Prefix + "*"
	use := []string{"kms:Decrypt"}
	if write {
		b.allow(sid("Write", x.Label), []string{objects}, []string{"s3:AbortMultipartUpload", "s3:PutObject"})
		use = append(use, "kms:GenerateDataKey")
	} else {
		b.allow(sid("Read", x.Label), []string{objects}, []string{"s3:GetObject"})
		b.allow(sid("List", x.Label), []string{b.at.Bucket(x.Name)}, []string{"s3:ListBucket"}, policy.Condition{
			Operator: "StringLike",
			Key:      "s3:prefix",
			Values:   []string{x.Prefix + "*"},
		})
	}
	b.use(x, use)
	if x.Key != nil { // a separate statement: DescribeKey does not go through S3
		arn, conditions := b.key(x.Key)
		b.allow(sid("Describe", x.Label), []string{arn}, []string{"kms:DescribeKey"}, conditions...)
	}
}

// use allows uses of a bucket's key, through S3 only.
func (b *build) use(x *spec.Bucket, actions []string) {
	if x.Key == nil {
		return
	}
	arn, conditions := b.key(x.Key)
	b.allow(sid("Key", x.Label), []string{arn}, actions, append(conditions, b.viaService(x.In, "s3"))...)
	if x.In.Account != b.in.Account {
		b.note(x.Address() + " and its key are in account " + x.In.Account +
			", whose policies must let this principal in too: name it in the bucket's read")
	}
}

// seal allows what sealing a manifest, or opening its seal, needs of the bucket's key: directly, and for that alone.
func (b *build) seal(x *spec.Bucket, actions ...string) {
	if x.Key == nil {
		return
	}
	arn, conditions := b.key(x.Key)
	b.allow(sid("Seal", x.Label), []string{arn}, actions, append(conditions, policy.OfSeals())...)
}

// Rights are what the runner needs of a bucket that rows are staged in: of the objects below its prefix, of the bucket
// itself, and of its key, through S3.
type Rights struct{ Objects, Bucket, Key, Versions, BucketVersions []string }

// Staging returns what writing, reading and removing need. In a bucket with versions, an object is gone when all its
// versions are.
func Staging() Rights {
	return Rights{
		Objects:        []string{"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
		Bucket:         []string{"s3:ListBucket", "s3:ListBucketMultipartUploads"},
		Key:            []string{"kms:Decrypt", "kms:GenerateDataKey"},
		Versions:       []string{"s3:DeleteObjectVersion"},
		BucketVersions: []string{"s3:ListBucketVersions"},
	}
}

// Fetching returns what an import alone needs.
func Fetching() Rights {
	return Rights{Objects: []string{"s3:GetObject"}, Bucket: []string{"s3:ListBucket"}, Key: []string{"kms:Decrypt"}}
}

// staging allows what the runner does with staged objects: in the account of the bucket everything, in that of the
// target what an import alone needs.
func (b *build) staging() {
	done := map[*spec.Bucket]bool{}
	for _, r := range b.project.Refreshes {
		x := r.Via
		if x == nil || x.In == nil || done[x] {
			continue
		}
		objects := []string{b.at.Bucket(x.Name) + "/" + x.Prefix + "*"}
		switch {
		case b.inPlace(x.In):
			rights := Staging()
			b.allow(sid("Stage", x.Label), objects, slices.Concat(rights.Objects, rights.Versions))
			b.allow(sid("Uploads", x.Label), []string{b.at.Bucket(x.Name)},
				slices.Concat(rights.Bucket, rights.BucketVersions))
			b.use(x, rights.Key)
			b.seal(x, rights.Key...)
		case r.To != nil && r.To.Cluster != nil && b.inPlace(r.To.Cluster.In):
			rights := Fetching()
			b.allow(sid("Fetch", x.Label), objects, rights.Objects)
			b.allow(sid("List", x.Label), []string{b.at.Bucket(x.Name)}, rights.Bucket)
			b.use(x, rights.Key)
			b.seal(x, rights.Key...)
		default:
			continue
		}
		done[x] = true
	}
}

// servers allows the runner to simulate the policies of the roles that servers write and read buckets with: nobody but
// RDS can assume them.
func (b *build) servers() {
	var roles []string
	add := func(d *spec.Database, who Audience) {
		if d != nil && d.Cluster != nil && b.inPlace(d.Cluster.In) && roleOf(d.Cluster, who) != nil {
			roles = append(roles, b.grantee(*roleOf(d.Cluster, who)))
		}
	}
	for _, r := range b.project.Refreshes {
		if r.Via == nil {
			continue
		}
		if r.Export != spec.WayClient {
			add(r.From, Export)
		}
		if r.Import != spec.WayClient {
			add(r.To, Import)
		}
	}
	slices.Sort(roles)
	b.allow("SimulateServers", slices.Compact(roles), []string{"iam:GetRole", "iam:SimulatePrincipalPolicy"})
}

// databases allows the runner to connect where databases accept tokens.
func (b *build) databases() {
	resources := map[string]bool{}
	for _, db := range b.project.Databases {
		if !db.IAM || db.Cluster == nil {
			continue
		}
		user := userOf(db)
		if user == "" {
			user = "*"
			b.note("the user of " + db.Address() + " is in a secret: * stands for it")
		}
		if b.isHere(&db.Cluster.AWSObject) {
			resources[b.at.DatabaseUser(b.cluster(db.Cluster), user)] = true
		}
		for _, r := range b.project.Refreshes {
			if r.From == db && r.Copy != nil && b.inPlace(r.Place()) {
				resources[b.at.DatabaseUser("*", user)] = true
				b.note("a copy of a cluster has a resource ID of its own, and a new one each time: * stands for it")
			}
		}
	}
	b.allow("Connect", slices.Sorted(maps.Keys(resources)), []string{"rds-db:connect"})
}

// users allows to connect as the users of databases that the spec creates for tokens.
func (b *build) users() {
	for _, c := range b.project.Clusters {
		if !b.isHere(&c.AWSObject) {
			continue
		}
		var users []string
		for _, r := range b.project.Roles {
			if r.IAM && r.In != nil && r.In.Cluster == c && !slices.Contains(users, r.Name) {
				users = append(users, r.Name)
			}
		}
		if len(users) > 0 {
			b.statements = append(b.statements, policy.ForConnect(b.at, c.Label+c.EachKey, b.cluster(c), users))
		}
	}
}

var userPattern = regexp.MustCompile(`(?:^|\s)user\s*=\s*'?([^\s']+)`)

// userOf returns the user in a database's URL, "" if the URL is a secret.
func userOf(db *spec.Database) string {
	if u, err := url.Parse(db.URL); err == nil && u.User != nil {
		return u.User.Username()
	}
	if m := userPattern.FindStringSubmatch(strings.ReplaceAll(db.URL, "&", " ")); m != nil {
		return m[1]
	}
	return ""
}
