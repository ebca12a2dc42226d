package pgparse

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// Error is an error of the parser about the SQL.
type Error struct{ Message string }

func (e *Error) Error() string { return e.Message }

// errTrap is the error of a call that did not end: it needed a function that the module is without, or more stack.
var errTrap = errors.New("the parser trapped")

// errThrown is the error of a call that cannot catch the error which the parser threw: see catching.
var errThrown = errors.New("the parser threw an error")

// parser calls one module: it is interpreted until enough was read that compiling it pays.
type parser struct {
	module func() []byte

	mutex    sync.Mutex
	spent    int
	compiled bool
	code     *module
	// free are instances of code that are not in use: there are as many as there were calls at the same time.
	free []*instance
}

// worthCompiling is how many bytes are parsed before a module is compiled: a process that parses as much is likely to
// parse more, and has spent half of what compiling costs.
const worthCompiling = 16 << 10

// call lets f call functions of an instance, which costs as much as parsing so many bytes. An instance that trapped is
// not used again.
func (p *parser) call(ctx context.Context, cost int, f func(*caller) []byte) ([]byte, error) {
	i, err := p.take(cost)
	if err != nil {
		return nil, err
	}
	c := &caller{ctx: ctx, instance: i}
	out := f(c)
	if c.err != nil {
		_ = i.module.Close(ctx)
		return nil, c.err
	}
	p.put(i)
	if c.refused != nil {
		return nil, c.refused
	}
	return out, nil
}

// ready makes an instance, for the first call.
func (p *parser) ready() {
	if i, err := p.take(0); err == nil {
		p.put(i)
	}
}

// take returns an instance that nobody else uses, for a call of a cost.
func (p *parser) take(cost int) (*instance, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.spent += cost; p.spent >= worthCompiling && !p.compiled {
		p.compiled, p.code, p.free = true, nil, nil // what was interpreted is garbage when its last call has ended
	}
	if last := len(p.free) - 1; last >= 0 {
		i := p.free[last]
		p.free = p.free[:last]
		return i, nil
	}
	if p.code == nil {
		load := interpreted
		if p.compiled {
			load = compiled
		}
		var err error
		if p.code, err = load(context.Background(), p.module()); err != nil {
			return nil, err
		}
	}
	return p.code.instantiate(context.Background())
}

func (p *parser) put(i *instance) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if i.of == p.code {
		p.free = append(p.free, i)
	}
}

// caller calls functions of an instance until one fails; what comes after that does nothing.
type caller struct {
	*instance
	ctx context.Context
	err error
	// refused is what the parser says of the SQL.
	refused error
}

func (c *caller) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *caller) parse(sql string) []byte {
	return c.packed("pg_query_parse_protobuf", "pg_query_free_protobuf_parse_result", sql)
}

func (c *caller) scan(sql string) []byte {
	return c.packed("pg_query_scan", "pg_query_free_scan_result", sql)
}

// packed calls a function of a text whose result in C is { length, data, output, error }, and returns the data.
func (c *caller) packed(function, free, sql string) (data []byte) {
	text, result := c.put(append([]byte(sql), 0)), c.put(make([]byte, 16))
	c.call(function, result, text)
	if c.refuse(c.number(result + 12)); c.refused == nil {
		data = c.bytes(c.number(result+4), c.number(result))
	}
	c.call(free, result)
	c.free(text, result)
	return data
}

// deparse returns the text of a packed tree. The argument in C is { length, data }, the result { text, error }.
func (c *caller) deparse(packed string) (sql []byte) {
	data := c.put([]byte(packed))
	argument := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(len(packed))), data)
	tree, result := c.put(argument), c.put(make([]byte, 8))
	c.call("pg_query_deparse_protobuf", result, tree)
	if c.refuse(c.number(result + 4)); c.refused == nil {
		sql = c.text(c.number(result))
	}
	c.call("pg_query_free_deparse_result", result)
	c.free(data, tree, result)
	return sql
}

// refuse notes an error of the parser, if there is one: in C it begins with its message.
func (c *caller) refuse(at uint32) {
	if c.err == nil && at != 0 {
		c.refused = &Error{Message: string(c.text(c.number(at)))}
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
	switch err := c.function(name).CallWithStack(c.ctx, stack); {
	case errors.Is(err, errThrown):
		c.fail(errThrown)
	case err != nil:
		c.fail(fmt.Errorf("%w in %s: %w", errTrap, name, err))
	}
	return uint32(stack[0])
}

// put copies bytes into memory that free returns.
func (c *caller) put(b []byte) uint32 {
	at := c.call("malloc", uint32(len(b)))
	if c.err == nil && (at == 0 || !c.module.Memory().Write(at, b)) {
		c.fail(errTrap)
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
		c.fail(errTrap)
	}
	return n
}

func (c *caller) bytes(at, length uint32) []byte {
	b, ok := c.module.Memory().Read(at, length)
	if !ok {
		c.fail(errTrap)
	}
	return bytes.Clone(b)
}

// text reads up to the zero that ends a text in C.
func (c *caller) text(at uint32) []byte {
	rest, ok := c.module.Memory().Read(at, c.module.Memory().Size()-min(at, c.module.Memory().Size()))
	end := bytes.IndexByte(rest, 0)
	if !ok || end < 0 {
		c.fail(errTrap)
		return nil
	}
	return bytes.Clone(rest[:end])
}
