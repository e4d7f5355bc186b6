package scaling

import "math"

// size is a deployment to extrapolate to.
type size struct {
	name           string
	users, follows float64
}

var sizes = []size{
	{"1 million users, 20 million follows", 1e6, 20e6},
	{"1 million users, 100 million follows", 1e6, 100e6},
	{"100 million users, 10 billion follows", 100e6, 10e9},
}

// What users are assumed to do. Replace it by your own figures: everything is proportional to it.
const (
	readsPerDay   = 50.0 // of a user
	followsPerDay = 0.5  // of a user, unfollows included
	peak          = 4.0  // busiest second of a day, as a multiple of the mean
	day           = 86400.0
)

// The machines that the tables count with.
const (
	cores       = 2.0  // of an instance, as that which was measured
	usage       = 0.5  // part of the processor time that requests may take in the busiest second
	checkpoints = 300. // seconds from one checkpoint to the next: checkpoint_timeout
	pageSize    = 8192.
	// indexLong is what each follow takes more in lists of more than 256 followed users (internal/resident).
	indexLong = 16.
	pool      = 16. // --max-connections of an instance
	streams   = 1.  // connections of an instance beside its pool: the stream of commits
	// heapShare is the graph's greatest part of the heap's limit, and of the memory of the process half of it
	// (internal/app, memoryPlan).
	heapShare = 4.
)

// need is what a deployment needs.
type need struct {
	size

	graph, graphLong float64 // bytes of memory for the graph; if all follows are in long lists
	process          float64 // bytes of memory for a process with the defaults
	load             float64 // seconds
	loadBytes        float64
	disk             float64 // bytes
	reads, follows   float64 // in the busiest second
	instances        float64 // with the graph in memory, for the reads of one user
	rate             float64 // follows a second that the primary takes
	logRecords       float64 // bytes a second at the peak, without images of pages
	logImages        float64 // bytes a second at the peak, of images
	logDay           float64 // bytes a day, at the mean
	senders          float64 // part of a core for the WAL senders of all instances
	apply            float64 // part of a core of an instance
	stream           float64 // bytes a second to all instances
	connections      float64
	kept             float64 // bytes of log that a load keeps
}

// needs extrapolates the figures to a size.
func (f *Figures) needs(s size) need {
	n := need{size: s}
	n.graph = s.users*f.of(MemoryUser) + s.follows*f.of(MemoryFollow)
	n.graphLong = n.graph + s.follows*indexLong
	n.process = heapShare * n.graph
	n.load = s.follows / f.of(LoadRate)
	n.loadBytes = s.follows * f.of(LoadBytes)
	n.disk = s.users*f.of(DiskUser) + s.follows*f.of(DiskGrown)
	n.reads = s.users * readsPerDay / day * peak
	n.follows = s.users * followsPerDay / day * peak
	n.rate = f.of(Rate64)
	n.instances = math.Ceil(n.reads * f.of(ReadServer) / 1e3 / (cores * usage))
	n.logRecords, n.logImages = f.log(n.disk, n.follows)
	records, images := f.log(n.disk, n.follows/peak)
	n.logDay = (records + images) * day
	n.senders = n.instances * n.follows * f.of(SenderCPU) / 1e6
	n.apply = n.follows * f.of(ApplyCPU) / 1e6
	n.stream = n.instances * n.follows * f.of(StreamBytes)
	n.connections = n.instances * (pool + streams)
	n.kept = (records + images) * n.load
	return n
}

// log returns the bytes a second that follows write: records, and images of pages. A page is written as an image when it
// changes for the first time after a checkpoint. A follow changes pages at random places, so of many follows some change
// a page that has been written.
func (f *Figures) log(disk, rate float64) (records, images float64) {
	pages := disk / pageSize
	touched := f.of(LogImages) / pageSize * rate * checkpoints
	written := pages * (1 - math.Exp(-touched/pages))
	return rate * f.of(LogRecord64), written * pageSize / checkpoints
}
