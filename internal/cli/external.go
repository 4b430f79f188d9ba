package cli

import (
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields on the way from a ModelProto to the location of external data.
const (
	fieldGraph       = 7  // ModelProto.graph
	fieldNode        = 1  // GraphProto.node
	fieldInitializer = 5  // GraphProto.initializer
	fieldAttribute   = 5  // NodeProto.attribute
	fieldAttrTensor  = 5  // AttributeProto.t
	fieldAttrGraph   = 6  // AttributeProto.g
	fieldExternal    = 13 // TensorProto.external_data
	fieldKey         = 1  // StringStringEntryProto.key
	fieldValue       = 2  // StringStringEntryProto.value
)

// externalFiles lists the files beside a model that hold its weights, which the
// loaded model does not tell any more.
func externalFiles(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var files []string
	tensors := func(msg []byte) {
		eachMessage(msg, fieldExternal, func(entry []byte) {
			var key, value string
			eachMessage(entry, fieldKey, func(b []byte) { key = string(b) })
			eachMessage(entry, fieldValue, func(b []byte) { value = string(b) })
			if key == "location" && !slices.Contains(files, value) {
				files = append(files, value)
			}
		})
	}
	var graph func(msg []byte, depth int)
	graph = func(msg []byte, depth int) {
		const deepest = 100 // a model that has loaded is not deeper
		if depth > deepest {
			return
		}
		eachMessage(msg, fieldInitializer, tensors)
		eachMessage(msg, fieldNode, func(node []byte) {
			eachMessage(node, fieldAttribute, func(attr []byte) {
				eachMessage(attr, fieldAttrTensor, tensors)
				eachMessage(attr, fieldAttrGraph, func(g []byte) { graph(g, depth+1) })
			})
		})
	}
	eachMessage(data, fieldGraph, func(g []byte) { graph(g, 0) })
	return files, nil
}

// eachMessage calls f for each field of the given number that holds bytes.
func eachMessage(msg []byte, num protowire.Number, f func([]byte)) {
	for len(msg) > 0 {
		got, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return
		}
		msg = msg[n:]
		if got == num && typ == protowire.BytesType {
			b, n := protowire.ConsumeBytes(msg)
			if n < 0 {
				return
			}
			f(b)
			msg = msg[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(got, typ, msg); n < 0 {
			return
		}
		msg = msg[n:]
	}
}
