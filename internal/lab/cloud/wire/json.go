package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// JSON is the protocol of KMS: the operation in a header, JSON both ways.
type JSON struct{ Target string }

// Name gives the operation of X-Amz-Target.
func (j JSON) Name(r *Request) string {
	name, _ := strings.CutPrefix(r.HTTP.Header.Get("X-Amz-Target"), j.Target+".")
	return name
}

// Parameters gives the texts, numbers and booleans of the body, and lists of them.
func (JSON) Parameters(r *Request) map[string]string { return flat(r.Body) }

func flat(body []byte) map[string]string {
	p := map[string]string{}
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return p
	}
	for k, v := range fields {
		switch v := v.(type) {
		case string:
			p[k] = v
		case bool, float64:
			p[k] = fmt.Sprint(v)
		case []any, map[string]any:
			text, _ := json.Marshal(v)
			p[k] = string(text)
		}
	}
	return p
}

// Answer encodes a result.
func (j JSON) Answer(r *Request, result any) *Response {
	if result == nil {
		return jsonResponse(http.StatusOK, "application/x-amz-json-1.1", nil)
	}
	text, err := json.Marshal(result)
	if err != nil {
		return j.Fail(r, &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError})
	}
	return jsonResponse(http.StatusOK, "application/x-amz-json-1.1", text)
}

// Fail encodes an error.
func (j JSON) Fail(_ *Request, e *Error) *Response {
	e = jsonDialect.translate(e)
	text, _ := json.Marshal(map[string]string{"__type": e.Code, "message": e.Message})
	return jsonResponse(e.status(), "application/x-amz-json-1.1", text)
}

// REST is the protocol of RAM: the operation in the path, JSON both ways.
type REST struct {
	// Paths gives operations by "METHOD /path".
	Paths map[string]string
}

// Name finds the operation.
func (p REST) Name(r *Request) string {
	return p.Paths[r.HTTP.Method+" "+strings.TrimSuffix(r.HTTP.URL.Path, "/")]
}

// Parameters gives the body and the query.
func (REST) Parameters(r *Request) map[string]string {
	p := flat(r.Body)
	for k, v := range r.HTTP.URL.Query() {
		p[k] = strings.Join(v, ",")
	}
	return p
}

// Answer encodes a result.
func (p REST) Answer(r *Request, result any) *Response {
	text, err := json.Marshal(result)
	if err != nil {
		return p.Fail(r, &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError})
	}
	return jsonResponse(http.StatusOK, "application/json", text)
}

// Fail encodes an error.
func (REST) Fail(_ *Request, e *Error) *Response {
	e = restDialect.translate(e)
	text, _ := json.Marshal(map[string]string{"message": e.Message})
	response := jsonResponse(e.status(), "application/json", text)
	response.Header.Set("X-Amzn-Errortype", e.Code)
	return response
}

func jsonResponse(status int, kind string, body []byte) *Response {
	return &Response{Status: status, Header: http.Header{"Content-Type": {kind}}, Body: body}
}

// DecodeJSON fills a struct from the body. A field that the struct does not have is refused.
func (r *Request) DecodeJSON(into any) error {
	if len(r.Body) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(r.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		if strings.Contains(err.Error(), "unknown field") {
			return Unknown("a field of %s: %v", r.Operation, err)
		}
		return Errorf("SerializationException", "%v", err)
	}
	return nil
}

// Epoch is a time as JSON protocols send it.
type Epoch time.Time

// MarshalJSON gives seconds.
func (e Epoch) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", float64(time.Time(e).UnixMilli())/1000), nil
}
