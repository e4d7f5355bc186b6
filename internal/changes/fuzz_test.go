package changes

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// builder builds messages of pgoutput.
type builder []byte

func (b builder) u8(v byte) builder    { return append(b, v) }
func (b builder) u16(v uint16) builder { return binary.BigEndian.AppendUint16(b, v) }
func (b builder) u32(v uint32) builder { return binary.BigEndian.AppendUint32(b, v) }
func (b builder) u64(v uint64) builder { return binary.BigEndian.AppendUint64(b, v) }
func (b builder) str(v string) builder { return append(append(b, v...), 0) }

func (b builder) bytes(v string) builder {
	return append(b.u8('b').u32(uint32(len(v))), v...)
}

func number(v uint64) string { return string(binary.BigEndian.AppendUint64(nil, v)) }

// describeTable returns the RELATION message of a table.
func describeTable(oid uint32, name string, identity byte) builder {
	b := builder{'R'}.u32(oid).str("public").str(name).u8(identity).u16(uint16(len(columns[name])))
	for i, c := range columns[name] {
		kind := uint32(3500)
		if len(c.types) > 0 {
			kind = c.types[len(c.types)-1]
		}
		key := byte(0)
		if i == 0 || identity == 'f' {
			key = 1
		}
		b = b.u8(key).str(c.name).u32(kind).u32(0xFFFFFFFF)
	}
	return b
}

func followTuple() builder {
	return builder{}.u16(4).bytes(number(7)).bytes("a").bytes("b").bytes(number(1))
}

var (
	beginMessage  = builder{'B'}.u64(1).u64(2).u32(3)
	commitMessage = builder{'C'}.u8(0).u64(1).u64(200).u64(3)
	userTuple     = builder{}.u16(10).bytes(number(1)).bytes("c").bytes("ada").u8('n').u8('n').u8('u').bytes("OWNER").bytes(number(1)).bytes(number(2)).bytes(number(3))
)

func framed(messages ...builder) []byte {
	var all builder
	for _, m := range messages {
		all = append(all.u16(uint16(len(m))), m...)
	}
	return all
}

func newAssembler() *assembler {
	return &assembler{
		expected: map[string]place{TableUsers: {"public", 1}, TableFollows: {"public", 2}, TableStats: {"public", 3}},
		tables:   map[uint32]*table{}, part: 100, partSize: 1 << 20,
	}
}

// feed adds messages, each of which follows its length, until one fails.
func feed(a *assembler, data []byte) ([]*Transaction, error) {
	var all []*Transaction
	for len(data) >= 2 {
		n := int(binary.BigEndian.Uint16(data))
		data = data[2:]
		t, err := a.add(data[:min(n, len(data))])
		if err != nil {
			return all, err
		}
		if t != nil {
			all = append(all, t)
		}
		data = data[min(n, len(data)):]
	}
	return all, nil
}

func fuzzSeeds() map[string][]byte {
	users, follows, stats := describeTable(1, TableUsers, 'd'), describeTable(2, TableFollows, 'f'), describeTable(3, TableStats, 'd')
	statsTuple := builder{}.u16(2).bytes("a").bytes(number(1))
	return map[string][]byte{
		"inserts": framed(beginMessage, users, append(builder{'I'}.u32(1).u8('N'), userTuple...), follows, append(builder{'I'}.u32(2).u8('N'), followTuple()...),
			stats, append(builder{'I'}.u32(3).u8('N'), statsTuple...), commitMessage),
		"updates": framed(beginMessage, users, append(builder{'U'}.u32(1).u8('N'), userTuple...),
			append(append(append(builder{'U'}.u32(1).u8('K'), userTuple...), 'N'), userTuple...),
			follows, append(append(append(builder{'U'}.u32(2).u8('O'), followTuple()...), 'N'), followTuple()...), commitMessage),
		"deletes": framed(beginMessage, follows, append(builder{'D'}.u32(2).u8('O'), followTuple()...), users, append(builder{'D'}.u32(1).u8('K'), userTuple...),
			builder{'T'}.u32(2).u8(1).u32(1).u32(2), commitMessage),
		"other": framed(builder{'O'}.u64(1).str("x"), builder{'Y'}.u32(1), append(builder{'M'}.u8(0).u64(1).str(MessagePrefix).u32(2), "hi"...), beginMessage, append(builder{'M'}.u8(1).u64(1).str("").u32(1), 'x'), append(builder{'I'}.u32(99).u8('N'), followTuple()...), commitMessage),
	}
}

