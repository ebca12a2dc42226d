package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// webhookCommand starts a webhook at $HOOK that appends what it is sent to a file. It answers with each status in turn,
// then with 200.
func webhookCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 1 || neg {
		ts.Fatalf("usage: webhook FILE [STATUS ...]")
	}
	file, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	var codes []int
	for _, text := range args[1:] {
		code, err := strconv.Atoi(text)
		ts.Check(err)
		codes = append(codes, code)
	}
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if len(codes) > 0 {
			w.WriteHeader(codes[0])
			codes = codes[1:]
			_, _ = io.WriteString(w, "planted-answer")
			return
		}
		_, _ = io.Copy(file, r.Body)
	}))
	ts.Defer(func() {
		server.Close()
		_ = file.Close()
	})
	ts.Setenv("HOOK", server.URL+"/planted-path")
}
