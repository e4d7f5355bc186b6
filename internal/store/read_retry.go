package store

import "context"

// readTwice runs a read, and runs it once more if PostgreSQL ended it for a reason that is over with the next attempt
// (see retryable) and ctx has not ended. read must not depend on what an earlier call has stored.
//
// A read does not wait before the second attempt, as withRetries does for a write: it holds no locks, so the same two
// transactions cannot collide again.
func (s *Store) readTwice(ctx context.Context, read func() error) error {
	err := read()
	if err == nil || !retryable(err) || ctx.Err() != nil {
		return err
	}
	s.rereads.Add(1)
	return read()
}

// Rereads returns the number of reads that were run once more since the start.
func (s *Store) Rereads() int64 { return s.rereads.Load() }
