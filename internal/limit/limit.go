// Package limit counts what callers use, and refuses or delays what exceeds a limit.
package limit
