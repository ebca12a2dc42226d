package spec

import (
	"time"

	"github.com/shoji-pg/shoji/internal/diag"
)

// NotifyForm is what a message looks like.
type NotifyForm string

const (
	NotifyJSON  NotifyForm = "json"  // the report, as -json prints it
	NotifySlack NotifyForm = "slack" // what an incoming webhook of Slack takes
)

// Notify is a notify block: a webhook that messages are sent to. Who knows its URL can send there, so that it is a
// secret.
type Notify struct {
	Name    string
	EachKey string
	URL     *Secret
	Form    NotifyForm
	// Timeout is how long one attempt to send may take.
	Timeout time.Duration
	Range   diag.Range
}

// Address returns notify.NAME, with ["key"] under for_each.
func (n *Notify) Address() string { return Address("notify", n.Name, n.EachKey) }
