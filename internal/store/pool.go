package store

import "time"

// Pool is how the pool of connections stands.
type Pool struct {
	Max      int           // connections at most
	Acquired int           // in use
	Idle     int           // open and not in use
	Acquires int64         // connections that were ever taken
	Waits    int64         // those of them that had to be waited for: none was idle
	Waited   time.Duration // the sum of those times
	Canceled int64         // waits that were given up
	Opened   int64         // connections that were ever opened
}

// Pool tells how the pool stands.
func (s *Store) Pool() Pool {
	stat := s.pool.Stat()
	return Pool{
		Max:      int(stat.MaxConns()),
		Acquired: int(stat.AcquiredConns()),
		Idle:     int(stat.IdleConns()),
		Acquires: stat.AcquireCount(),
		Waits:    stat.EmptyAcquireCount(),
		Waited:   stat.EmptyAcquireWaitTime(),
		Canceled: stat.CanceledAcquireCount(),
		Opened:   stat.NewConnsCount(),
	}
}
