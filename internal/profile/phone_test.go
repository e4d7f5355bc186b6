package profile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/profile"
)

func TestParsePhoneNumber(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"+41 44 668 18 00":                   "+41446681800",
		"+41 (0)44 668 18 00":                "+41446681800",
		" +41446681800\n":                    "+41446681800",
		"+1 201 555 0123":                    "+12015550123",
		"+1 (201) 555-0123":                  "+12015550123",
		"+1.201.555.0123":                    "+12015550123",
		"+1 201‑555‑0123":                    "+12015550123", // non-breaking hyphens
		"+44 7911 123456":                    "+447911123456",
		"+39 06 698 12345":                   "+390669812345", // the zero is part of the number
		"+49/30/901820":                      "+4930901820",
		"+1 999 999 9999":                    "+19999999999", // a range that is not in use
		"+800 1234 5678":                     "+80012345678", // a code of no country
		"+290 23456":                         "+29023456",
		"\u202a+41 44\u200b 668 18 00\u202c": "+41446681800", // as copied from the address book of a phone
		"\ufeff+4144\u00ad6681800\u200e":     "+41446681800",
		"+86\u00a0138 0013 8000":             "+8613800138000",
	} {
		got, err := profile.ParsePhoneNumber(input)
		require.NoError(t, err, input)
		require.Equal(t, want, got, input)
		require.NoError(t, profile.CheckPhoneNumber(got))
	}
	for _, input := range []string{
		"", "+", "044 668 18 00", "41446681800", "0041446681800", "+999123456789", "+41 44", "+1 555 0123",
		"+1 201 555 01234", "+1 800 FLOWERS", "+1 201 555 0123 ext. 4", "+1 201 555 0123;phone-context=+1",
		"tel:+12015550123", "+1 201 555 0123\x00", "+1 201 555 0123\xff", "+41 44 668 18 00 41 44 668 18 00",
		"++41446681800", "+١٢٠١٥٥٥٠١٢٣", "+1" + strings.Repeat(" ", 64) + "2015550123",
	} {
		got, err := profile.ParsePhoneNumber(input)
		require.Error(t, err, "%q", input)
		require.Empty(t, got, "%q", input)
	}
}

func FuzzParsePhoneNumber(f *testing.F) {
	for _, seed := range []string{"+41 (0)44 668 18 00", "+1", "+.(", "+8000000000", "+390"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		got, err := profile.ParsePhoneNumber(input)
		if err != nil {
			return
		}
		require.NoError(t, profile.CheckPhoneNumber(got))
		again, err := profile.ParsePhoneNumber(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

func BenchmarkPhoneNumber(b *testing.B) {
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			_ = profile.CheckPhoneNumber("+41446681800")
		}
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, _ = profile.ParsePhoneNumber("+41446681800")
		}
	})
}

func TestParseLocalPhoneNumber(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"044 668 18 00":       "+41446681800",
		"0041 44 668 18 00":   "+41446681800",
		"+41 (0)44 668 18 00": "+41446681800",
		"+49 30 123456":       "+4930123456",
		"00 49 30 123456":     "+4930123456",
		" 0446681800 ":        "+41446681800",
		"unknown-7":           "",
		"044":                 "",
		"":                    "",
		"ext. 5":              "",
	} {
		got, err := profile.ParseLocalPhoneNumber(input, "CH")
		require.Equal(t, want, got, input)
		require.Equal(t, want == "", err != nil, input)
	}
	_, err := profile.ParseLocalPhoneNumber("0446681800", "")
	require.Error(t, err, "without a region")
	require.NoError(t, profile.CheckRegion("CH"))
	for _, region := range []string{"", "ch", "XX", "001"} {
		require.Error(t, profile.CheckRegion(region))
	}
}
