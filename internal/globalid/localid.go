package globalid

import (
	"strings"

	"github.com/google/uuid"
)

// localIDMark is the prefix of generated Cognito ids. The default of users.cognito_id has it too.
const localIDMark = "local-"

// NewLocalID generates the Cognito id of an account without a user in the pool: "local-" and a random UUID.
func NewLocalID() string { return localIDMark + uuid.NewString() }

// IsLocalID reports whether a Cognito id has the prefix of generated ids. Older generated ids are plain UUIDs, which
// look like Cognito's own.
func IsLocalID(cognitoID string) bool { return strings.HasPrefix(cognitoID, localIDMark) }
