package localpg

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// passThrough lets a command of another user traverse directories that are closed to that user, such as a clone under
// /root. It uses an ambient capability, the only mechanism that survives the change of user and each exec down to the
// postmaster's children.
//
// CAP_DAC_READ_SEARCH permits traversal and reads. Containers often lack it but grant CAP_DAC_OVERRIDE, which includes
// it, so that is the second choice. Neither gives the product more access over its connections: its role is not a
// superuser and cannot access files.
func passThrough(attr *syscall.SysProcAttr) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // version 3 of the kernel's interface needs two words
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("reading this process's capabilities: %w", err)
	}
	for _, capability := range []uintptr{unix.CAP_DAC_READ_SEARCH, unix.CAP_DAC_OVERRIDE} {
		if data[0].Permitted&(1<<capability) != 0 {
			attr.AmbientCaps = []uintptr{capability}
			return nil
		}
	}
	return errNoPassage
}
