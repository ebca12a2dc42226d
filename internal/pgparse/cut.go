package pgparse

import (
	"bytes"
	"encoding/binary"
)

// cut returns a module in which the functions that are kept are as they were, and each other one traps. Its memory is
// not shared, because only one thread runs. Names and debugging information are left out.
func cut(module []byte, keep func(index uint32) bool) []byte {
	const custom, imports, memories, code = 0, 2, 5, 10
	out := bytes.Clone(module[:8])
	imported := uint32(0)
	for rest := module[8:]; len(rest) > 0; {
		kind := rest[0]
		content, after := sized(rest[1:])
		rest = after
		switch kind {
		case custom:
			continue
		case imports:
			imported, _ = number(content) // all of them are functions
		case memories:
			content = []byte{1, 0, content[2]}
		case code:
			content = bodies(content, imported, keep)
		}
		out = append(append(out, kind), withSize(content)...)
	}
	return out
}

func bodies(content []byte, index uint32, keep func(uint32) bool) []byte {
	trap := []byte{0, 0x00, 0x0b} // no locals; unreachable; end
	count, rest := number(content)
	out := binary.AppendUvarint(nil, uint64(count))
	for range count {
		body, after := sized(rest)
		if rest = after; !keep(index) {
			body = trap
		}
		out = append(out, withSize(body)...)
		index++
	}
	return out
}

// number reads what WebAssembly writes as LEB128.
func number(b []byte) (uint32, []byte) {
	n, size := binary.Uvarint(b)
	return uint32(n), b[size:]
}

func sized(b []byte) (content, after []byte) {
	n, rest := number(b)
	return rest[:n], rest[n:]
}

func withSize(content []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(content))), content...)
}
