package awsapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// Call is one call of one service.
type Call struct {
	In        string `json:"in"`        // aws.prod
	Operation string `json:"operation"` // "kms:PutKeyPolicy"
	On        string `json:"on"`        // the name of what it is about: alias/shop-transfer
	// Input is the input of the SDK's operation. It may hold tokens of what is unknown before the run.
	Input json.RawMessage `json:"input"`
	// Produces is the token of what the call creates, for the calls after it.
	Produces string `json:"gives,omitempty"`
	// Until is set on a call that is repeated until this holds.
	Until Condition `json:"until,omitempty"`
	// DoneCodes are the codes which say that an interrupted run has made the call before.
	DoneCodes []string `json:"done,omitempty"`
	// Keys are the keys that AWS uses on the caller's behalf and that the input does not name.
	Keys []KeyUse `json:"keys,omitempty"`
	// RetryCodes are the codes that go away once AWS knows a new object everywhere.
	RetryCodes []string `json:"settles,omitempty"`
}

// KeyUse is what a call does with a key.
type KeyUse struct {
	Key     string   `json:"key"`
	Actions []string `json:"actions"`
}

// Params are the parameters of a step: its calls in their order, and what has to be resolved first.
type Params struct {
	Calls []Call `json:"calls"`
	// Undo are the calls that undo the step, in their order. The plan shows them as those of a later step, which makes
	// them if all goes well.
	Undo    []Call    `json:"undo,omitempty"`
	Unknown []Unknown `json:"unknown,omitempty"`
}

// Unknown is the ARN of a key that calls name by a token, because the plan creates the key. It is found by its alias
// when the step runs.
type Unknown struct {
	Token string `json:"token"`
	In    string `json:"in"` // the account of the key
	Alias string `json:"alias"`
}

// Token returns what stands for the ARN of a key that does not exist yet. It is the same text in JSON, and in JSON
// inside of JSON.
func Token(address string) string {
	return "(ARN of " + strings.ReplaceAll(address, `"`, `'`) + ", known after apply)"
}

// IsToken reports whether a name is a token.
func IsToken(name string) bool {
	return strings.HasPrefix(name, "(ARN of ") && strings.HasSuffix(name, ", known after apply)")
}

// RunToken stands for the run in the names of what it creates, by which that is found again whatever happens.
const RunToken = "(run)"

// NamesRun reports whether a name contains the run.
func NamesRun(name string) bool { return strings.Contains(name, RunToken) }

// CutRun returns the part of a name before the run.
func CutRun(name string) (before string, found bool) {
	before, _, found = strings.Cut(name, RunToken)
	return before, found
}

// SampleRun returns a name as a run would have it, for questions that are asked before there is one.
func SampleRun(name string) string { return strings.ReplaceAll(name, RunToken, "run") }

// RunName returns the ID of a run as a part of names: of characters that all services accept.
func RunName(id string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(id) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if n := b.Len(); n > 0 && b.String()[n-1] != '-' {
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// New returns a call. input is the input of the SDK's operation; fields that are not set are left out.
func New(in, operation, on string, input any) Call {
	return Call{In: in, Operation: operation, On: on, Input: encode(setFields(reflect.ValueOf(input)))}
}

// Statement returns the call as the plan shows it.
func (c Call) Statement() engine.Statement {
	text := c.Operation + " " + c.On
	if c.Until != "" {
		text += " until " + string(c.Until)
	}
	return engine.Statement{On: c.In, Text: text + " " + prettyInput(c.Input)}
}

// prettyInput returns an input with its documents unquoted: a policy inside of a string is hard to read.
func prettyInput(input json.RawMessage) string {
	var fields map[string]any
	if err := json.Unmarshal(input, &fields); err != nil {
		return string(input)
	}
	documents := map[string]string{} // by their placeholders
	for name, v := range fields {
		if text, ok := v.(string); ok && strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
			fields[name] = "document " + name
			documents[string(encode(fields[name]))] = strings.ReplaceAll(text, "\n", "\n  ")
		}
	}
	text := string(encode(fields))
	for stand, d := range documents {
		text = strings.Replace(text, stand, d, 1)
	}
	return text
}

// setFields returns the fields of an input that are set: a pointer that is not nil, a value that is not zero.
func setFields(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return setFields(v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t
		}
		out := map[string]any{}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !v.Field(i).IsZero() {
				out[f.Name] = setFields(v.Field(i))
			}
		}
		return out
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = setFields(v.Index(i))
		}
		return out
	}
	return v.Interface()
}

func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // inputs of the SDK can be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Digest returns the digest of what was read, a plain struct, for the fingerprint of a plan.
func Digest(v any) string {
	sum := sha256.Sum256(engine.EncodeParams(v))
	return hex.EncodeToString(sum[:])
}

// NonEmpty returns nil for "", which the SDK leaves out.
func NonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
