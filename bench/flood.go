package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"followgraph/bench/load"
	"followgraph/bench/report"
	"followgraph/internal/auth"
)

const (
	floodConnections = 32
	floodReaders     = 4 // connections of the measured reads

	// Half of the sign-ins have the right password. An account is tried so rarely that it uses up its attempts only in
	// the first of many floods.
	floodAccounts  = 1_000 // accounts with a password
	floodUsernames = 20_000
	floodPassword  = "correct horse battery staple"
)

// situations are the conditions under which reads are measured: attempts from so many addresses that none exceeds its
// limit, so that each attempt hashes a password; and attempts from one address that has exceeded its limit.
var situations = []struct {
	name      string
	flood     bool
	perSource int
	flags     []string // of serve
}{
	{name: "no sign-ins"},
	{name: "32 sign in, passwords compared", flood: true, perSource: 50},
	{name: "32 sign in, attempts refused", flood: true, flags: []string{"--attempts-per-address=1"}},
}

// The kinds of answers to a sign-in. Other kinds are named by the code of their error.
const (
	signedIn      = "signed in"
	wrongPassword = "UNAUTHENTICATED"
	refused       = "RATE_LIMITED"
)

// floodSignIns measures reads during many sign-ins.
func (b *bench) floodSignIns(ctx context.Context) error {
	s := b.stages[0]
	requests, err := s.prepareFlood(ctx)
	if err != nil {
		return err
	}
	var tables []report.Flood
	for _, which := range b.servers {
		table := report.Flood{Server: which.name, Situations: make([]report.Situation, len(situations))}
		for round := range b.rounds {
			for i, situation := range situations {
				sample, err := b.underFlood(ctx, s, which, round, requests, i)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", which.name, situation.name, err)
				}
				table.Situations[i].Name = situation.name
				table.Situations[i].Samples = append(table.Situations[i].Samples, sample)
			}
		}
		tables = append(tables, table)
	}
	if err := s.cluster.Restore(ctx); err != nil {
		return err
	}
	var text strings.Builder
	b.describe(&text, fmt.Sprintf("Reads: %s, %d connections, %d different requests. Sign-ins: %d connections, every other attempt with the right password.",
		b.shapes[0].Title, floodReaders, b.targets, floodConnections))
	if err := report.WriteFloods(&text, tables); err != nil {
		return err
	}
	return b.publish(text.String())
}

// prepareFlood sets the passwords of some accounts, and generates the sign-ins.
func (s *stage) prepareFlood(ctx context.Context) ([]load.Request, error) {
	passwords, err := auth.NewPasswords(auth.PasswordOptions{})
	if err != nil {
		return nil, err
	}
	hash, err := passwords.Hash(ctx, auth.Origin{}, floodPassword)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.cluster.URL)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, _ := conn.Query(ctx, "SELECT cognito_id, username FROM users ORDER BY id LIMIT $1", floodUsernames)
	type user struct{ CognitoID, Username string }
	users, err := pgx.CollectRows(rows, pgx.RowToStructByPos[user])
	if err != nil {
		return nil, err
	}
	var owners []string
	for _, u := range users[:min(floodAccounts, len(users)/2)] {
		owners = append(owners, u.CognitoID)
	}
	if err := s.cluster.Protect(ctx, nil, owners); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "UPDATE users SET password_hash = $1 WHERE cognito_id = ANY ($2)", hash, owners); err != nil {
		return nil, err
	}
	var requests []load.Request
	for i, u := range users[len(owners):] {
		right, err1 := signIn(users[i%len(owners)].Username, floodPassword)
		wrong, err2 := signIn(u.Username, "a guess")
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		requests = append(requests, right, wrong)
	}
	return requests, nil
}

func signIn(username, password string) (load.Request, error) {
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($username: String!, $password: String!) { login(input: {username: $username, password: $password}) { token } }`,
		"variables": map[string]string{"username": username, "password": password},
	})
	return load.Request{Body: body}, err
}

var codeForm = regexp.MustCompile(`"code":"([A-Z_]+)"`)

// kindOfSignIn returns the kind of the answer to a sign-in.
func kindOfSignIn(answer load.Answer) string {
	if match := codeForm.FindSubmatch(answer.Body); match != nil {
		return string(match[1])
	}
	if answer.Status == 200 && strings.Contains(string(answer.Body), `"token":"`) {
		return signedIn
	}
	return fmt.Sprintf("status %d", answer.Status)
}

// underFlood measures the reads in one situation. Each situation has its own server, because attempts are counted in
// memory.
func (b *bench) underFlood(
	ctx context.Context, s *stage, which server, round int, requests []load.Request, at int,
) (_ report.FloodSample, err error) {
	which.flags = slices.Concat(which.flags, situations[at].flags)
	running, err := which.start(ctx, b, s.cluster.URL, false)
	if err != nil {
		return report.FloodSample{}, err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	var flood *load.Flood
	counts := func() map[string]int { return nil }
	if situations[at].flood {
		flood = load.StartFlood(ctx, load.FloodOptions{
			Address: running.Address, Connections: floodConnections, Requests: requests,
			PerSource: situations[at].perSource, Kind: kindOfSignIn,
		})
		counts = flood.Counts
		defer func() { err = errors.Join(err, flood.Stop()) }()
	}
	var before, after map[string]int
	result, err := load.Run(ctx, load.Options{
		Address:     running.Address,
		Connections: floodReaders,
		Warmup:      b.warmup,
		Duration:    b.duration,
		Seed:        b.dataset.Seed + uint64(round),
		Requests:    s.requests[b.shapes[0].Name],
		Begin:       func() error { before = counts(); return nil },
		End:         func() error { after = counts(); return nil },
	})
	switch {
	case err != nil:
		return report.FloodSample{}, err
	case result.Failed > 0:
		return report.FloodSample{}, fmt.Errorf("%d answers were wrong, the first: %w", result.Failed, result.Failure)
	}
	for kind, count := range after {
		if kind != signedIn && kind != wrongPassword && kind != refused {
			return report.FloodSample{}, fmt.Errorf("%d sign-ins were answered with %s", count, kind)
		}
	}
	each := func(kind string) float64 { return float64(after[kind]-before[kind]) / result.Elapsed.Seconds() }
	sample := report.FloodSample{
		Rate: result.Rate(), P50: result.P50, P99: result.P99,
		SignedIn: each(signedIn), Wrong: each(wrongPassword), Refused: each(refused),
	}
	fmt.Fprintf(b.log, "round %d  %-20s  %-31s %9.1f reads/s  p50 %s  p99 %s\n", round+1, which.name, situations[at].name,
		sample.Rate, sample.P50.Round(time.Microsecond), sample.P99.Round(time.Microsecond))
	return sample, nil
}
