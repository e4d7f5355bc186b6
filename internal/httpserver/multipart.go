package httpserver

import (
	"bytes"
	"time"

	"followgraph/internal/observe"
)

// multipartType is the media type of Apollo's protocol for subscriptions.
const multipartType = "multipart/mixed"

// multipartFormat is Apollo's multipart protocol for subscriptions over HTTP, version 1.0. A part ends only with the
// next delimiter (RFC 2046, 5.1.1), so each part is followed by it at once.
type multipartFormat struct{}

const (
	partStart = "\r\nContent-Type: application/json\r\n\r\n"
	partEnd   = "\r\n--graphql"
)

func (multipartFormat) transport() observe.Transport { return observe.Multipart }

func (multipartFormat) contentType() string {
	return multipartType + `; boundary="graphql"; subscriptionSpec=1.0`
}

func (f multipartFormat) begin(body *bytes.Buffer, position string) {
	body.WriteString(partEnd)
	f.keepAlive(body, position)
}

func (multipartFormat) next(body *bytes.Buffer, payload []byte, _ string) {
	body.WriteString(partStart + `{"payload":`)
	body.Write(payload)
	body.WriteString("}" + partEnd)
}

func (multipartFormat) keepAlive(body *bytes.Buffer, _ string) {
	body.WriteString(partStart + "{}" + partEnd)
}

// fail writes the errors beside the payload, which is null: the subscription is over.
func (f multipartFormat) fail(body *bytes.Buffer, response []byte) {
	body.WriteString(partStart + `{"payload":null,`)
	body.Write(response[1:]) // it is an object with the member errors
	body.WriteString(partEnd)
	f.complete(body)
}

func (multipartFormat) complete(body *bytes.Buffer) { body.WriteString("--\r\n") }

func (f multipartFormat) restart(body *bytes.Buffer, _ time.Duration, response []byte) {
	f.fail(body, response)
}
