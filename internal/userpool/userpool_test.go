package userpool

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"followgraph/internal/model"
)

// read returns all users of an input.
func read(t *testing.T, input io.Reader) ([]model.PoolUser, *Reader, error) {
	t.Helper()
	r, err := NewReader(input)
	if err != nil {
		return nil, nil, err
	}
	var users []model.PoolUser
	for user, err := range r.All() {
		if err != nil {
			return users, r, err
		}
		users = append(users, user)
	}
	require.EqualValues(t, len(users), r.Users)
	return users, r, nil
}

const (
	ann = `{"Username": "ann", "Attributes": [{"Name": "sub", "Value": "s-ann"}, {"Name": "email", "Value": "ann@example.org"},
		{"Name": "email_verified", "Value": "true"}, {"Name": "phone_number", "Value": "+41446681800"}], "Enabled": true, "UserStatus": "CONFIRMED"}`
	bob = `{"Username": "bob", "Attributes": [{"Name": "email", "Value": "bob@example.org"}, {"Name": "email_verified", "Value": "false"},
		{"Name": "phone_number", "Value": "+41446681801"}, {"Name": "phone_number_verified", "Value": "false"}, {"Name": "sub", "Value": "s-bob"}],
		"Enabled": false, "UserStatus": "UNCONFIRMED", "MFAOptions": [{"x": [1, {"y": null}]}]}`
)

var (
	annRead = model.PoolUser{CognitoID: "s-ann", Username: "ann", Email: "ann@example.org", PhoneNumber: "+41446681800"}
	bobRead = model.PoolUser{CognitoID: "s-bob", Username: "bob", Unconfirmed: true}
)

func TestJSON(t *testing.T) {
	t.Parallel()
	both := []model.PoolUser{annRead, bobRead}
	for name, test := range map[string]struct {
		text       string
		want       []model.PoolUser
		incomplete bool
	}{
		"a page":                       {`{"Users": [` + ann + `,` + bob + `]}`, both, false},
		"one of several pages":         {`{"Users": [` + ann + `], "PaginationToken": "abc"}`, both[:1], true},
		"cut by --max-items":           {`{"NextToken": "eyJ", "Users": [` + ann + `]}`, both[:1], true},
		"pages one after the other":    {`{"Users": [` + ann + `], "PaginationToken": "abc"}{"Users": [` + bob + `]}`, both, false},
		"pages without the last one":   {`{"Users": [` + ann + `], "PaginationToken": "a"}` + "\n" + `{"Users": [` + bob + `], "PaginationToken": "b"}`, both, true},
		"pages in an array":            {`[{"Users": [` + ann + `], "PaginationToken": "abc"}, {"Users": [` + bob + `], "PaginationToken": null}]`, both, false},
		"an array of users":            {`[` + ann + `,` + bob + `]`, both, false},
		"users one after the other":    {ann + "\n" + bob, both, false},
		"a byte order mark and blanks": {"\ufeff\r\n {\"Users\": [" + ann + "]}\n\n", both[:1], false},
		"no users":                     {`{"Users": []}`, nil, false},
		"admin-get-user":               {`{"Username": "ann", "UserAttributes": [{"Name": "sub", "Value": "s"}]}`, []model.PoolUser{{CognitoID: "s", Username: "ann"}}, false},
		"escapes":                      {`{"Username": "J\u00f6rg", "Attributes": [{"Name": "sub", "Value": "s"}]}`, []model.PoolUser{{CognitoID: "s", Username: "Jörg"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, input := range []io.Reader{
				strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text)), iotest.DataErrReader(strings.NewReader(test.text)), packed(t, test.text),
			} {
				users, r, err := read(t, input)
				require.NoError(t, err)
				require.Equal(t, test.want, users)
				require.Equal(t, test.incomplete, r.OtherPages > 0 && r.LastPages == 0)
			}
		})
	}
}

func packed(t *testing.T, texts ...string) io.Reader {
	t.Helper()
	var file bytes.Buffer
	for _, text := range texts {
		writer := gzip.NewWriter(&file)
		_, err := io.WriteString(writer, text)
		require.NoError(t, err)
		require.NoError(t, writer.Close())
	}
	file.Write(make([]byte, 700))
	return &file
}

