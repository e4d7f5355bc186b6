package store

import "context"

var emitAttemptsSQL = statement("emit_attempts", nil)

// EmitAttempts writes a message to the log that the streams of all instances have.
func (s *Store) EmitAttempts(ctx context.Context, message []byte) error {
	_, err := s.pool.Exec(ctx, emitAttemptsSQL, message)
	return classify(ctx, err)
}
