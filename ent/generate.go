// Package ent is the generated data access code for the tables described in
// ent/schema. Only this file and ent/schema are written by hand.
package ent

// The features: sql/lock and sql/upsert for the writes, sql/execquery so that
// the named statements of internal/store run on the same client.
//go:generate go tool ent generate --feature sql/lock,sql/upsert,sql/execquery ./schema
