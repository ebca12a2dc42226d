package lang

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shoji-pg/shoji/spec"
)

// copySpec has a source in a cluster, one on an RDS instance, and two accounts; %s is what a refresh reads from.
const copySpec = `
aws "prod" {
  account = "111111111111"
  region  = "eu-west-1"
}
aws "staging" {
  account = "222222222222"
  region  = "eu-west-1"
}
aws "far" {
  account = "111111111111"
  region  = "us-east-1"
}
aws "distant" {
  account = "222222222222"
  region  = "us-east-1"
}
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
}
cluster "staging" {
  in         = aws.staging
  identifier = "shop-staging"
}
database "prod" {
  url     = "postgres://masker@prod.example/app"
  cluster = cluster.prod
}
database "rds" { url = "postgres://masker@rds.example/app" }
database "staging" { url = "postgres://refresher@staging.example/app" }
kms_key "clones" { in = aws.prod }
parameter_group "clone" {
  in     = aws.prod
  family = "aurora-postgresql16"
}
refresh "nightly" {
  from = database.SOURCE
  to   = database.staging
  REST
}
`

func copyOf(source, rest string) string {
	return strings.NewReplacer("SOURCE", source, "REST", rest).Replace(copySpec)
}

func copyFiles(text string) map[string]string { return map[string]string{"main.hcl": text} }

func TestARefreshReadsFromACopy(t *testing.T) {
	p := load(t, copyFiles(copyOf("prod", `clone {
    class           = "db.serverless"
    parameter_group = parameter_group.clone
    security_groups = ["sg-0123abcd"]
    subnet_group    = "private"
    kms_key         = kms_key.clones
    capacity        = [0.5, 8]
  }`)), Options{})
	c := p.Refreshes[0].Copy
	if c.Kind != spec.CopyClone || c.Class != "db.serverless" || c.ParameterGroup == nil || c.Key == nil ||
		c.SubnetGroup != "private" || c.Capacity[1] != 8 || !cmp.Equal(c.SecurityGroups, []string{"sg-0123abcd"}) {
		t.Errorf("%+v", c)
	}
	if at := p.Refreshes[0].Place(); at == nil || at.Name != "prod" {
		t.Errorf("made in %v", at)
	}
	p = load(t, copyFiles(copyOf("rds",
		"restore {\n class = \"db.t4g.large\"\n instance = \"shop\"\n account = aws.prod\n in = aws.far\n"+
			" security_groups = [\"sg-1\"]\n subnet_group = \"x\"\n}")), Options{})
	if r := p.Refreshes[0]; r.Source().Name != "prod" || r.Place().Name != "far" || r.Copy.Instance != "shop" {
		t.Errorf("%+v", r.Copy)
	}
	p = load(t, copyFiles(copyOf("prod",
		"restore {\n class = \"db.r6g.large\"\n in = aws.staging\n"+
			" kms_key = \"arn:aws:kms:eu-west-1:222222222222:key/1\"\n security_groups = [\"sg-1\"]\n"+
			" subnet_group = \"x\"\n}")), Options{})
	if r := p.Refreshes[0]; r.Source().Name != "prod" || r.Place().Name != "staging" {
		t.Errorf("%+v", r.Copy)
	}
}

func TestMistakesInCopies(t *testing.T) {
	for name, c := range map[string]struct{ source, text, want string }{
		"a clone of what is no cluster": {
			"rds", "clone { class = \"db.r6g.large\" }", "Clone without a cluster",
		},
		"a clone in another region": {
			"prod", "clone {\n class = \"db.r6g.large\"\n in = aws.far\n}", "A clone stays in its region",
		},
		"a snapshot in another account and region": {
			"prod", "restore {\n class = \"db.r6g.large\"\n in = aws.distant\n}",
			"A shared snapshot stays in its region",
		},
		"a key of another region": {
			"prod", "restore {\n class = \"db.r6g.large\"\n in = aws.far\n kms_key = kms_key.clones\n}",
			"Key in another region",
		},
		"the source's key in another account": {
			"prod",
			"restore {\n class = \"db.r6g.large\"\n in = aws.staging\n" +
				" kms_key = \"arn:aws:kms:eu-west-1:111111111111:key/1\"\n}", "Key in another account",
		},
		"a snapshot in another account needs places": {
			"prod", "restore {\n class = \"db.r6g.large\"\n in = aws.staging\n}", "Missing network settings",
		},
		"a clone in another account needs places": {
			"prod", "clone {\n class = \"db.r6g.large\"\n in = aws.staging\n}", "Missing network settings",
		},
		"two copies": {
			"prod", "clone { class = \"db.r6g.large\" }\n restore { class = \"db.r6g.large\" }",
			"More than one copy to read from",
		},
		"a snapshot of nothing": {"rds", "restore { class = \"db.r6g.large\" }", "Restore without a source"},
		"an instance beside a cluster": {
			"prod", "restore {\n class = \"db.r6g.large\"\n instance = \"x\"\n}", "Conflicting snapshot sources",
		},
		"an alias for a key": {
			"prod", "clone {\n class = \"db.r6g.large\"\n kms_key = \"alias/x\"\n}", "Invalid key",
		},
		"a group of another level": {
			"prod", "clone {\n class = \"db.r6g.large\"\n instance_parameter_group = parameter_group.clone\n}",
			"Parameter group of another level",
		},
		"a size of a class that has one": {
			"prod", "clone {\n class = \"db.r6g.large\"\n capacity = [1, 2]\n}", "capacity is for db.serverless",
		},
		"a class that is none": {"prod", "clone { class = \"large\" }", "Invalid instance class"},
		"a parameter group of no cluster": {
			"prod", "mode = \"replace\"\n foreign_keys = \"parameter_group\"", "Parameter group without a cluster",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, ds := Load(write(t, copyFiles(copyOf(c.source, c.text))), Options{})
			for _, d := range ds {
				if d.Summary == c.want {
					return
				}
			}
			t.Errorf("want %q, got %v", c.want, ds)
		})
	}
}