func TestGzipMembers(t *testing.T) {
	t.Parallel()
	users, _, err := read(t, packed(t, ann, bob))
	require.NoError(t, err)
	require.Equal(t, []model.PoolUser{annRead, bobRead}, users)

	whole, err := io.ReadAll(packed(t, ann))
	require.NoError(t, err)
	_, _, err = read(t, bytes.NewReader(whole[:100]))
	require.ErrorContains(t, err, "the gzip data ends early")
	_, _, err = read(t, bytes.NewReader(append(whole, "more than a header has"...)))
	require.ErrorContains(t, err, "the gzip data is damaged")
}

func TestCSV(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		want    []model.PoolUser
		without int64
	}{
		"the console's export": {
			"cognito:username,name,given_name,email,email_verified,phone_number,phone_number_verified,sub\n" +
				"ann,Ann,,ann@example.org,TRUE,+41446681800,true,s-ann\n" +
				"eve,\"Eve,\nE.\",,eve@example.org,false,+41446681801,FALSE,s-eve\n",
			[]model.PoolUser{annRead, {CognitoID: "s-eve", Username: "eve"}}, 0,
		},
		"an export that tells of no verification": {
			"sub,username,email,phone_number\ns,ann,ann@example.org,+1\n", []model.PoolUser{{CognitoID: "s", Username: "ann", PhoneNumber: "+1"}}, 0,
		},
		"a mapping by email": {"email,cognito_id\nann@example.org,s\n", []model.PoolUser{{CognitoID: "s", Email: "ann@example.org"}}, 0},
		"a mapping by number": {"id;cognito_id;note\r\n7;s;\"a\"\"b\"\r\n8;NULL;\r\n9;;\r\n10;\\N;\r\n",
			[]model.PoolUser{{CognitoID: "s", AccountID: 7}}, 3},
		"tabs":                   {"username\tcognito_id\n ann \t s \n", []model.PoolUser{{CognitoID: "s", Username: "ann"}}, 0},
		"a status":               {"Username,Sub,UserStatus\nann,s,UNCONFIRMED\n", []model.PoolUser{{CognitoID: "s", Username: "ann", Unconfirmed: true}}, 0},
		"id beside sub":          {"id,sub,username\nx,s,ann\n", []model.PoolUser{{CognitoID: "s", Username: "ann"}}, 0},
		"both kinds of username": {"username,cognito:username,sub\nother,ann,s\n", []model.PoolUser{{CognitoID: "s", Username: "ann"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			users, r, err := read(t, strings.NewReader(test.text))
			require.NoError(t, err)
			require.Equal(t, test.want, users)
			require.Equal(t, test.without, r.WithoutID)
			require.Zero(t, r.OtherPages+r.LastPages)
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2*maxUser)
	for text, want := range map[string]string{
		"":                                      "the file is empty",
		" \n":                                   "the file is empty",
		`{"Users": [` + ann:                     "the JSON ends early",
		`{"Users": {}}`:                         "the member Users is not an array",
		"{\"Users\": [\n\n{\"Username\": 5}]}":  "line 3 (byte 27): in Username, a number is found where a string is expected",
		"[" + ann + ",\n{\"Username\": \"x\"}]": "the user has no attribute sub",
		`{"UserPools": []}`:                     "this is neither a page of list-users",
		`[[[[[[[[[[`:                            "this is neither a page of list-users",
		`{"Username": "a", "Attributes": [{"Name": "sub", "Value": 41446681800}]}`: "in Attributes, a number is found where a string is expected",
		`["ann"]`:                               "this is neither a page of list-users",
		"{\"Users\": []}\n{\"Users\": [}":       "line 2 (byte 25): the JSON is malformed",
		`{"Users": [], "More": "` + long + `"}`: "a user has more than 1048576 bytes",
		`{"Username": "a", "Attributes": [{"Name": "sub", "Value": "local-x"}]}`: "begins with local-",
		`{"Username": "a\u0000", "Attributes": [{"Name": "sub", "Value": "s"}]}`: "the user has a NUL in a value",
		`{"Username": "a", "Attributes": [{"Name": "sub", "Value": "s\u0000"}]}`: "the Cognito id must be a text",
		"{\"Username\": \"J\xf6rg\"}":                                            "byte 15 is not UTF-8",
		"\xff\xfe{\x00":                                                          "the JSON ends early",
		"PK\x03\x04\x00":                                                         "the file is a ZIP archive",
		"Users:\n- Username: ann\n":                                              "the header has no column sub or cognito_id",
		"username,email\nann,a@b\n":                                              "the header has no column sub or cognito_id",
		"sub,cognito_id,username\n":                                              "the header has both sub and cognito_id",
		"sub,name\n":                                                             "the header has no column that names accounts",
		"sub,username,sub\n":                                                     "the column sub occurs twice",
		"\n\nsub,username\na,b\nc\n":                                             "line 5 has a different number of fields than the header",
		"sub,username\na,\"b\n":                                                  "line 2, column",
		"sub,username\nlocal-a,b\n":                                              "line 2 (before byte 23): the Cognito id begins with local-",
		"cognito_id,id\na,0\n":                                                   "the column id must contain the number of an account",
		"cognito_id,email,email_verified\na,ann@example.org,maybe\n":             "the column email_verified is neither true nor false",
		"sub,username\na,\"" + long:                                              "a user has more than 1048576 bytes",
	} {
		_, _, err := read(t, strings.NewReader(text))
		require.ErrorContains(t, err, want, "%.80q", text)
		require.NotContains(t, err.Error(), "@")
		require.NotContains(t, err.Error(), "+41")
		require.Less(t, len(err.Error()), 1000)
	}
	broken := errors.New("the disk is broken")
	for _, begin := range []string{"", "sub,username\n", "[" + ann} {
		_, _, err := read(t, io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)))
		require.ErrorContains(t, err, broken.Error(), begin)
	}
}

