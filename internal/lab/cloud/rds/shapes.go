package rds

import (
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Cluster is a cluster on the wire, and what hooks are told of one.
type Cluster struct {
	AssociatedRoles                  []Role `xml:"AssociatedRoles>DBClusterRole"`
	BackupRetentionPeriod            int
	CloneGroupId                     string
	ClusterCreateTime                time.Time
	CopyTagsToSnapshot               bool
	CrossAccountClone                bool
	DBClusterArn                     string
	DBClusterIdentifier              string
	DBClusterMembers                 []Member `xml:"DBClusterMembers>DBClusterMember"`
	DBClusterParameterGroup          string
	DBSubnetGroup                    string
	DatabaseName                     string `xml:",omitempty"`
	DbClusterResourceId              string
	DeletionProtection               bool
	EarliestRestorableTime           time.Time
	LatestRestorableTime             time.Time
	EnabledCloudwatchLogsExports     []string `xml:"EnabledCloudwatchLogsExports>member"`
	Endpoint                         string
	ReaderEndpoint                   string
	Engine                           string
	EngineMode                       string
	EngineVersion                    string
	IAMDatabaseAuthenticationEnabled bool
	KmsKeyId                         string `xml:",omitempty"`
	MasterUsername                   string
	MultiAZ                          bool
	PendingModifiedValues            *PendingCluster `xml:",omitempty"`
	Port                             int
	ServerlessV2ScalingConfiguration *Scaling `xml:",omitempty"`
	Status                           string
	StorageEncrypted                 bool
	StorageEncryptionType            string
	TagList                          []wire.Tag      `xml:"TagList>Tag"`
	VpcSecurityGroups                []SecurityGroup `xml:"VpcSecurityGroups>VpcSecurityGroupMembership"`
}

// Role is an associated role: PENDING, ACTIVE or INVALID.
type Role struct{ FeatureName, RoleArn, Status string }

// Member is an instance of a cluster.
type Member struct {
	DBClusterParameterGroupStatus string
	DBInstanceIdentifier          string
	IsClusterWriter               bool
	PromotionTier                 int
}

// PendingCluster are changes that wait for the maintenance window.
type PendingCluster struct {
	IAMDatabaseAuthenticationEnabled *bool `xml:",omitempty"`
}

// Scaling is that of a serverless cluster.
type Scaling struct{ MinCapacity, MaxCapacity float64 }

// SecurityGroup is one of the VPC.
type SecurityGroup struct{ VpcSecurityGroupId, Status string }

// Endpoint is where an instance answers.
type Endpoint struct {
	Address string
	Port    int
}

// Instance is an instance on the wire, and what hooks are told of one.
type Instance struct {
	AllocatedStorage                 int
	AssociatedRoles                  []Role `xml:"AssociatedRoles>DBInstanceRole"`
	AvailabilityZone                 string
	BackupRetentionPeriod            int
	CopyTagsToSnapshot               bool
	DBClusterIdentifier              string `xml:",omitempty"`
	DBInstanceArn                    string
	DBInstanceClass                  string
	DBInstanceIdentifier             string
	DBInstanceStatus                 string
	DBName                           string        `xml:",omitempty"`
	DBParameterGroups                []GroupStatus `xml:"DBParameterGroups>DBParameterGroup"`
	DBSubnetGroup                    *SubnetGroup  `xml:",omitempty"`
	DbiResourceId                    string
	DeletionProtection               bool
	EnabledCloudwatchLogsExports     []string  `xml:"EnabledCloudwatchLogsExports>member"`
	Endpoint                         *Endpoint `xml:",omitempty"`
	Engine                           string
	EngineVersion                    string
	IAMDatabaseAuthenticationEnabled bool
	InstanceCreateTime               *time.Time `xml:",omitempty"`
	KmsKeyId                         string     `xml:",omitempty"`
	LatestRestorableTime             *time.Time `xml:",omitempty"`
	MasterUsername                   string
	MultiAZ                          bool
	PendingModifiedValues            *PendingInstance `xml:",omitempty"`
	PromotionTier                    int
	PubliclyAccessible               bool
	StorageEncrypted                 bool
	StorageEncryptionType            string
	StorageType                      string
	TagList                          []wire.Tag      `xml:"TagList>Tag"`
	VpcSecurityGroups                []SecurityGroup `xml:"VpcSecurityGroups>VpcSecurityGroupMembership"`
}

// GroupStatus says how far an instance is with its parameter group.
type GroupStatus struct{ DBParameterGroupName, ParameterApplyStatus string }

// PendingInstance are changes that wait for the maintenance window or a reboot.
type PendingInstance struct {
	DBInstanceClass                  string `xml:",omitempty"`
	IAMDatabaseAuthenticationEnabled *bool  `xml:",omitempty"`
}

// SubnetGroup is where in the network something is.
type SubnetGroup struct {
	DBSubnetGroupArn         string
	DBSubnetGroupDescription string
	DBSubnetGroupName        string
	SubnetGroupStatus        string
	Subnets                  []Subnet `xml:"Subnets>Subnet"`
	VpcId                    string
}

// Subnet is one of a group.
type Subnet struct {
	SubnetIdentifier       string
	SubnetStatus           string
	SubnetAvailabilityZone struct{ Name string }
}

func securityGroups(ids []string) []SecurityGroup {
	var all []SecurityGroup
	for _, id := range ids {
		all = append(all, SecurityGroup{id, "active"})
	}
	return all
}
