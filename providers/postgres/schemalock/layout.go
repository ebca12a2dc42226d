package schemalock

import "bytes"

// layout spreads compact JSON over lines so that git shows and merges it well: what holds no object is one line, so a
// column is a line and a constraint is a line; everything above it is indented.
func layout(raw []byte) []byte {
	spread := spreading(raw)
	var b bytes.Buffer
	depth := 0
	var inner []bool // of the brackets that are open: whether they are spread
	newline := func() {
		b.WriteByte('\n')
		for range depth {
			b.WriteString("  ")
		}
	}
	for i := 0; i < len(raw); i++ {
		within := len(inner) > 0 && inner[len(inner)-1]
		switch c := raw[i]; c {
		case '"':
			end := stringEnd(raw, i)
			b.Write(raw[i:end])
			i = end - 1
		case '{', '[':
			b.WriteByte(c)
			inner = append(inner, spread[i])
			if spread[i] {
				depth++
				newline()
			}
		case '}', ']':
			if within {
				depth--
				newline()
			}
			inner = inner[:len(inner)-1]
			b.WriteByte(c)
		case ',':
			b.WriteByte(c)
			if within {
				newline()
			} else {
				b.WriteByte(' ')
			}
		case ':':
			b.WriteString(": ")
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// spreading finds the brackets that have an object within.
func spreading(raw []byte) map[int]bool {
	spread := map[int]bool{}
	var open []int
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i) - 1
		case '{', '[':
			if raw[i] == '{' && len(open) > 0 {
				for k := len(open) - 1; k >= 0 && !spread[open[k]]; k-- {
					spread[open[k]] = true
				}
			}
			open = append(open, i)
		case '}', ']':
			open = open[:len(open)-1]
		}
	}
	return spread
}

// stringEnd returns the place after the string that begins at i.
func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}
