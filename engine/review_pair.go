package engine

// Pair is what two specs say of one thing; one side may be missing.
type Pair[T any] struct{ Was, Is *T }

// PairUp pairs what has the same key in base and head, by the first of keys by which both can be told. What is empty,
// or what several of a side have, is no key. The pairs are in the order of head, then of base.
func PairUp[T any](base, head []T, keys ...func(*T) string) []Pair[T] {
	partners, taken := make([]*T, len(head)), make([]bool, len(base))
	for _, key := range keys {
		left, right := map[string][]int{}, map[string][]int{}
		for i := range base {
			if !taken[i] {
				left[key(&base[i])] = append(left[key(&base[i])], i)
			}
		}
		for i := range head {
			if partners[i] == nil {
				right[key(&head[i])] = append(right[key(&head[i])], i)
			}
		}
		for k, at := range right {
			if from := left[k]; k != "" && len(at) == 1 && len(from) == 1 {
				partners[at[0]], taken[from[0]] = &base[from[0]], true
			}
		}
	}
	var out []Pair[T]
	for i := range head {
		out = append(out, Pair[T]{partners[i], &head[i]})
	}
	for i := range base {
		if !taken[i] {
			out = append(out, Pair[T]{Was: &base[i]})
		}
	}
	return out
}
