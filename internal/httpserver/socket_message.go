package httpserver

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"followgraph/internal/surrogate"
)

// subprotocol is the WebSocket subprotocol of "GraphQL over WebSocket" (graphql-ws, PROTOCOL.md).
const subprotocol = "graphql-transport-ws"

// The types of messages.
const (
	messageInit      = "connection_init"
	messageAck       = "connection_ack"
	messagePing      = "ping"
	messagePong      = "pong"
	messageSubscribe = "subscribe"
	messageNext      = "next"
	messageError     = "error"
	messageComplete  = "complete"
)

// maxOperationID limits the id of an operation on a WebSocket, in bytes. Clients use UUIDs or numbers.
const maxOperationID = 256

// closeCode is a status code of a WebSocket's end (RFC 6455, 7.4; from 4000 on graphql-ws, PROTOCOL.md).
type closeCode int

// The codes that the server sends.
const (
	closeGoingAway     closeCode = 1001 // no operation for too long
	closeNotUTF8       closeCode = 1007
	closeTooBig        closeCode = 1009
	closeRestart       closeCode = 1012 // the server stops: clients come again
	closeTryLater      closeCode = 1013 // no memory for messages
	closeBadRequest    closeCode = 4400
	closeUnauthorized  closeCode = 4401
	closeForbidden     closeCode = 4403
	closeSubprotocol   closeCode = 4406
	closeInitTimeout   closeCode = 4408
	closeDuplicate     closeCode = 4409
	closeTooManyInits  closeCode = 4429
	closeInternalError closeCode = 4500
)

// maxCloseReason limits the reason of a WebSocket's end, in bytes (RFC 6455, 5.5.1).
const maxCloseReason = 123

// closing is why the server closes a WebSocket.
type closing struct {
	code   closeCode
	reason string
}

// invalid returns the end of a WebSocket because of an invalid message. The reason does not repeat the message.
func invalid(reason string) *closing {
	return &closing{closeBadRequest, limitReason("Invalid message: " + reason)}
}

// limitReason shortens the reason of a connection's end, which has only ASCII.
func limitReason(reason string) string { return reason[:min(len(reason), maxCloseReason)] }

// socketMessage is a message of a client.
type socketMessage struct {
	kind    string
	id      string
	payload []byte // the JSON of an object; nil: none
}

// parseMessage parses a message. It ignores unknown members.
func parseMessage(text []byte) (socketMessage, *closing) {
	message := socketMessage{}
	switch {
	case !utf8.Valid(text):
		return message, &closing{closeNotUTF8, "Invalid message: it must be UTF-8"}
	case hasManyValues(text):
		return message, invalid("it has too many JSON values")
	case !json.Valid(text):
		return message, invalid("it must be JSON")
	case surrogate.InJSON(text) >= 0:
		return message, invalid("it has an unpaired surrogate")
	}
	text = skipSpace(text)
	if text[0] != '{' {
		return message, invalid("it must be a JSON object")
	}
	seen := make([]string, 0, 3)
	for at, rest, ok := nextMember(text[1:]); ok; at, rest, ok = nextMember(rest) {
		if problem := message.set(at); problem != "" {
			return message, invalid(problem)
		}
		if slices.Contains(seen, at.name) {
			return message, invalid("it has a member twice")
		}
		if at.name == "type" || at.name == "id" || at.name == "payload" {
			seen = append(seen, at.name)
		}
	}
	return message, message.check()
}

// set sets a field to a member of the message. It returns what is wrong with the member.
func (m *socketMessage) set(to member) string {
	isString, isNull := to.value[0] == '"', to.value[0] == 'n'
	switch to.name {
	case "type":
		if !isString {
			return "its type must be a string"
		}
		readString(to.value, &m.kind)
	case "id":
		if !isString {
			return "its id must be a string"
		}
		if readString(to.value, &m.id); len(m.id) > maxOperationID {
			return "its id is too long"
		}
	case "payload":
		switch {
		case to.value[0] == '{':
			m.payload = to.value
		case !isNull:
			return "its payload must be an object"
		}
	}
	return ""
}

// check returns the end of the WebSocket if the message lacks what its type needs, or if clients must not send it.
func (m *socketMessage) check() *closing {
	switch m.kind {
	case messageInit, messagePing, messagePong:
		return nil
	case messageSubscribe, messageComplete:
		switch {
		case m.id == "":
			return invalid("it needs an id")
		case m.kind == messageSubscribe && m.payload == nil:
			return invalid("it needs a payload")
		}
		return nil
	case "":
		return invalid("it needs a type")
	case messageAck, messageNext, messageError:
		return invalid("only the server sends this type")
	}
	return invalid("its type is unknown")
}

// writeMessage writes a message of the server. An empty id and a nil payload are left out.
func writeMessage(out *bytes.Buffer, kind, id string, payload []byte) {
	out.WriteByte('{')
	if id != "" {
		out.WriteString(`"id":`)
		encodeJSON(out, id)
		out.WriteByte(',')
	}
	out.WriteString(`"type":"` + kind + `"`)
	if payload != nil {
		out.WriteString(`,"payload":`)
		out.Write(payload)
	}
	out.WriteByte('}')
}
