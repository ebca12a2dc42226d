package aurora

import (
	"fmt"
	"os/exec"
	"syscall"
)

// guard leaves a shell behind that stops the servers and removes the directory when this process ends in whatever way,
// kill -9 included: its standard input closes then.
func guard(dir string) (release func(), err error) {
	const script = `cat >/dev/null
for d in "$0"/clusters/*/data; do
  [ -f "$d/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$d/postmaster.pid")" 2>/dev/null
done
sleep 1
rm -rf "$0"`
	shell := exec.Command("sh", "-c", script, dir)
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt of the terminal is not for it
	in, err := shell.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("guarding the lab's servers: %w", err)
	}
	if err := shell.Start(); err != nil {
		return nil, fmt.Errorf("guarding the lab's servers: %w", err)
	}
	return func() {
		_ = shell.Process.Kill() // the servers are stopped: it has nothing to do
		_ = shell.Wait()
		_ = in.Close()
	}, nil
}
