package app

import (
	"context"
	"fmt"
	"io"

	"followgraph/internal/profile"
	"followgraph/internal/store"
	"followgraph/internal/wording"
)

// phoneNumberCheck lists the phone numbers that are not stored in their normal form, and what they would become. It keeps
// the normal forms of those numbers in memory, and reads all numbers three times.
type phoneNumberCheck struct {
	store    *store.Store
	region   string
	out      io.Writer
	accounts map[string]int // how many accounts have, or would have, a normal form that a number would become
	problems int
}

func (c *phoneNumberCheck) run(ctx context.Context) error {
	found := false
	if err := c.store.EachPhoneNumber(ctx, func(_, _, number string) error {
		normal, ok := c.normal(number)
		if ok && normal != number {
			c.accounts[normal]++
		}
		found = found || !ok || normal != number
		return nil
	}); err != nil || !found {
		return err
	}
	if err := c.store.EachPhoneNumber(ctx, func(_, _, number string) error {
		if n, ok := c.accounts[number]; ok {
			if normal, _ := c.normal(number); normal == number {
				c.accounts[number] = n + 1
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return c.store.EachPhoneNumber(ctx, c.print)
}

func (c *phoneNumberCheck) print(cognitoID, username, number string) error {
	normal, ok := c.normal(number)
	if ok && normal == number {
		return nil
	}
	c.problems++
	change := "would be " + normal
	switch n := c.accounts[normal]; {
	case !ok && c.region == "":
		change = "not an international number: --region reads it as a number of a country"
	case !ok:
		change = "not a number of " + c.region
	case n > 1:
		change += ", the number of " + wording.Count(n, "account")
	}
	_, err := fmt.Fprintf(c.out, "not in E.164: phone number %+q, %s, username %+q, Cognito id %s\n", number, change, username, cognitoID)
	return err
}

// normal returns the form in which a new account would get a number; ok is false if it would be refused. Imports accept
// all numbers in the form of E.164.
func (c *phoneNumberCheck) normal(number string) (normal string, ok bool) {
	normal, err := profile.ParseLocalPhoneNumber(number, c.region)
	if err == nil {
		return normal, true
	}
	return number, profile.CheckPhoneNumber(number) == nil
}
