package rehearsal_test

import (
	"cmp"
	"flag"
	"os"
	"strings"
	"time"
)

// What a run may be asked for. The defaults are those of the small run that `make test` makes.
var (
	usersFlag    = flag.Int("users", 1500, "accounts in each database")
	followsFlag  = flag.Int("follows", 15000, "follows in each database")
	variantsFlag = flag.String("variants", "",
		"variants of the fixture to move, separated by blanks; one may be several names with commas between. `all`: each name alone, none, and what goes together")
	endsFlag     = flag.String("ends", "", "how the moves end, separated by commas: finish, undo, undo-prepared, again (undo, and then the move once more)")
	secondsFlag  = flag.Duration("phase", 1500*time.Millisecond, "how long the service works before, between and after the steps")
	killsFlag    = flag.Int("kills", 2, "how many times each step is killed before it may end")
	killFlag     = flag.Duration("kill-within", 2*time.Second, "a step is killed within this time of its start")
	writesFlag   = flag.Float64("writes", 100, "writes a second of the service")
	readsFlag    = flag.Float64("reads", 50, "reads a second of the service")
	waitFlag     = flag.Duration("max-wait", 0, "fail where a reader or writer waits longer during the move; 0 measures only")
	binaryFlag   = flag.String("followgraph", "", "the program to rehearse with; empty: built from this source")
	programsFlag = flag.String("programs", "", "directory of PostgreSQL's programs to use; empty: those that are installed")
	seedFlag     = flag.Uint64("seed", 1, "seed of the moments of kills and of the service's work")
	durableFlag  = flag.Bool("durable", false, "have commits survive a crash of the machine, as a real database does")
	tableFlag    = flag.String("table", "", "file that gets the table of results; - is standard output")
)

// python is the Python that has the service's packages: Debian's, or the one that scripts/install-python-service.sh knows.
func python() string { return cmp.Or(os.Getenv("REHEARSAL_PYTHON"), "/usr/bin/python3") }

// smallRun is what runs without -variants and -ends: between them the rows have every variant and every end.
var smallRun = []move{
	{variant: "", end: "again"},
	{variant: "enum_user_role,string255,python_times,naive_follows", end: "undo"},
	{variant: "team,cognito_id,trigger,role_default", end: "finish"},
	{variant: "schema_auth,pair_constraint,ids_indexed", end: "undo-prepared"},
}

// move is a database to move and how the move ends.
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

// moves are the moves that the flags ask for; names are all variants of the fixture.
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
