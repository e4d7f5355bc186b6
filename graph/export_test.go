package graph

import "followgraph/graph/operation"

// Executor returns the executor of a server, for tests that call it themselves.
func (s *Server) Executor() *operation.Executor { return s.executor }

// KeptEvents returns the number of responses to events that are kept for streams.
func (s *Server) KeptEvents() int {
	s.subscriptions.mu.Lock()
	defer s.subscriptions.mu.Unlock()
	return s.subscriptions.kept.Len()
}

// Groups returns the number of groups of subscriptions.
func (s *Server) Groups() int {
	s.subscriptions.mu.Lock()
	defer s.subscriptions.mu.Unlock()
	return len(s.subscriptions.groups)
}

// KeptBytes returns the bytes of the responses that are kept for streams.
func (s *Server) KeptBytes() int {
	s.subscriptions.mu.Lock()
	defer s.subscriptions.mu.Unlock()
	return s.subscriptions.bytes
}
