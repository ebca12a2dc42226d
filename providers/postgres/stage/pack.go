package stage

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// window bounds what packing and unpacking keep in memory.
const window = 1 << 20

// pack returns a writer that packs; closing it ends the packed stream, not the writer below.
func pack(c Compression, to io.Writer) (io.WriteCloser, error) {
	switch c {
	case Plain:
		return nopCloser{to}, nil
	case Gzip:
		return gzip.NewWriterLevel(to, gzip.BestSpeed)
	case Zstd:
		return zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(window))
	}
	return nil, fmt.Errorf("this version of shoji does not know the compression %q", c)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// unpack returns a reader of what pack wrote. It reads to the end of what is below, so that a checksum there is
// complete.
func unpack(c Compression, from io.Reader) (io.Reader, func(), error) {
	switch c {
	case Plain:
		return from, func() {}, nil
	case Gzip:
		r, err := gzip.NewReader(from)
		if err != nil {
			return nil, nil, fmt.Errorf("unpacking: %w", err)
		}
		return r, func() { _ = r.Close() }, nil
	case Zstd:
		r, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20),
			zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, fmt.Errorf("unpacking: %w", err)
		}
		return r, r.Close, nil
	}
	return nil, nil, fmt.Errorf("this version of shoji does not know the compression %q", c)
}
