package app

import (
	"io"
	"log/slog"

	"followgraph/internal/config"
	"followgraph/internal/httpserver"
)

// NewLog returns a logger that writes to w. c must be valid.
func NewLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(w, options)
	if c.Format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	return slog.New(httpserver.LogHandler{Handler: handler})
}
