package pgparse

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// part is cut out of the whole module by the tests (-update).
//
//go:embed part.wasm
var part []byte

// module is compiled code, of which instances are made.
type module struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
}

// compile translates a module into machine code, on one thread: two would be done sooner, and take twice the memory
// while the spec is read beside them. listen may be nil.
func compile(binary []byte, listen experimental.FunctionListenerFactory) (*module, error) {
	// Compiling leaves far more garbage than the module takes: collected early, it keeps the peak of a small run small.
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	ctx := context.Background()
	if listen != nil {
		ctx = experimental.WithFunctionListenerFactory(ctx, listen)
	}
	config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesThreads)
	if cache := cacheIn(os.Getenv(CacheVariable)); cache != nil {
		config = config.WithCompilationCache(cache)
	}
	r := wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, fmt.Errorf("starting the parser: %w", err)
	}
	if err := system(ctx, r); err != nil {
		return nil, fmt.Errorf("starting the parser: %w", err)
	}
	code, err := r.CompileModule(ctx, binary)
	if err != nil {
		return nil, fmt.Errorf("compiling the parser: %w", err)
	}
	debug.FreeOSMemory() // what is left of the garbage
	return &module{runtime: r, code: code}, nil
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

// running is an instance of a module, with memory of its own.
type running struct {
	module    api.Module
	functions map[string]api.Function
}

// start makes an instance.
func (m *module) start(ctx context.Context) (*running, error) {
	instance, err := m.runtime.InstantiateModule(ctx, m.code,
		wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize", "pg_query_init"))
	if err != nil {
		return nil, fmt.Errorf("starting the parser: %w", err)
	}
	return &running{module: instance, functions: map[string]api.Function{}}, nil
}

// function gives a function that the module exports. It is asked for once, for it keeps the stack that calls of it have
// grown.
func (r *running) function(name string) api.Function {
	if r.functions[name] == nil {
		r.functions[name] = r.module.ExportedFunction(name)
	}
	return r.functions[name]
}

// system gives what the parser's C library asks of its system besides files. It runs on one thread and gets no signals,
// so that most of it is never called. An error of the parser is a jump over many calls: it ends the call here.
func system(ctx context.Context, r wazero.Runtime) error {
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
	export("stack_restore", never("stack_restore"), nil, i32, i64)
	export("proc_id", process, number, i32)
	export("callback_signal", never("callback_signal"), nil, i32, i32)
	export("thread_signal", never("thread_signal"), number, i32, i32)
	export("thread_exit", never("thread_exit"), nil, i32)
	export("futex_wait", never("futex_wait"), number, i32, i32, i32, i32)
	export("futex_wake", never("futex_wake"), number, i32, i32)
	export("futex_wake_all", never("futex_wake_all"), number, i32, i32)
	_, err := b.Instantiate(ctx)
	return err
}

// checkpoint says that this is the first return of setjmp. There is no second: see stack_restore.
func checkpoint(_ context.Context, m api.Module, stack []uint64) {
	m.Memory().WriteUint64Le(uint32(stack[1]), 0)
	stack[0] = 0
}

func process(_ context.Context, m api.Module, stack []uint64) {
	m.Memory().WriteUint32Le(uint32(stack[0]), 1)
	stack[0] = 0
}
