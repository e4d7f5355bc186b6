package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// nonroot is the user and group of the image.
const nonroot = 65532

// asContainer is the environment variable that makes the test binary enter a container and become its program.
const asContainer = "FOLLOWGRAPH_TEST_AS_CONTAINER"

// entry is what asContainer contains, as JSON.
type entry struct {
	Root      string
	Arguments []string
	Env       []string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(asContainer); text != "" {
		fmt.Fprintln(os.Stderr, "entering the container:", enter(text)) // returns only with an error
		os.Exit(125)
	}
	os.Exit(m.Run())
}

// command returns a command that runs the program with other arguments than the image's.
func (c *container) command(ctx context.Context, arguments []string) *exec.Cmd {
	text, err := json.Marshal(entry{c.root, append(append([]string{}, c.entrypoint...), arguments...), c.env})
	if err != nil {
		panic(err) // strings can always be encoded
	}
	command := exec.CommandContext(ctx, os.Args[0])
	command.Env = []string{asContainer + "=" + string(text)}
	return command
}

// launch starts a command in namespaces of its own: users, mounts, processes, IPC and host name. Root without the right
// to create them, as in Docker's containers, only changes the root directory and the user.
func (c *container) launch(t *testing.T, command *exec.Cmd) error {
	t.Helper()
	user, group := os.Geteuid(), os.Getegid()
	if user == 0 {
		user, group = nonroot, nonroot
	}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nonroot, HostID: user, Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nonroot, HostID: group, Size: 1}},
		// Otherwise the test binary would lose them, because its user is not root there.
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETUID, unix.CAP_SETGID},
	}
	err := command.Start()
	if !errors.Is(err, syscall.EPERM) {
		return err
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("this user may not create namespaces; run the test as root, or allow unprivileged user namespaces: %w", err)
	}
	t.Log("no right to create namespaces: the root directory is not mounted read-only, but only root could write to it")
	var decoded entry
	if err := json.Unmarshal([]byte(command.Env[0][len(asContainer)+1:]), &decoded); err != nil {
		return err
	}
	command.Path, command.Args, command.Env, command.Err = decoded.Arguments[0], decoded.Arguments, decoded.Env, nil
	command.SysProcAttr = &syscall.SysProcAttr{
		Chroot: c.root, Credential: &syscall.Credential{Uid: nonroot, Gid: nonroot},
	}
	command.Dir = "/"
	return command.Start()
}

// enter makes the root read-only, changes to it and to the image's user, gives up all capabilities, and becomes the
// program.
func enter(text string) error {
	runtime.LockOSThread() // some of the settings below are a thread's
	var e entry
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := unix.Mount(e.Root, e.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting the root: %w", err)
	}
	var mounted unix.Statfs_t
	if err := unix.Statfs(e.Root, &mounted); err != nil {
		return err
	}
	// A new namespace must keep the restrictions of the mounts that it inherits.
	kept := uintptr(mounted.Flags) & (unix.MS_NODEV | unix.MS_NOEXEC)
	if err := unix.Mount("", e.Root, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|kept, ""); err != nil {
		return fmt.Errorf("making the root read-only: %w", err)
	}
	if err := unix.Chroot(e.Root); err != nil {
		return err
	}
	if err := unix.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Setresgid(nonroot, nonroot, nonroot); err != nil {
		return err
	}
	if err := unix.Setresuid(nonroot, nonroot, nonroot); err != nil {
		return err
	}
	return unix.Exec(e.Arguments[0], e.Arguments, e.Env)
}

// checkPrivileges checks that a running server has the image's user and no capability.
func (c *container) checkPrivileges(t *testing.T, server *containerServer) {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(server.process.Process.Pid) + "/status")
	require.NoError(t, err)
	user := os.Geteuid()
	if user == 0 {
		user = nonroot
	}
	require.Regexp(t, fmt.Sprintf(`(?m)^Uid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d$`, user), string(status))
	require.Regexp(t, `(?m)^CapPrm:\t0+$`, string(status))
	require.Regexp(t, `(?m)^CapEff:\t0+$`, string(status))
	require.Regexp(t, `(?m)^Groups:\t *$`, string(status))
}
