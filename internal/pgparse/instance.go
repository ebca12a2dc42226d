package pgparse

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// errNot is that the part did not do what was asked for: the whole module is to be asked.
var errNot = errors.New("this part of the parser cannot tell")

// instances are those of a module: as many as there are calls at the same time. One in which a call was broken off is
// not used again.
type instances struct {
	module func() (*module, error)
	mutex  sync.Mutex
	free   []*running
}

// parse gives the tree of a text as libpg_query packs it. The result in C is { length, data, output, error }.
func (i *instances) parse(sql string) (packed []byte, err error) {
	err = i.call(func(c *caller) {
		text, result := c.put(append([]byte(sql), 0)), c.put(make([]byte, 16))
		c.call("pg_query_parse_protobuf", result, text)
		if c.number(result+12) != 0 {
			c.fail(errNot)
			return
		}
		packed = c.bytes(c.number(result+4), c.number(result))
		c.call("pg_query_free_protobuf_parse_result", result)
		c.free(text, result)
	})
	return packed, err
}

// deparse gives the text of a packed tree. The argument in C is { length, data }, the result { text, error }.
func (i *instances) deparse(packed string) (sql []byte, err error) {
	err = i.call(func(c *caller) {
		data := c.put([]byte(packed))
		argument := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(len(packed))), data)
		tree, result := c.put(argument), c.put(make([]byte, 8))
		c.call("pg_query_deparse_protobuf", result, tree)
		if c.number(result+4) != 0 {
			c.fail(errNot)
			return
		}
		sql = c.text(c.number(result))
		c.call("pg_query_free_deparse_result", result)
		c.free(data, tree, result)
	})
	return sql, err
}

// call lets f use an instance.
func (i *instances) call(f func(*caller)) error {
	ctx := context.Background()
	r, err := i.take(ctx)
	if err != nil {
		return err
	}
	c := &caller{ctx: ctx, running: r}
	if f(c); c.err != nil {
		_ = r.module.Close(ctx)
		return c.err
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.free = append(i.free, r)
	return nil
}

func (i *instances) take(ctx context.Context) (*running, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if last := len(i.free) - 1; last >= 0 {
		r := i.free[last]
		i.free = i.free[:last]
		return r, nil
	}
	m, err := i.module()
	if err != nil {
		return nil, err
	}
	return m.start(ctx)
}

// caller calls functions of a running module until one fails; what comes after that does nothing.
type caller struct {
	*running
	ctx context.Context
	err error
}

func (c *caller) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *caller) call(name string, arguments ...uint32) uint32 {
	if c.err != nil {
		return 0
	}
	stack := make([]uint64, max(len(arguments), 1))
	for n, a := range arguments {
		stack[n] = uint64(a)
	}
	if err := c.function(name).CallWithStack(c.ctx, stack); err != nil {
		c.fail(fmt.Errorf("%s: %w", name, err))
	}
	return uint32(stack[0])
}

// put copies bytes into memory that free gives back.
func (c *caller) put(b []byte) uint32 {
	at := c.call("malloc", uint32(len(b)))
	if c.err == nil && (at == 0 || !c.module.Memory().Write(at, b)) {
		c.fail(errNot)
	}
	return at
}

func (c *caller) free(pointers ...uint32) {
	for _, p := range pointers {
		c.call("free", p)
	}
}

func (c *caller) number(at uint32) uint32 {
	n, ok := c.module.Memory().ReadUint32Le(at)
	if !ok {
		c.fail(errNot)
	}
	return n
}

func (c *caller) bytes(at, length uint32) []byte {
	b, ok := c.module.Memory().Read(at, length)
	if !ok {
		c.fail(errNot)
	}
	return bytes.Clone(b)
}

// text reads up to the zero that ends a text in C.
func (c *caller) text(at uint32) []byte {
	rest, ok := c.module.Memory().Read(at, c.module.Memory().Size()-min(at, c.module.Memory().Size()))
	end := bytes.IndexByte(rest, 0)
	if !ok || end < 0 {
		c.fail(errNot)
		return nil
	}
	return bytes.Clone(rest[:end])
}
