package shop

// random is SplitMix64 (Steele, Lea, Flood 2014): fifteen lines of our own, so that the shop is the same
// on every machine and with every version of Go.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives 0 to n-1. The bias of the remainder is of no matter here.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// between gives low to high, both included.
func (r *random) between(low, high int) int { return low + r.below(high-low+1) }

// chance is true so many times in a hundred.
func (r *random) chance(percent int) bool { return r.below(100) < percent }

// few gives 0 to n-1, the first ones far more often than the last: some people buy a lot.
func (r *random) few(n int) int { return min(r.below(n), min(r.below(n), r.below(n))) }

// pick gives one of a list.
func pick[T any](r *random, list []T) T { return list[r.below(len(list))] }

// digits gives n digits.
func (r *random) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.below(10))
	}
	return string(b)
}

// bytes gives n bytes.
func (r *random) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.next() >> 40)
	}
	return b
}
