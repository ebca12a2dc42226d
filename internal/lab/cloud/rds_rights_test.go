package cloud_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func TestWhatIsMadeTakesTheRightToAllThatItNames(t *testing.T) {
	lab := start(t, cloud.Config{})
	newClusterGroup(t, admin(t, lab, source), "own")
	const arn = "arn:aws:rds:ap-northeast-1:111111111111:"
	rights := []struct{ name, statement string }{
		{"the cluster", allow("rds:CreateDBCluster", arn+"cluster:shop")},
		{"its parameter group", allow("rds:CreateDBCluster", arn+"cluster-pg:own")},
		{"its subnets", allow("rds:CreateDBCluster", arn+"subgrp:default")},
		{"its tags", allow("rds:AddTagsToResource", arn+"cluster:shop")},
	}
	create := func(name string, leaveOut int) error {
		var policies []string
		for i, r := range rights {
			if i != leaveOut {
				policies = append(policies, r.statement)
			}
		}
		_, err := user(t, lab, source, name, policies...).rds.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
			DBClusterIdentifier:         aws.String("shop"),
			Engine:                      aws.String("aurora-postgresql"),
			EngineVersion:               aws.String("15.10"),
			MasterUsername:              aws.String("app"),
			MasterUserPassword:          aws.String("password"),
			DBClusterParameterGroupName: aws.String("own"),
			DBSubnetGroupName:           aws.String("default"),
			Tags:                        []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
		})
		return err
	}
	for i, r := range rights {
		t.Run("without the right to "+r.name, func(t *testing.T) {
			refused(t, create("u"+string(rune('a'+i)), i), "AccessDenied")
		})
	}
	if err := create("all", -1); err != nil {
		t.Errorf("with all of them: %v", err)
	}
}
