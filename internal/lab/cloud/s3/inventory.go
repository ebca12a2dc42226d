package s3

import (
	"encoding/xml"
	"net/http"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// inventoryOperations are those on the lists of its objects that a bucket writes somewhere, each by an ID.
func (s *Service) inventoryOperations() wire.Operations {
	return wire.Operations{
		"PutBucketInventoryConfiguration": func(r *wire.Request) (any, error) {
			b, err := s.reach(r, "PutInventoryConfiguration", nil)
			if err != nil {
				return nil, err
			}
			b.inventories[r.HTTP.URL.Query().Get("id")] = r.Body
			return empty(http.StatusOK), nil
		},
		"DeleteBucketInventoryConfiguration": func(r *wire.Request) (any, error) {
			b, err := s.reach(r, "PutInventoryConfiguration", nil)
			if err != nil {
				return nil, err
			}
			delete(b.inventories, r.HTTP.URL.Query().Get("id"))
			return empty(http.StatusNoContent), nil
		},
		"ListBucketInventoryConfigurations": func(r *wire.Request) (any, error) {
			b, err := s.reach(r, "GetInventoryConfiguration", nil)
			if err != nil {
				return nil, err
			}
			text := xml.Header + "<ListInventoryConfigurationsResult><IsTruncated>false</IsTruncated>"
			for _, id := range wire.SortedKeys(b.inventories) {
				text += string(b.inventories[id])
			}
			return wire.XML(http.StatusOK, text+"</ListInventoryConfigurationsResult>"), nil
		},
	}
}
