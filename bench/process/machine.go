package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// MachineCPU returns the processor time that all programs of the machine have taken since its start, and the time that
// its processors had.
func MachineCPU() (busy, all time.Duration, err error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, fmt.Errorf("read the CPU times of the machine (needs Linux): %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	for i, field := range strings.Fields(line)[1:] {
		// user nice system idle iowait irq softirq steal, and guest times, which user time includes (proc(5)).
		const idle, iowait, steal = 3, 4, 7
		if i > steal {
			break
		}
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("/proc/stat: %w", err)
		}
		all += time.Duration(n) * tick
		if i != idle && i != iowait {
			busy += time.Duration(n) * tick
		}
	}
	return busy, all, nil
}
