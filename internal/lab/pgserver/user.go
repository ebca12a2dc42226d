package pgserver

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged gives the user that servers run as when this process is root, and whether it is: the
// system's postgres where there is one, else nobody.
func unprivileged() (uid, gid int, needed bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid > 0 {
			return uid, gid, true
		}
	}
	return 65534, 65534, true
}

// AsUnprivileged makes a command run as that user.
func AsUnprivileged(cmd *exec.Cmd) {
	if uid, gid, needed := unprivileged(); needed {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
}

// GiveAway hands paths to that user.
func GiveAway(paths ...string) error {
	uid, gid, needed := unprivileged()
	if !needed {
		return nil
	}
	for _, p := range paths {
		if err := os.Chown(p, uid, gid); err != nil {
			return fmt.Errorf("giving %s to the server's user: %w", p, err)
		}
	}
	return nil
}
