package adopt

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"followgraph/internal/wording"
)

// maxPhoneNumbers bounds the number of phone numbers to parse. Each takes a few microseconds.
const maxPhoneNumbers = 200000

// checkPhoneNumbers notes phone numbers that are not in E.164. The finding contains ids of accounts but no numbers.
func (c *checker) checkPhoneNumbers(ctx context.Context) error {
	if c.options.ParsePhoneNumber == nil {
		return nil
	}
	byNumber := map[string][]int64{}
	var readable, unreadable int64
	var someUnreadable []int64
	total := int64(0)
	counted, err := c.query(ctx, "read phone numbers", c.template("check_phone_numbers"), []any{maxPhoneNumbers}, func(rows pgx.Rows) error {
		var id int64
		var number string
		_, err := pgx.ForEachRow(rows, []any{&id, &number, &total}, func() error {
			parsed, err := c.options.ParsePhoneNumber(number)
			if err != nil {
				if unreadable++; len(someUnreadable) < maxIDs {
					someUnreadable = append(someUnreadable, id)
				}
				return nil
			}
			readable++
			byNumber[parsed] = append(byNumber[parsed], id)
			return nil
		})
		return err
	})
	if err != nil || !counted || total == 0 {
		return err
	}
	more := ""
	if total > maxPhoneNumbers {
		more = fmt.Sprintf(" (of the first %d)", maxPhoneNumbers)
	}
	c.add(Finding{Kind: Notes, Code: "phone-form", Number: total, What: fmt.Sprintf(
		"The phone numbers of %s are not in E.164 and are kept as they are. %d can be parsed%s, %d cannot", wording.Count(total, "account"), readable, more, unreadable), IDs: someUnreadable})
	return c.checkPhoneCollisions(ctx, byNumber)
}

// checkPhoneCollisions notes accounts whose phone numbers are the same in E.164.
func (c *checker) checkPhoneCollisions(ctx context.Context, byNumber map[string][]int64) error {
	numbers := sorted(byNumber)
	counted, err := c.query(ctx, "compare phone numbers", fmt.Sprintf(`SELECT id, phone_number FROM %s WHERE phone_number = ANY ($1)`, c.name(UsersTable)), []any{numbers}, func(rows pgx.Rows) error {
		var id int64
		var number string
		_, err := pgx.ForEachRow(rows, []any{&id, &number}, func() error {
			byNumber[number] = append(byNumber[number], id)
			return nil
		})
		return err
	})
	if err != nil || !counted {
		return err
	}
	var accounts, shared int64
	var ids []int64
	for _, number := range numbers {
		of := byNumber[number]
		slices.Sort(of)
		if of = slices.Compact(of); len(of) > 1 {
			shared++
			accounts += int64(len(of))
			if len(ids)+len(of) <= maxIDs {
				ids = append(ids, of...)
			}
		}
	}
	if shared > 0 {
		c.add(Finding{Kind: Notes, Code: "phone-collision", Number: accounts, IDs: ids, What: fmt.Sprintf(
			"%d accounts share %s in E.164: `followgraph adopt link` cannot use these numbers", accounts, wording.Count(shared, "phone number"))})
	}
	return nil
}
