package globalid

import (
	"strings"

	"github.com/google/uuid"
)

// localIDMark begins every Cognito id that was made up. The default of users.cognito_id begins with it too.
const localIDMark = "local-"

// NewLocalID makes up the Cognito id of an account for which no user of the pool is known: "local-" and a random UUID.
func NewLocalID() string { return localIDMark + uuid.NewString() }

// IsLocalID reports whether a Cognito id is marked as made up. Ids that were made up before the mark existed are plain
// UUIDs, which nothing tells from Cognito's own.
func IsLocalID(cognitoID string) bool { return strings.HasPrefix(cognitoID, localIDMark) }
