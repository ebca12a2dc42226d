package pgparse

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// module is code that is ready to run, of which instances are made.
type module struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
}

// interpreted returns a module to be interpreted.
func interpreted(ctx context.Context, binary []byte) (*module, error) {
	return load(ctx, binary, wazero.NewRuntimeConfigInterpreter())
}

// compiled returns a module as machine code. It is compiled on one thread: two would be done sooner, and take twice the
// memory while the spec is read beside them.
func compiled(ctx context.Context, binary []byte) (*module, error) {
	// Compiling leaves far more garbage than the module takes: collected early, it keeps the peak of a small run small.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	defer debug.FreeOSMemory() // what is left of the garbage
	config := wazero.NewRuntimeConfigCompiler()
	if cache := cacheIn(os.Getenv(CacheVariable)); cache != nil {
		config = config.WithCompilationCache(cache)
	}
	return load(ctx, binary, config)
}

// CacheVariable is the environment variable that names a directory for the machine code of the parser. With it, only
// the first process compiles.
const CacheVariable = "SHOJI_PARSER_CACHE"

// cacheIn returns a cache in a directory, which it makes. It returns nil where others may write to the directory: what
// is read from it runs in this process.
func cacheIn(dir string) wazero.CompilationCache {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
		return nil
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Geteuid() {
		return nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil
	}
	return cache
}

func load(ctx context.Context, binary []byte, config wazero.RuntimeConfig) (*module, error) {
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesThreads
	r := wazero.NewRuntimeWithConfig(ctx, config.WithCoreFeatures(features))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, fmt.Errorf("starting the parser: %w", err)
	}
	if err := instantiateSystem(ctx, r); err != nil {
		return nil, fmt.Errorf("starting the parser: %w", err)
	}
	code, err := r.CompileModule(ctx, binary)
	if err != nil {
		return nil, fmt.Errorf("compiling the parser: %w", err)
	}
	return &module{runtime: r, code: code}, nil
}

// instantiate returns an instance, with memory of its own.
func (m *module) instantiate(ctx context.Context) (*instance, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize", "pg_query_init")
	running, err := m.runtime.InstantiateModule(ctx, m.code, config)
	if err != nil {
		return nil, fmt.Errorf("starting the parser: %w", err)
	}
	return &instance{of: m, module: running, functions: map[string]api.Function{}}, nil
}

// instance is a running module.
type instance struct {
	of        *module
	module    api.Module
	functions map[string]api.Function
}

// function returns a function that the module exports. It is looked up once, because it keeps the stack that its calls
// have grown.
func (i *instance) function(name string) api.Function {
	if i.functions[name] == nil {
		i.functions[name] = i.module.ExportedFunction(name)
	}
	return i.functions[name]
}

// instantiateSystem provides what the parser's C library needs of its system besides files. The parser runs on one
// thread and gets no signals, so that most of it is never called.
func instantiateSystem(ctx context.Context, r wazero.Runtime) error {
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	b := r.NewHostModuleBuilder("wasix_32v1")
	export := func(name string, f api.GoModuleFunc, results []api.ValueType, parameters ...api.ValueType) {
		b.NewFunctionBuilder().WithGoModuleFunction(f, parameters, results).Export(name)
	}
	never := func(name string) api.GoModuleFunc {
		return func(context.Context, api.Module, []uint64) { panic(fmt.Errorf("the parser called %s", name)) }
	}
	number := []api.ValueType{i32}
	export("stack_checkpoint", checkpoint, number, i32, i32)
	export("stack_restore", restore, nil, i32, i64)
	export("proc_id", processID, number, i32)
	export("callback_signal", never("callback_signal"), nil, i32, i32)
	export("thread_signal", never("thread_signal"), number, i32, i32)
	export("thread_exit", never("thread_exit"), nil, i32)
	export("futex_wait", never("futex_wait"), number, i32, i32, i32, i32)
	export("futex_wake", never("futex_wake"), number, i32, i32)
	export("futex_wake_all", never("futex_wake_all"), number, i32, i32)
	_, err := b.Instantiate(ctx)
	return err
}

func processID(_ context.Context, m api.Module, stack []uint64) {
	m.Memory().WriteUint32Le(uint32(stack[0]), 1)
	stack[0] = 0
}

// PostgreSQL throws an error with longjmp, to where setjmp was called last.

// jumps are the places of the calls of setjmp in one call of the module. C keeps their numbers.
type jumps []jump

type jump struct {
	snapshot experimental.Snapshot
	// result is where setjmp writes what it returns.
	result uint32
	// bottom is where the stack of C ended, and stack its content.
	bottom uint32
	stack  []byte
}

type jumpsKey struct{}

// catching returns the context of a call that can catch errors, which machine code can, and the interpreter cannot.
// It costs a copy of the stacks for each call, so that it is used when there is an error.
func catching() context.Context {
	return context.WithValue(experimental.WithSnapshotter(context.Background()), jumpsKey{}, &jumps{})
}

// checkpoint is setjmp(buffer, result).
func checkpoint(ctx context.Context, m api.Module, stack []uint64) {
	buffer, result := uint32(stack[0]), uint32(stack[1])
	n := 0
	if list, ok := ctx.Value(jumpsKey{}).(*jumps); ok {
		n = len(*list)
		bottom, top := m.ExportedGlobal("__stack_pointer").Get(), m.ExportedGlobal("__heap_base").Get()
		content, ok := m.Memory().Read(uint32(bottom), uint32(top-bottom))
		if !ok {
			panic(errTrap)
		}
		*list = append(*list, jump{
			snapshot: experimental.GetSnapshotter(ctx).Snapshot(),
			result:   result,
			bottom:   uint32(bottom),
			stack:    bytes.Clone(content),
		})
	}
	if !m.Memory().WriteUint64Le(buffer, uint64(n)) || !m.Memory().WriteUint64Le(result, 0) {
		panic(errTrap)
	}
	stack[0] = 0
}

// restore is longjmp(buffer, value).
func restore(ctx context.Context, m api.Module, stack []uint64) {
	buffer, value := uint32(stack[0]), stack[1]
	list, ok := ctx.Value(jumpsKey{}).(*jumps)
	if !ok {
		panic(errThrown)
	}
	n, ok := m.Memory().ReadUint64Le(buffer)
	pointer, isMutable := m.ExportedGlobal("__stack_pointer").(api.MutableGlobal)
	if !ok || !isMutable || n >= uint64(len(*list)) {
		panic(errTrap)
	}
	j := (*list)[n]
	pointer.Set(uint64(j.bottom))
	if !m.Memory().Write(j.bottom, j.stack) || !m.Memory().WriteUint64Le(j.result, value) {
		panic(errTrap)
	}
	j.snapshot.Restore([]uint64{0})
}
