package policy

// Trust is one kind of principal that may assume a role.
type Trust struct {
	Service    string   // "rds.amazonaws.com"
	Clusters   []string // of RDS: identifiers or patterns of them; nil: all of the account and region
	Principals []string // ARNs or account IDs
	ExternalID string
}

// ForTrust generates the statement of a trust policy. A service is trusted for this account's things only: it works for
// every other customer too. Inferred: that RDS says the ARN of a clone as that of any cluster, so that a pattern of
// names lets clones in.
func ForTrust(at Place, t Trust) Statement {
	s := Statement{Effect: "Allow", Actions: []string{"sts:AssumeRole"}}
	if t.Service == "" {
		s.Sid, s.Principals = "Assume", awsPrincipals(t.Principals...)
		if t.ExternalID != "" {
			s.Conditions = []Condition{{"StringEquals", "sts:ExternalId", []string{t.ExternalID}}}
		}
		return s
	}
	s.Principals = []Principal{{"Service", t.Service}}
	var from []string
	switch t.Service {
	case "rds.amazonaws.com":
		s.Sid = "RDS"
		for _, c := range t.Clusters {
			from = append(from, at.Cluster(c))
		}
		if len(from) == 0 {
			from = []string{at.Cluster("*")}
		}
	case "ecs-tasks.amazonaws.com":
		s.Sid, from = "ECS", []string{"arn:" + at.Partition + ":ecs:" + at.Region + ":" + at.Account + ":*"}
	case "ec2.amazonaws.com": // an instance says no source
		s.Sid = "EC2"
		return s
	default:
		s.Sid = camelCase(t.Service)
		s.Conditions = []Condition{{"StringEquals", "aws:SourceAccount", []string{at.Account}}}
		return s
	}
	s.Conditions = []Condition{
		{"StringEquals", "aws:SourceAccount", []string{at.Account}},
		{"ArnLike", "aws:SourceArn", from},
	}
	return s
}
