package policy

import "strings"

// Place is where an account's things are: their names in ARNs follow from it.
type Place struct{ Partition, Region, Account string }

// Root is the account itself as a principal.
func (p Place) Root() string { return "arn:" + p.Partition + ":iam::" + p.Account + ":root" }

// Role is the ARN of a role. A path begins and ends with a slash.
func (p Place) Role(path, name string) string {
	return "arn:" + p.Partition + ":iam::" + p.Account + ":role" + path + name
}

// Policy is the ARN of a customer's own policy.
func (p Place) Policy(path, name string) string {
	return "arn:" + p.Partition + ":iam::" + p.Account + ":policy" + path + name
}

// Cluster is the ARN of a cluster, or a pattern of them.
func (p Place) Cluster(identifier string) string {
	return "arn:" + p.Partition + ":rds:" + p.Region + ":" + p.Account + ":cluster:" + identifier
}

// User is the ARN of a database user of a cluster, by the cluster's resource ID.
func (p Place) User(resourceID, user string) string {
	return "arn:" + p.Partition + ":rds-db:" + p.Region + ":" + p.Account + ":dbuser:" + resourceID + "/" + user
}

// Bucket is the ARN of a bucket.
func (p Place) Bucket(name string) string { return "arn:" + p.Partition + ":s3:::" + name }

// Service is the name that an AWS service in the place has in kms:ViaService.
func (p Place) Service(name string) string {
	domain := "amazonaws.com"
	if p.Partition == "aws-cn" {
		domain += ".cn"
	}
	return name + "." + p.Region + "." + domain
}

// RegionOf gives the region in an ARN, "" where it names none.
func RegionOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[3]
	}
	return ""
}

// AccountOf gives the account in an ARN, "" where it names none.
func AccountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
