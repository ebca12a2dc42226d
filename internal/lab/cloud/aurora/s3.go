package aurora

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// noRole is what a server says that has no role for a feature. The words are from memory of Aurora's: match them
// loosely.
func noRole(feature string) answer {
	return failure("XX000", "credentials stored with the database cluster can't be accessed", "",
		"Has the IAM role Amazon Resource Name (ARN) been associated with the feature-name \""+feature+"\"?")
}

// role opens a session of the cluster's role for a feature, as the server does. ok is false where there is no ACTIVE
// one.
func (s spool) role(feature string) (c cloud.Credentials, ok bool) {
	cluster, found := s.lab.Cluster(s.cluster)
	if !found {
		return c, false
	}
	for _, r := range cluster.AssociatedRoles {
		if r.FeatureName != feature || r.Status != "ACTIVE" {
			continue
		}
		c, err := s.lab.RoleSession("rds.amazonaws.com", r.RoleArn, s.cluster, "aws_s3")
		return c, err == nil
	}
	return c, false
}

// client talks to S3 in a region, with the credentials of a session.
func (s spool) client(region string, c cloud.Credentials) *s3.Client {
	return s3.New(s3.Options{
		Region:       region,
		BaseEndpoint: aws.String(s.lab.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, c.Token),
		HTTPClient:   cloud.HTTPClient(),
		UsePathStyle: true,
		Retryer:      aws.NopRetryer{},
	})
}

// account and region of the cluster.
func (s spool) place() (account, region string) {
	parts := strings.SplitN(s.cluster, ":", 7)
	return parts[4], parts[3]
}

// uploadFailed is what an export raises, with what S3 said in the words of the client that Aurora has.
func uploadFailed(err error) answer {
	said := err.Error()
	var api smithy.APIError
	if errors.As(err, &api) {
		switch said = api.ErrorCode(); said {
		case "AccessDenied", "Forbidden":
			said = "Access Denied"
		default:
			said = "Unable to parse ExceptionName: " + api.ErrorCode() + " Message: " + api.ErrorMessage()
		}
	}
	return failure("58000", "could not upload to Amazon S3", "Amazon S3 client returned '"+said+"'.", "")
}
