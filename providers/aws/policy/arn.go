package policy

import "strings"

// ARN is the name of a resource of AWS in its parts.
type ARN struct{ Partition, Service, Region, Account, Resource string }

// ParseARN parses an ARN; ok is false for any other text.
func ParseARN(text string) (a ARN, ok bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return ARN{}, false
	}
	return ARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}

// String returns the ARN as AWS writes it.
func (a ARN) String() string {
	return strings.Join([]string{"arn", a.Partition, a.Service, a.Region, a.Account, a.Resource}, ":")
}

// Kind returns the first part of the resource: "role" of "role/path/name", "root" of "root".
func (a ARN) Kind() string {
	kind, _, _ := strings.Cut(a.Resource, "/")
	return kind
}

// Name returns the last part of the resource: "name" of "role/path/name".
func (a ARN) Name() string { return a.Resource[strings.LastIndex(a.Resource, "/")+1:] }

// Session returns the role of a session and the session's own name; ok is false for anything else.
func (a ARN) Session() (role, session string, ok bool) {
	parts := strings.Split(a.Resource, "/")
	if len(parts) != 3 || parts[0] != "assumed-role" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// IsARN reports whether text is an ARN.
func IsARN(text string) bool { return strings.HasPrefix(text, "arn:") }

// RegionOf returns the region in an ARN, "" if it names none.
func RegionOf(arn string) string {
	a, _ := ParseARN(arn)
	return a.Region
}

// AccountOf returns the account in an ARN, "" if it names none.
func AccountOf(arn string) string {
	a, _ := ParseARN(arn)
	return a.Account
}

// BucketOf returns the bucket in the ARN of a bucket or of its objects, "" for the ARN of anything else.
func BucketOf(arn string) string {
	if a, ok := ParseARN(arn); ok && a.Service == "s3" {
		return a.Kind()
	}
	return ""
}

// IsService reports whether a principal is a service: "rds.amazonaws.com".
func IsService(principal string) bool {
	return !IsARN(principal) && strings.Contains(principal, ".amazonaws.com")
}

// Place is an account and a region: the ARNs of what is in it follow from names.
type Place struct{ Partition, Region, Account string }

func (p Place) regional(service, resource string) string {
	return ARN{p.Partition, service, p.Region, p.Account, resource}.String()
}

func (p Place) iam(resource string) string {
	return ARN{Partition: p.Partition, Service: "iam", Account: p.Account, Resource: resource}.String()
}

// Root returns the account itself as a principal.
func (p Place) Root() string { return p.iam("root") }

// User returns the ARN of a user of IAM, or a pattern.
func (p Place) User(name string) string { return p.iam("user/" + name) }

// Role returns the ARN of a role. A path begins and ends with a slash.
func (p Place) Role(path, name string) string { return p.iam("role" + path + name) }

// InstanceProfile returns the ARN of an instance profile.
func (p Place) InstanceProfile(path, name string) string {
	return p.iam("instance-profile" + path + name)
}

// Policy returns the ARN of a customer managed policy.
func (p Place) Policy(path, name string) string { return p.iam("policy" + path + name) }

// RDS returns the ARN of a resource of RDS, or a pattern. kind is "cluster", "db", "cluster-pg", …
func (p Place) RDS(kind, name string) string { return p.regional("rds", kind+":"+name) }

// Cluster returns the ARN of a cluster, or a pattern.
func (p Place) Cluster(identifier string) string { return p.RDS("cluster", identifier) }

// DatabaseUser returns the ARN of a database user of a cluster, by the cluster's resource ID.
func (p Place) DatabaseUser(resourceID, user string) string {
	return p.regional("rds-db", "dbuser:"+resourceID+"/"+user)
}

// Key returns the ARN of a key, or a pattern.
func (p Place) Key(id string) string { return p.regional("kms", "key/"+id) }

// Alias returns the ARN of an alias of a key: "alias/shop".
func (p Place) Alias(name string) string { return p.regional("kms", name) }

// RAM returns the ARN of a resource of RAM, or a pattern.
func (p Place) RAM(kind, name string) string { return p.regional("ram", kind+"/"+name) }

// Bucket returns the ARN of a bucket.
func (p Place) Bucket(name string) string { return "arn:" + p.Partition + ":s3:::" + name }

// Service returns the name of a service of the place in kms:ViaService.
func (p Place) Service(name string) string {
	domain := "amazonaws.com"
	if p.Partition == "aws-cn" {
		domain += ".cn"
	}
	return name + "." + p.Region + "." + domain
}
