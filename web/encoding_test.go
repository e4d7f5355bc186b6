package web

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccepts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers []string
		want    bool
	}{
		"no header":             {nil, false},
		"an empty header":       {[]string{""}, false},
		"a browser":             {[]string{"gzip, deflate, br, zstd"}, true},
		"the old name":          {[]string{"x-gzip"}, true},
		"upper case":            {[]string{"GZIP;Q=0.5"}, true},
		"two headers":           {[]string{"br", "gzip"}, true},
		"other codings only":    {[]string{"br, deflate"}, false},
		"refused":               {[]string{"gzip;q=0, br"}, false},
		"refused, with zeros":   {[]string{"gzip; q=0.000"}, false},
		"anything":              {[]string{"*"}, true},
		"anything but gzip":     {[]string{"gzip;q=0, *"}, false},
		"anything but, swapped": {[]string{"*, gzip;q=0"}, false},
		"nothing else":          {[]string{"identity, *;q=0"}, false},
		"a weight of nonsense":  {[]string{"gzip;q=high"}, false},
		"a foreign parameter":   {[]string{"gzip;level=9"}, false},
		"a longer name":         {[]string{"gzip2"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, accepts(test.headers, "gzip", "x-gzip"))
		})
	}
}
