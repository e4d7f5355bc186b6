package rehearsal_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	random "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"followgraph/internal/auth"
	"followgraph/internal/globalid"
)

// successorWriters is the number of concurrent callers of the API. Each makes a change every 50 ms.
const successorWriters = 3

// successor is a Followgraph server next to the service, with callers that follow and unfollow.
type successor struct {
	command *exec.Cmd
	log     bytes.Buffer
	address string
	admin   string // the address for operators
	tokens  *auth.Tokens
	stop    context.CancelFunc
	callers sync.WaitGroup

	mu      sync.Mutex
	changes []change
	faults  []string
}

// caller is an account that changes its follows.
type caller struct {
	ID           string
	TokenVersion int64
}

// change is a follow or unfollow, acknowledged or without an answer.
type change struct {
	pair         [2]string
	followed     bool
	acknowledged bool
	took         time.Duration
}

var (
	announcement      = regexp.MustCompile(`^Followgraph answers on (http://127\.0\.0\.1:\d+)/graphql\n$`)
	adminAnnouncement = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/metrics`)
)

// startSuccessor starts the server and its callers. accounts are accounts of the callers. The service must not write
// follows of theirs.
func startSuccessor(t *testing.T, p *program, accounts []caller) *successor {
	t.Helper()
	require.GreaterOrEqual(t, len(accounts), 2*successorWriters)
	s := &successor{}
	key := writeKey(t)
	keys, err := auth.LoadKeys(key, nil)
	require.NoError(t, err)
	s.tokens = auth.NewTokens(keys, time.Hour, time.Now)
	s.command = p.command(t.Context(), "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--token-key", key, "--playground=false", "--log-level", "warn")
	s.command.Stderr = &s.log
	out, err := s.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.command.Start())
	t.Cleanup(func() {
		if s.command.ProcessState == nil {
			_ = s.command.Process.Kill()
			_ = s.command.Wait()
		}
	})
	lines := bufio.NewReader(out)
	for s.address == "" || s.admin == "" {
		line, err := lines.ReadString('\n')
		require.NoError(t, err, "serve ended before it announced its addresses: %s", &s.log)
		if match := announcement.FindStringSubmatch(line); match != nil {
			s.address = match[1]
		} else if match := adminAnnouncement.FindStringSubmatch(line); match != nil {
			s.admin = match[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()

	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	for n := range successorWriters {
		mine := accounts[n*len(accounts)/successorWriters : (n+1)*len(accounts)/successorWriters]
		s.callers.Go(func() { s.call(ctx, random.New(random.NewPCG(*seedFlag, uint64(n))), mine, accounts) })
	}
	return s
}

// writeKey creates a key for signing tokens and returns its file.
func writeKey(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "token-key.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return path
}

func (s *successor) call(ctx context.Context, rng *random.Rand, mine, all []caller) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		a, b := mine[rng.IntN(len(mine))], all[rng.IntN(len(all))]
		if a == b {
			continue
		}
		made := change{pair: [2]string{a.ID, b.ID}, followed: rng.IntN(2) == 0}
		began := time.Now()
		err := s.change(ctx, a, made)
		made.took, made.acknowledged = time.Since(began), err == nil
		s.mu.Lock()
		s.changes = append(s.changes, made)
		if err != nil {
			s.faults = append(s.faults, err.Error())
		}
		s.mu.Unlock()
	}
}

func (s *successor) change(ctx context.Context, by caller, c change) error {
	token, _, err := s.tokens.Issue(by.ID, by.TokenVersion)
	if err != nil {
		return err
	}
	mutation := "followUser"
	if !c.followed {
		mutation = "unfollowUser"
	}
	body, err := json.Marshal(map[string]string{"query": fmt.Sprintf(`mutation { it: %s(input: {userId: "%s"}) { changed } }`, mutation, globalid.User(c.pair[1]))})
	if err != nil {
		return err
	}
	// Without ctx: the last request must be answered, so that its result is known.
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, s.address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || strings.Contains(string(text), `"errors"`) {
		return fmt.Errorf("%s: status %d: %s", mutation, response.StatusCode, text)
	}
	return nil
}

// metrics returns the metrics of the server.
func (s *successor) metrics(t *testing.T) string {
	t.Helper()
	response, err := http.Get(s.admin + "/metrics")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

// rest stops the callers. The server continues.
func (s *successor) rest() []change {
	s.stop()
	s.callers.Wait()
	return s.changes
}

// end stops the server as an operator does.
func (s *successor) end(t *testing.T) {
	t.Helper()
	s.rest()
	require.NoError(t, s.command.Process.Signal(os.Interrupt))
	require.NoError(t, s.command.Wait(), "%s", &s.log)
	require.Empty(t, s.faults, "%s", &s.log)
}
