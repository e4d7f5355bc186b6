package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxPasswordLine bounds the input, in bytes.
const maxPasswordLine = 1024

// readPassword reads a password from the only line of in. On a terminal it prompts twice and does not echo. If ctx ends
// first, it restores the terminal. A goroutine then stays blocked in its read until the process ends.
func readPassword(ctx context.Context, in io.Reader, terminal io.Writer) (string, error) {
	read := func() (string, error) { return readLine(in) }
	restore := func() {}
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		state, err := term.GetState(int(file.Fd()))
		if err != nil {
			return "", fmt.Errorf("reading the state of the terminal: %w", err)
		}
		read = func() (string, error) { return promptTwice(int(file.Fd()), terminal) }
		restore = func() {
			_ = term.Restore(int(file.Fd()), state) // the process ends, so the error is of no use
			fmt.Fprintln(terminal)
		}
	}
	type result struct {
		password string
		err      error
	}
	results := make(chan result, 1)
	go func() {
		password, err := read()
		results <- result{password, err}
	}()
	select {
	case <-ctx.Done():
		restore()
		return "", ctx.Err()
	case r := <-results:
		return r.password, r.err
	}
}

func readLine(in io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxPasswordLine))
	if err != nil {
		return "", fmt.Errorf("reading the password from standard input: %w", err)
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if line == "" || strings.ContainsAny(line, "\r\n") {
		return "", errors.New("standard input must contain exactly one line, the password")
	}
	return line, nil
}

func promptTwice(terminal int, prompt io.Writer) (string, error) {
	var passwords [2]string
	for i, label := range []string{"Password: ", "Repeat password: "} {
		fmt.Fprint(prompt, label)
		password, err := term.ReadPassword(terminal)
		fmt.Fprintln(prompt)
		if err != nil {
			return "", fmt.Errorf("reading the password from the terminal: %w", err)
		}
		passwords[i] = string(password)
	}
	if passwords[0] != passwords[1] {
		return "", errors.New("the two passwords differ")
	}
	return passwords[0], nil
}
