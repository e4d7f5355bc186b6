package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc (USER_HZ). It is the same on all Linux platforms that Go supports.
const tick = 10 * time.Millisecond

// stat is a part of /proc/PID/stat (proc(5)).
type stat struct {
	pid, parent int
	own         time.Duration // user and system time of all threads
	children    time.Duration // of its children that have ended
}

// CPU returns the user and system time of a process.
func CPU(pid int) (time.Duration, error) {
	s, err := readStat(pid)
	return s.own, err
}

// FamilyCPU returns the CPU time of a process and its children, including ended ones. For a postmaster, that is the
// time of the whole PostgreSQL.
func FamilyCPU(pid int) (time.Duration, error) {
	parent, err := readStat(pid)
	if err != nil {
		return 0, err
	}
	sum := parent.own + parent.children
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	for _, dir := range dirs {
		child, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		s, err := readStat(child)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it has ended
		case err != nil:
			return 0, err
		case s.parent == pid:
			sum += s.own + s.children
		}
	}
	return sum, nil
}

// Parent returns the parent of a process.
func Parent(pid int) (int, error) {
	s, err := readStat(pid)
	return s.parent, err
}

func readStat(pid int) (stat, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		// A process that ends between open and read causes ESRCH.
		if strings.Contains(err.Error(), "no such process") {
			err = fs.ErrNotExist
		}
		return stat{}, fmt.Errorf("read the CPU times of process %d (needs Linux): %w", pid, err)
	}
	// The name in parentheses may contain any characters, including blanks and parentheses.
	_, rest, _ := bytes.Cut(raw[bytes.LastIndexByte(raw, ')'):], []byte(" "))
	fields := strings.Fields(string(rest)) // from the third field, the state
	const parent, utime, stime, cutime, cstime = 4 - 3, 14 - 3, 15 - 3, 16 - 3, 17 - 3
	numbers := make([]int64, cstime+1)
	for i := parent; i <= cstime; i++ {
		if i >= len(fields) {
			return stat{}, fmt.Errorf("/proc/%d/stat has too few fields", pid)
		}
		if numbers[i], err = strconv.ParseInt(fields[i], 10, 64); err != nil {
			return stat{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
		}
	}
	return stat{
		pid:      pid,
		parent:   int(numbers[parent]),
		own:      time.Duration(numbers[utime]+numbers[stime]) * tick,
		children: time.Duration(numbers[cutime]+numbers[cstime]) * tick,
	}, nil
}

// Memory is the resident memory of a process, in bytes.
type Memory struct {
	Now  int64
	Peak int64 // since its start
}

// ReadMemory reads the resident memory of a process.
func ReadMemory(pid int) (Memory, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Memory{}, fmt.Errorf("read the memory of process %d (needs Linux): %w", pid, err)
	}
	var m Memory
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(line, ":")
		var target *int64
		switch name {
		case "VmRSS":
			target = &m.Now
		case "VmHWM":
			target = &m.Peak
		default:
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return Memory{}, fmt.Errorf("/proc/%d/status: %w", pid, err)
		}
		*target = kib << 10
	}
	if m.Now == 0 {
		return m, fmt.Errorf("/proc/%d/status has no VmRSS", pid)
	}
	return m, nil
}
