package scenario

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"followgraph/internal/globalid"
)

// subscriber watches the followers of a user by server-sent events.
type subscriber struct {
	world  *living
	client *http.Client
	random *rand.Rand
	user   string
	began  chan struct{} // closed when it has a position
	last   string        // the position

	mu      sync.Mutex
	changes []liveChange
}

func (s *subscriber) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.changes)
}

// stay is how many messages a subscriber reads at most before it moves to another instance.
const stay = 200

// run reads until ctx ends. After each end of a connection it resumes on any instance.
func (s *subscriber) run(ctx context.Context, instance int) error {
	for {
		resumes := s.last != ""
		err := s.read(ctx, s.world.instances[instance], 1+s.random.IntN(stay))
		if ctx.Err() != nil {
			return nil
		}
		if refused, ok := errors.AsType[*refusal](err); ok && refused.code == "POSITION_EXPIRED" {
			s.world.expired.Add(1)
			return nil
		} else if ok && !isOutage(err) {
			return err
		}
		if resumes {
			s.world.resumed.Add(1)
		}
		instance = s.random.IntN(len(s.world.instances))
		if err != nil {
			_ = pause(ctx, time.After(poll))
		}
	}
}

// read reads up to a number of messages with events.
func (s *subscriber) read(ctx context.Context, i *Instance, messages int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := json.Marshal(map[string]any{
		"query":     "subscription($id: ID!) { followersChanged(userId: $id) { changes { kind followerId edge { cursor } } } }",
		"variables": map[string]any{"id": globalid.User(s.user)},
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+i.address()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	if s.last != "" {
		request.Header.Set("Last-Event-ID", s.last)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		_, err = read(response, raw, new(json.RawMessage))
		return err
	}
	id, data := s.last, ""
	for lines := bufio.NewReader(response.Body); messages > 0; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			id = value
		case "data":
			data = value
		case "": // the end of a message, or a comment
			if data != "" && data != "{}" {
				if err := s.take(data); err != nil {
					return err
				}
				messages--
			}
			if s.last == "" && id != "" {
				close(s.began)
			}
			s.last, data = id, ""
		}
	}
	return nil
}

// take adds the changes of an event.
func (s *subscriber) take(data string) error {
	var payload struct {
		Data struct {
			FollowersChanged struct {
				Changes []struct {
					Kind       string `json:"kind"`
					FollowerID string `json:"followerId"`
					Edge       struct {
						Cursor string `json:"cursor"`
					} `json:"edge"`
				} `json:"changes"`
			} `json:"followersChanged"`
		} `json:"data"`
		Errors []struct {
			Message    string `json:"message"`
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if err := json.Unmarshal([]byte(data), &payload); err != nil {
		return fmt.Errorf("event %.200s: %w", data, err)
	}
	if len(payload.Errors) > 0 {
		return &refusal{payload.Errors[0].Extensions.Code, payload.Errors[0].Message}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range payload.Data.FollowersChanged.Changes {
		cursor, err := base64.RawURLEncoding.DecodeString(c.Edge.Cursor)
		if err != nil || len(cursor) < 19 {
			return fmt.Errorf("cursor %q: %w", c.Edge.Cursor, err)
		}
		row := int64(binary.BigEndian.Uint64(cursor[11:])) // after version, kind, list and time
		s.changes = append(s.changes, liveChange{row, c.Kind == "GAINED", c.FollowerID})
	}
	return nil
}
