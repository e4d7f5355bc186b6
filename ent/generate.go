// Package ent is the generated data access code for the tables described in
// ent/schema. Only this file and ent/schema are written by hand.
package ent

//go:generate go run followgraph/cmd/ent ./schema
