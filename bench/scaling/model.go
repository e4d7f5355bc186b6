package scaling

import "math"

// size is a deployment to extrapolate to.
type size struct {
	name           string
	users, follows float64
}

var sizes = []size{
	{"1 million, 20 million", 1e6, 20e6},
	{"1 million, 100 million", 1e6, 100e6},
	{"100 million, 10 billion", 100e6, 10e9},
}

// What users are assumed to do. Everything that depends on it is proportional to it.
const (
	readsPerDay   = 50.0 // of a user
	nestedShare   = 0.1  // of the reads: three levels deep, as Q3
	followsPerDay = 0.5  // of a user, unfollows included
	peak          = 4.0  // the busiest second of a day, as a multiple of the mean
	day           = 86400.0
)

// The machines and settings that the tables count with.
const (
	usage       = 0.5   // part of a processor's time that requests may take in the busiest second
	instance    = 2.0   // cores of an instance
	checkpoints = 300.0 // seconds from one checkpoint to the next, as checkpoint_timeout
	pool        = 16.0  // --max-connections
	streams     = 1.0   // connections of an instance beside its pool: the stream of commits
	pageSize    = 8192.0
	// longList is what a follow takes more if the list of the follower has more than 256 (internal/resident).
	longList = 16.0
	// Of the heap's limit (internal/app, memoryPlan): what the parts beside the graph and its garbage take with 2 cores,
	// and the garbage, as a part of the graph.
	besideGraph = 352 << 20
	garbage     = 0.5
)

// need is what a deployment needs. Sizes are in bytes, times in seconds, processor time in cores.
type need struct {
	size

	graph, graphLong float64 // memory of the graph; if all follows are in long lists
	heap, process    float64 // the least limit of the heap; memory of a machine with the defaults
	load             float64 // of the graph
	loadBytes        float64
	kept             float64 // log that PostgreSQL keeps for a load, at the mean rate
	apply            float64 // of an instance that follows the stream, in the busiest second

	reads, writes float64 // in the busiest second
	instances     float64
	readers       float64 // of all instances for the reads
	sqlReaders    float64 // of PostgreSQL, if SQL answers all reads

	disk       float64
	writers    float64 // of PostgreSQL for the follows of the busiest second
	senders    float64 // for the WAL senders of all instances
	logRecords float64 // a second in the busiest second
	logImages  float64 // a second, of images of pages
	logLZ4     float64 // the same, compressed
	logDay     float64 // at the mean rate, images compressed

	connections float64 // of all instances
	stream      float64 // a second to all instances
}

// needs extrapolates the figures to a size.
func (f *Figures) needs(s size) need {
	n := need{size: s}
	n.graph = s.users*f.of(MemoryUser) + s.follows*f.of(MemoryFollow)
	n.graphLong = n.graph + s.follows*longList
	n.heap = n.graph*(1+garbage) + besideGraph
	n.process = 2 * max(n.heap, 2*n.graph) // the heap's limit is half of the memory, and the graph at most half of the limit
	n.load = s.follows / f.of(LoadRate)
	n.loadBytes = s.follows * f.of(LoadBytes)

	n.reads = s.users * readsPerDay / day * peak
	n.writes = s.users * followsPerDay / day * peak
	mix := func(plain, nested string) float64 {
		return ((1-nestedShare)*f.of(plain) + nestedShare*f.of(nested)) / 1e3
	}
	n.readers = n.reads * mix(ReadServer, NestedServer)
	n.sqlReaders = n.reads * mix(SQLPlain, SQLPostgres)
	n.instances = 1 + math.Ceil(n.readers/usage/instance) // one may be away
	n.apply = n.writes * f.of(ApplyCPU) / 1e6

	n.disk = s.users*f.of(DiskUser) + s.follows*f.of(DiskGrown)
	n.writers = n.writes * f.of(FollowPostgres) / 1e3
	n.senders = n.instances * n.writes * f.of(SenderCPU) / 1e6
	n.logRecords = n.writes * f.of(LogRecord16)
	n.logImages = f.images(n.disk, n.writes)
	compressed := f.of(LogImagesLZ4) / f.of(LogImages)
	n.logLZ4 = n.logImages * compressed
	mean := n.logRecords/peak + f.images(n.disk, n.writes/peak)*compressed
	n.logDay, n.kept = mean*day, mean*n.load

	n.connections = n.instances * (pool + streams)
	n.stream = n.instances * n.writes * f.of(StreamBytes)
	return n
}

// images returns the bytes a second of images of pages that follows write. A page is written as an image when it changes
// for the first time after a checkpoint. Follows change pages at random places, so of many follows some change a page
// whose image is in the log already.
func (f *Figures) images(disk, rate float64) float64 {
	pages := disk / pageSize
	changes := f.of(LogImages) / pageSize * rate * checkpoints
	return pages * (1 - math.Exp(-changes/pages)) * pageSize / checkpoints
}
