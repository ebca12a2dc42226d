package wire

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Operations are a service's, by name. One answers with a struct that is encoded as its result, or nil.
type Operations map[string]func(*Request) (any, error)

// Protocol is how a service reads requests and writes answers.
type Protocol interface {
	// Name finds the operation, "" when there is none.
	Name(*Request) string
	// Parameters gives what was asked, flat, for the log.
	Parameters(*Request) map[string]string
	Answer(*Request, any) *Response
	Fail(*Request, *Error) *Response
}

// Query is the protocol of RDS, IAM and STS: a form in, XML out.
type Query struct{ Namespace string }

// Name gives the form's Action.
func (Query) Name(r *Request) string { return r.Form.Get("Action") }

// Parameters gives the form.
func (Query) Parameters(r *Request) map[string]string {
	p := map[string]string{}
	for k := range r.Form {
		if k != "Action" && k != "Version" {
			p[k] = r.Form.Get(k)
		}
	}
	return p
}

// Answer wraps a result as <OpResponse><OpResult>.
func (q Query) Answer(r *Request, result any) *Response {
	var b strings.Builder
	b.WriteString("<" + r.Operation + `Response xmlns="` + q.Namespace + `">`)
	if result != nil {
		enc := xml.NewEncoder(&b)
		if err := enc.EncodeElement(result, xml.StartElement{
			Name: xml.Name{Local: r.Operation + "Result"},
		}); err != nil {
			return q.Fail(r, &Error{
				Code:    "InternalFailure",
				Message: err.Error(),
				Status:  http.StatusInternalServerError,
			})
		}
	}
	b.WriteString("<ResponseMetadata><RequestId>" + RandomHex(16) + "</RequestId></ResponseMetadata></" + r.Operation +
		"Response>")
	return XML(http.StatusOK, b.String())
}

// Fail wraps an error.
func (q Query) Fail(_ *Request, e *Error) *Response {
	kind := "Sender"
	if e.status() >= 500 {
		kind = "Receiver"
	}
	type inner struct {
		Type, Code, Message string
	}
	text, _ := xml.Marshal(struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Error     inner
		RequestID string `xml:"RequestId"`
	}{Error: inner{kind, e.Code, e.Message}, RequestID: RandomHex(16)})
	return XML(e.status(), string(text))
}

// XML makes a response.
func XML(status int, text string) *Response {
	return &Response{Status: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(text)}
}

// Decode fills a struct from the form. A list's members have the name in the field's query tag ("member"
// without one). A parameter that the struct does not have is refused.
func (r *Request) Decode(into any) error {
	d := decoder{form: r.Form, used: map[string]bool{"Action": true, "Version": true}}
	if err := d.structure("", reflect.ValueOf(into).Elem()); err != nil {
		return err
	}
	var unknown []string
	for k := range r.Form {
		if !d.used[k] && r.Form.Get(k) != "" {
			unknown = append(unknown, k)
		}
	}
	if slices.Sort(unknown); len(unknown) > 0 {
		return Unknown("parameters %s of %s", strings.Join(unknown, ", "), r.Operation)
	}
	return nil
}

type decoder struct {
	form url.Values
	used map[string]bool
}

func (d decoder) structure(prefix string, v reflect.Value) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			if err := d.structure(prefix, v.Field(i)); err != nil {
				return err
			}
			continue
		}
		if err := d.value(prefix+field.Name, v.Field(i), field.Tag.Get("query")); err != nil {
			return err
		}
	}
	return nil
}

func (d decoder) value(key string, v reflect.Value, member string) error {
	switch v.Kind() {
	case reflect.Slice:
		if member == "" {
			member = "member"
		}
		if d.used[key] = true; d.form.Has(key) && v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0)) // given, and empty
		}
		for n := 1; d.has(key + "." + member + "." + strconv.Itoa(n)); n++ {
			one := reflect.New(v.Type().Elem()).Elem()
			if err := d.value(key+"."+member+"."+strconv.Itoa(n), one, ""); err != nil {
				return err
			}
			v.Set(reflect.Append(v, one))
		}
		return nil
	case reflect.Pointer:
		if !d.has(key) {
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(key, v.Elem(), member)
	case reflect.Struct:
		if v.Type() != reflect.TypeFor[time.Time]() {
			return d.structure(key+".", v)
		}
	}
	text := d.form.Get(key)
	d.used[key] = true
	if text == "" {
		return nil
	}
	return scalar(key, text, v)
}

func (d decoder) has(key string) bool {
	for k := range d.form {
		if k == key || strings.HasPrefix(k, key+".") {
			return true
		}
	}
	return false
}

func scalar(key, text string, v reflect.Value) error {
	invalid := Errorf("InvalidParameterValue", "Invalid value for %s: %s", key, text)
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return invalid
		}
		v.SetBool(b)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return invalid
		}
		v.SetFloat(f)
	case reflect.Struct:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return invalid
		}
		v.Set(reflect.ValueOf(at))
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return invalid
		}
		v.SetInt(n)
	}
	return nil
}
