package otlp

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of ExportTraceServiceResponse and of the ExportTracePartialSuccess in it, from
// opentelemetry/proto/collector/trace/v1/trace_service.proto. The package generated from it links gRPC.
const (
	partialSuccess = 1
	rejectedSpans  = 1
	errorMessage   = 2
)

// rejected returns an error if the response reports rejected spans or a warning (OTLP Specification, Partial Success).
// It ignores a response that is not such a message.
func rejected(answer []byte) error {
	var spans uint64
	var message []byte
	walk(answer, func(number protowire.Number, _ uint64, value []byte) {
		if number != partialSuccess {
			return
		}
		walk(value, func(number protowire.Number, count uint64, value []byte) {
			switch number {
			case rejectedSpans:
				spans = count
			case errorMessage:
				message = value
			}
		})
	})
	if spans == 0 && len(message) == 0 {
		return nil
	}
	return fmt.Errorf("the receiver rejected %d spans: %.200q", int64(spans), message)
}

// walk calls each for the fields of a message, with the value of a number or of bytes. It stops at a malformed field.
func walk(message []byte, each func(number protowire.Number, count uint64, value []byte)) {
	for len(message) > 0 {
		number, form, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		var count uint64
		var value []byte
		switch form {
		case protowire.VarintType:
			count, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, form, message)
		}
		if n < 0 {
			return
		}
		message = message[n:]
		each(number, count, value)
	}
}
