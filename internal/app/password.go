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

// maxPasswordLine bounds what is read of an input that may be anything, in bytes.
const maxPasswordLine = 1024

// readPassword reads a password from in, whose one line it is. On a terminal it asks for it twice and does not show it.
// Where ctx ends first, the terminal is left as it was, and the reading goes on until the process ends.
func readPassword(ctx context.Context, in io.Reader, terminal io.Writer) (string, error) {
	read := func() (string, error) { return readLine(in) }
	restore := func() {}
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		state, err := term.GetState(int(file.Fd()))
		if err != nil {
			return "", fmt.Errorf("the terminal: %w", err)
		}
		read = func() (string, error) { return promptTwice(int(file.Fd()), terminal) }
		restore = func() {
			_ = term.Restore(int(file.Fd()), state) // the process ends, there is nothing better to do
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
		return "", fmt.Errorf("the password on standard input: %w", err)
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if line == "" || strings.ContainsAny(line, "\r\n") {
		return "", errors.New("standard input must be the password, on one line")
	}
	return line, nil
}

func promptTwice(terminal int, prompt io.Writer) (string, error) {
	var typed [2]string
	for i, question := range []string{"Password: ", "The same again: "} {
		fmt.Fprint(prompt, question)
		password, err := term.ReadPassword(terminal)
		fmt.Fprintln(prompt)
		if err != nil {
			return "", fmt.Errorf("the password on the terminal: %w", err)
		}
		typed[i] = string(password)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ")
	}
	return typed[0], nil
}
