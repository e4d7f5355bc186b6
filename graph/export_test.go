package graph

import "followgraph/graph/operation"

// Executor returns the executor of a server, for tests that call it themselves.
func (s *Server) Executor() *operation.Executor { return s.executor }
