package wire

import (
	"encoding/xml"
	"net/http"
)

// S3Error encodes an error as S3 does.
func S3Error(r *Request, e *Error) *Response {
	e = s3Dialect.translate(e)
	type field struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	}
	body := struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
		Fields        []field
		Resource      string
		RequestID     string `xml:"RequestId"`
	}{Code: e.Code, Message: e.Message, Resource: r.HTTP.URL.Path, RequestID: RandomHex(8)}
	for _, k := range SortedKeys(e.Fields) {
		body.Fields = append(body.Fields, field{XMLName: xml.Name{Local: k}, Text: e.Fields[k]})
	}
	text, _ := xml.Marshal(body)
	response := &Response{
		Status: e.status(),
		Header: http.Header{"Content-Type": {"application/xml"}},
		Body:   append([]byte(xml.Header), text...),
	}
	if region := e.Fields["Region"]; region != "" {
		response.Header.Set("X-Amz-Bucket-Region", region)
	}
	return response
}