// TestMemory reads many users and limits the memory that is retained. It measures the heap, so it does not run in
// parallel.
func TestMemory(t *testing.T) {
	const users = 40_000
	for name, test := range map[string]struct{ begin, user string }{
		"JSON": {`{"Users": [`, ann + ","},
		"CSV":  {"sub,username,email\n", strings.Repeat("s", 200) + "," + strings.Repeat("u", 200) + "," + strings.Repeat("e", 600) + "\n"},
	} {
		input := io.MultiReader(strings.NewReader(test.begin), io.LimitReader(&repeat{text: []byte(test.user)}, int64(users*len(test.user))))
		r, err := NewReader(input)
		require.NoError(t, err)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for {
			if _, err = r.Next(); err != nil {
				break
			}
		}
		require.EqualValues(t, users, r.Users, "%s: %v", name, err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(4<<20), name)
		runtime.KeepAlive(r)
	}
}

// repeat is an endless text.
type repeat struct {
	text []byte
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// FuzzRead checks that any input yields users that the database can store, or an error with a position.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		ann, "[" + ann + "," + bob + "]", `{"Users": [` + bob + `], "PaginationToken": "x"}`, "\ufeff{}", "sub,username\na,b\n",
		"id;cognito_id\n7;x\n", "cognito:username\tsub\temail\temail_verified\na\tb\tc\ttrue\n", "\x1f\x8b\x08", "\xff\xfe",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := NewReader(bytes.NewReader(text))
		if err != nil {
			return
		}
		for {
			user, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				require.NotEmpty(t, err.Error())
				return
			}
			require.NoError(t, checkID(user.CognitoID))
			require.True(t, storable(user.Username, user.Email, user.PhoneNumber), fmt.Sprintf("%q", text))
			require.GreaterOrEqual(t, user.AccountID, int64(0))
		}
	})
}

// TestUTF16 reads the output of PowerShell's > operator.
func TestUTF16(t *testing.T) {
	t.Parallel()
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var file []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + ann + "\r\n" + bob)) {
			file = order.AppendUint16(file, unit)
		}
		users, _, err := read(t, bytes.NewReader(file))
		require.NoError(t, err)
		require.Equal(t, []model.PoolUser{annRead, bobRead}, users)
	}
}

// TestZstd checks that compressions other than gzip are read too, and that none of them can exhaust memory or time.
func TestZstd(t *testing.T) {
	t.Parallel()
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	defer encoder.Close()
	users, _, err := read(t, bytes.NewReader(encoder.EncodeAll([]byte(ann+bob), nil)))
	require.NoError(t, err)
	require.Equal(t, []model.PoolUser{annRead, bobRead}, users)

	bomb := encoder.EncodeAll(append([]byte("sub,username\n"), bytes.Repeat([]byte("s,"+strings.Repeat("u", 1000)+"\n"), 80<<10)...), nil)
	_, _, err = read(t, bytes.NewReader(bomb))
	require.ErrorContains(t, err, "the zstd data unpacks to more than 250 times its size")
}
