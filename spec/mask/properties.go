package mask

// Uniqueness is what a mask does to distinct values.
type Uniqueness string

const (
	Preserved Uniqueness = "preserved" // distinct in, distinct out: proven
	Likely    Uniqueness = "likely"    // a collision needs about 2^(Bits/2) values
	Lossy     Uniqueness = "lossy"
)

// Keyed is how the secret key enters the result.
type Keyed string

const (
	NotKeyed Keyed = ""
	// Strong: a real pseudo-random function (SHA-256 over key and value).
	Strong Keyed = "strong"
	// Fast: a keyed, non-cryptographic hash; only where the output is a pick from a small set.
	Fast Keyed = "fast"
)

// NullHandling is what a mask does to NULL.
type NullHandling string

const (
	NullKept    NullHandling = "kept"     // NULL in, NULL out; never NULL otherwise
	NullAlways  NullHandling = "always"   // the result is NULL
	NullNever   NullHandling = "never"    // the result is never NULL
	NullUnknown NullHandling = "possible" // may be NULL for a value that is not
)

// Properties are what is known of a mask's result.
type Properties struct {
	Null   NullHandling `json:"null"`
	Unique Uniqueness   `json:"unique"`
	Bits   int          `json:"bits,omitempty"` // of the output space where Unique is Likely
	// Collisions says in a sentence when two values meet, where Unique is not Preserved.
	Collisions    string `json:"collisions,omitempty"`
	Deterministic bool   `json:"deterministic"`
	Keyed         Keyed  `json:"keyed,omitempty"`
	// MaxLength is the largest length in characters of a text result; -1 is unbounded
	// or not text. KeepsLength: never longer than the input.
	MaxLength   int      `json:"max_length"`
	KeepsLength bool     `json:"keeps_length,omitempty"`
	Strength    Strength `json:"strength"`
	// MayEqualRaw is set where the result can equal the raw value by design (a short
	// value under partial, a name drawn from a dictionary, the keep branch of when), so
	// that verification must not call an overlap a leak.
	MayEqualRaw bool `json:"may_equal_raw,omitempty"`
}

// Weaker reports whether a key protects less under k than under was.
func (k Keyed) Weaker(was Keyed) bool {
	return was == Strong && k != Strong || was == Fast && k == NotKeyed
}
