package lang

import (
	"time"

	"github.com/shoji-pg/shoji/spec"
)

// notifyBlock declares where messages are sent.
func notifyBlock(b *body, n *spec.Notify) {
	n.Timeout = 10 * time.Second
	b.required("url", secrets.ref(&n.URL), nil,
		"The webhook: `https://`, or `http://` to this machine. Whoever knows it can send messages there.")
	b.optional("form", choice(&n.Form, spec.NotifyJSON, spec.NotifySlack), nil,
		"`\"json\"` (default): the report as `-json` prints it. `\"slack\"`: a text, as an incoming webhook of Slack "+
			"takes it.")
	b.optional("timeout", seconds(&n.Timeout, 1, 300), nil, "Seconds that an attempt may take, 10 by default.")
}
