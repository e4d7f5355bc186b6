package main

import (
	"bytes"
	"fmt"
	"strings"
)

const introduction = `Third-party licences
====================

The program followgraph contains the Go modules below, under the licences whose texts follow them.
The pages for browsers, which it contains too, contain packages of npm: web/dist has a list of those with their
licences for each page, which the program serves as /licenses.md and /playground/licenses.md.

This file is made by ` + "`make licenses`" + `. Do not edit it.

`

var rule = strings.Repeat("-", 80)

// write returns the file: the modules, then each text once with the modules that use it.
func write(modules []*module) []byte {
	var out bytes.Buffer
	out.WriteString(introduction)
	of := map[string][]string{}
	var texts []string
	for _, m := range modules {
		fmt.Fprintf(&out, "%s: %s\n", m, strings.Join(m.licences, ", "))
		for _, text := range m.texts {
			users := of[text]
			if len(users) == 0 {
				texts = append(texts, text)
			}
			if len(users) == 0 || users[len(users)-1] != m.String() {
				of[text] = append(users, m.String())
			}
		}
	}
	for _, text := range texts {
		fmt.Fprintf(&out, "\n%s\n%s\n%s\n\n%s\n", rule, strings.Join(of[text], "\n"), rule, text)
	}
	return out.Bytes()
}
