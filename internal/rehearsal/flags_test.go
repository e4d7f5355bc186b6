package rehearsal_test

import (
	"cmp"
	"flag"
	"os"
	"strings"
	"time"
)

// Parameters of a run. The defaults are for the small run of `make test`.
var (
	usersFlag    = flag.Int("users", 1500, "accounts in each database")
	followsFlag  = flag.Int("follows", 15000, "follows in each database")
	variantsFlag = flag.String("variants", "",
		"variants of the fixture to move, separated by spaces; a variant may combine several names with commas. `all`: each name alone, the plain fixture, and all names together")
	endsFlag     = flag.String("ends", "", "ends of the moves, separated by commas: finish, undo, undo-prepared, again (undo, then a second move)")
	secondsFlag  = flag.Duration("phase", 1500*time.Millisecond, "how long the service works before, between and after the steps")
	killsFlag    = flag.Int("kills", 2, "kills of each step before it may complete")
	killFlag     = flag.Duration("kill-within", 2*time.Second, "maximum time from the start of a step to its kill")
	writesFlag   = flag.Float64("writes", 100, "writes per second of the service")
	readsFlag    = flag.Float64("reads", 50, "reads per second of the service")
	waitFlag     = flag.Duration("max-wait", 0, "fail if a reader or writer waits longer during the move; 0: only measure")
	binaryFlag   = flag.String("followgraph", "", "the binary to test; empty: build it from this source")
	programsFlag = flag.String("programs", "", "directory of the PostgreSQL programs to use; empty: the installed ones")
	seedFlag     = flag.Uint64("seed", 1, "seed for the times of kills and for the work of the service")
	durableFlag  = flag.Bool("durable", false, "make commits survive a crash of the machine, as in a production database")
	tableFlag    = flag.String("table", "", "file for the table of results; - is standard output")
)

// python returns the path of a Python with the packages of the service.
func python() string { return cmp.Or(os.Getenv("REHEARSAL_PYTHON"), "/usr/bin/python3") }

// smallRun are the moves without -variants and -ends. Together they have all variants and all ends.
var smallRun = []move{
	{variant: "", end: "again"},
	{variant: "enum_user_role,string255,python_times,naive_follows", end: "undo"},
	{variant: "team,cognito_id,trigger,role_default", end: "finish"},
	{variant: "schema_auth,pair_constraint,ids_indexed", end: "undo-prepared"},
}

// move is a variant of the database and the way in which its adoption ends.
type move struct {
	variant string
	end     string
}

func (m move) String() string {
	if m.variant == "" {
		return "plain, " + m.end
	}
	return m.variant + ", " + m.end
}

func (m move) has(name string) bool {
	for each := range strings.SplitSeq(m.variant, ",") {
		if each == name {
			return true
		}
	}
	return false
}

// moves returns the moves that the flags select. names are all variants of the fixture.
func moves(names []string) []move {
	if *variantsFlag == "" && *endsFlag == "" {
		return smallRun
	}
	variants := strings.Fields(*variantsFlag)
	if *variantsFlag == "all" {
		variants = append([]string{"plain"}, names...)
		variants = append(variants, strings.Join(names, ","))
	}
	if len(variants) == 0 {
		variants = []string{"plain"}
	}
	ends := []string{"finish"}
	if *endsFlag != "" {
		ends = strings.Split(*endsFlag, ",")
	}
	var all []move
	for _, variant := range variants {
		if variant == "plain" {
			variant = ""
		}
		for _, end := range ends {
			all = append(all, move{variant: variant, end: end})
		}
	}
	return all
}
