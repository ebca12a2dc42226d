package cloud

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// SignIn writes profiles into a directory, in place of those that are there, and gives the variables that make clients
// of AWS find them, and no credentials of the machine.
func SignIn(dir string, profiles map[string]Credentials) (map[string]string, error) {
	var b strings.Builder
	for _, name := range wire.SortedKeys(profiles) {
		fmt.Fprintf(&b, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", name, profiles[name].AccessKey,
			profiles[name].Secret)
	}
	credentials, config := filepath.Join(dir, "credentials"), filepath.Join(dir, "config")
	next := credentials + ".next" // others read it meanwhile
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = os.WriteFile(next, []byte(b.String()), 0o600)
	}
	if err == nil {
		err = os.Rename(next, credentials)
	}
	if err == nil {
		err = os.WriteFile(config, nil, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the lab's profiles: %w", err)
	}
	return map[string]string{
		"AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_PROFILE": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
	}, nil
}
