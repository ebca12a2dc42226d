package stage

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// status finds the number in "HTTP 403".
var status = regexp.MustCompile(`\bHTTP (\d{3})\b`)

// elsewhere is said where S3 sends a server on: it names no region.
func elsewhere(feature string, at Place) string {
	if feature == "import" {
		return "the bucket " + at.Bucket + " is not in " + at.Region
	}
	return "the server and the bucket " + at.Bucket + " are not both in " + at.Region +
		", and a server exports within its own region only. Put the bucket beside the source, " +
		"or write export = \"client\""
}

// explain says what an error of aws_s3 is about, nil where it is no error of aws_s3 but one of the statement. The
// server's own words are matched, never shown: they quote queries, and with them what rows hold. AWS documents few of
// them, so they are matched loosely; that about a cluster without a role is inferred.
func explain(err error, feature string, at Place) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return nil
	}
	text := e.Message + "\n" + e.Detail + "\n" + e.Hint
	role := map[string]string{"export": "s3Export", "import": "s3Import"}[feature]
	said := ""
	switch code := status.FindStringSubmatch(text); {
	case e.Code != "58000" && e.Code != "XX000" && e.Code != "38000" && !strings.Contains(text, "feature-name"):
		return nil
	case strings.Contains(text, "feature-name"), strings.Contains(text, "credentials stored with the database cluster"):
		said = "the cluster has no role for " + role + " that works. Add it to the cluster (" + feature +
			" role) and wait until it is ACTIVE"
	case strings.Contains(text, "Unable to connect to endpoint"):
		said = "the server does not reach S3: it needs a way to port 443 (a gateway endpoint of the VPC, and a " +
			"security group that lets it out)"
	case strings.Contains(text, "PermanentRedirect"), strings.Contains(text, "AuthorizationHeaderMalformed"),
		code != nil && code[1] == "301":
		said = elsewhere(feature, at)
	case strings.Contains(text, "NoSuchBucket"):
		said = "there is no bucket " + at.Bucket
	case strings.Contains(text, "KMS"):
		said = "the key of the bucket cannot be used: it is disabled, or its policy does not let the " + role +
			" role use it"
	case strings.Contains(text, "Access Denied"), strings.Contains(text, "AccessDenied"),
		code != nil && code[1] == "403":
		said = "the " + role + " role may not use " + at.URL("") +
			" or its key. Its policy and the policies of the bucket and of the key must all let it"
	case code != nil && code[1] == "404", strings.Contains(text, "NoSuchKey"):
		said = "the object is not there"
	case code != nil && code[1] == "412":
		said = "the object was written again while it was read"
	case code != nil && code[1] == "416":
		said = "the object is empty"
	// S3 names KMS.DisabledException and its like in a body that is not shown; that aws_s3 keeps the number is inferred
	case code != nil && code[1] == "400":
		said = "the key of the bucket cannot be used: it is disabled or waits for its deletion (S3 answered HTTP " +
			"400). Where it is enabled, look whether the bucket " + at.Bucket + " is in " + at.Region
	case code != nil:
		said = "S3 answered HTTP " + code[1]
	case strings.Contains(text, "Amazon S3"), strings.Contains(text, "S3"):
		said = "S3 refused it"
	default:
		return nil
	}
	return fmt.Errorf("aws_s3: %s (SQLSTATE %s)", said, e.Code)
}