func TestAssembler(t *testing.T) {
	t.Parallel()
	for name, data := range fuzzSeeds() {
		got, err := feed(newAssembler(), data)
		require.NoError(t, err, name)
		require.Len(t, got, 1)
		require.Equal(t, uint64(200), got[0].Position.LSN)
		// Each message cut short is an error or asks for nothing more; it never panics.
		for n := range len(data) {
			_, _ = feed(newAssembler(), data[:n])
		}
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"a change outside":   {framed(describeTable(2, TableFollows, 'f'), append(builder{'I'}.u32(2).u8('N'), followTuple()...)), "outside of a transaction"},
		"a commit alone":     {framed(commitMessage), "outside of a transaction"},
		"begin in begin":     {framed(beginMessage, beginMessage), "within another"},
		"an empty message":   {framed(builder{}), errShort.Error()},
		"text":               {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(4).u8('t').u32(1).u8('1')), "as text"},
		"a kind of value":    {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(4).u8('x')), "unknown kind of value"},
		"fewer columns":      {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(1).u8('n')), "has 1 columns, not 4"},
		"a null":             {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(4).u8('n').bytes("a").bytes("b").bytes(number(1))), "user_follows.id is null"},
		"a long time":        {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(4).bytes(number(1)).bytes("a").bytes("b").bytes("123456789")), "created_at has 9 bytes"},
		"an unchanged id":    {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(4).bytes(number(1)).u8('u').bytes("b").bytes(number(1))), "follower_id is unchanged"},
		"an update of a key": {framed(beginMessage, describeTable(2, TableFollows, 'f'), append(builder{'U'}.u32(2).u8('N'), followTuple()...)), "no old row"},
		"a size beyond":      {framed(beginMessage, describeTable(2, TableFollows, 'f'), builder{'I'}.u32(2).u8('N').u16(4).u8('b').u32(0xFFFFFFFF)), errShort.Error()},
	} {
		_, err := feed(newAssembler(), test.data)
		require.ErrorContains(t, err, test.want, name)
	}
}

func FuzzAssembler(f *testing.F) {
	for _, data := range fuzzSeeds() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := feed(newAssembler(), data)
		last := uint64(0)
		for _, part := range all {
			require.LessOrEqual(t, len(part.Changes), 100+len(data)/4)
			if !part.More {
				require.GreaterOrEqual(t, part.Position.LSN, last)
				last = part.Position.LSN
			}
			for _, c := range part.Changes {
				set := 0
				for _, is := range []bool{c.User != nil, c.Follow != nil, c.Stats != nil} {
					if is {
						set++
					}
				}
				require.Equal(t, c.Kind != Truncate, set == 1)
			}
		}
		_ = err
	})
}

// FuzzCopy splits the output of a COPY at any place: the rows are the same.
func FuzzCopy(f *testing.F) {
	header := append(append(builder{}, copySignature...), make([]byte, 8)...)
	row := append(append(header.u16(2).u32(1), 'a').u32(0xFFFFFFFF).u16(2).u32(0).u32(2), "xy"...)
	f.Add([]byte(row.u16(0xFFFF)), 5)
	f.Add([]byte(row), 30)
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		read := func(pieces ...[]byte) (rows []string, ended bool, err error) {
			p := copyParser{row: make([]value, 2)}
			for _, piece := range pieces {
				err = p.feed(piece, func(v []value) error {
					for _, c := range v {
						rows = append(rows, string(c.data)+map[bool]string{true: "null"}[c.null])
					}
					return nil
				})
				if err != nil {
					return rows, p.ended, err
				}
			}
			return rows, p.ended, nil
		}
		if at < 0 || at > len(data) {
			return
		}
		whole, wholeEnded, wholeErr := read(data)
		split, splitEnded, splitErr := read(data[:at], data[at:])
		require.Equal(t, wholeErr == nil, splitErr == nil)
		if wholeErr == nil {
			require.Equal(t, whole, split)
			require.Equal(t, wholeEnded, splitEnded)
		}
	})
}
