package persisted_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"followgraph/internal/persisted"
)

// TestHash hashes the two examples of the draft specification.
func TestHash(t *testing.T) {
	t.Parallel()
	for text, hash := range map[string]string{
		"query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}": "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e",
		"query($id:ID!){user(id:$id){name}}":                      "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b",
	} {
		require.Equal(t, hash, persisted.Hash(text))
		require.True(t, persisted.Matches(hash, text))
		require.True(t, persisted.Matches(strings.ToUpper(hash), text))
		require.False(t, persisted.Matches(hash, text+" "))
		for _, wrong := range []string{"", hash[1:], hash + "0", "sha256:" + hash, "x" + hash[1:]} {
			require.False(t, persisted.Matches(wrong, text), wrong)
		}
	}
}

func TestCheckID(t *testing.T) {
	t.Parallel()
	hash := persisted.Hash("")
	for id, wrong := range map[string]string{
		"a":                                "",
		"A-z.0_~":                          "",
		"3bd938857ca21d5c0fee5eb717a8970c": "",
		"1234567890123":                    "",
		hash:                               "",
		"sha256:" + hash:                   "",
		"x-app:1":                          "",
		"x-app:1:2:":                       "",
		strings.Repeat("x", persisted.MaxIDBytes): "",

		"": "it is empty",
		strings.Repeat("x", persisted.MaxIDBytes+1): "it has 257 bytes; the limit is 256",
		"a b":                               "its byte 2 is not allowed: use only A-Z a-z 0-9 - . _ ~ and a colon after a prefix",
		"W5vrrAIypCbniaIYeroNnw==":          "its byte 23 is not allowed: use only A-Z a-z 0-9 - . _ ~ and a colon after a prefix",
		"ü":                                 "its byte 1 is not allowed: use only A-Z a-z 0-9 - . _ ~ and a colon after a prefix",
		"a\x00":                             "its byte 2 is not allowed: use only A-Z a-z 0-9 - . _ ~ and a colon after a prefix",
		"x-app:":                            "its prefix must be followed by an id",
		"sha256:":                           "its prefix must be followed by an id",
		":a":                                "its prefix is reserved: use sha256: or a prefix that starts with x-",
		"md5:3bd938857ca21d5c":              "its prefix is reserved: use sha256: or a prefix that starts with x-",
		"X-app:1":                           "its prefix is reserved: use sha256: or a prefix that starts with x-",
		"SHA256:" + hash:                    "its prefix is reserved: use sha256: or a prefix that starts with x-",
		"sha256:" + strings.ToUpper(hash):   "sha256: must be followed by 64 lowercase hexadecimal digits",
		"sha256:" + hash[1:]:                "sha256: must be followed by 64 lowercase hexadecimal digits",
		"sha256:" + hash + "00":             "sha256: must be followed by 64 lowercase hexadecimal digits",
		"sha256:" + strings.Repeat("g", 64): "sha256: must be followed by 64 lowercase hexadecimal digits",
	} {
		err := persisted.CheckID(id)
		if wrong == "" {
			require.NoError(t, err, id)
		} else {
			require.EqualError(t, err, wrong, id)
		}
	}
}
