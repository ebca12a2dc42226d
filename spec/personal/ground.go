package personal

// Ground is why a column is taken to hold nothing about a person.
type Ground string

const (
	GroundKey       Ground = "key"        // a number of a primary or foreign key
	GroundKeyKept   Ground = "key_kept"   // it refers to a key that is kept
	GroundFlag      Ground = "flag"       // yes or no
	GroundLabel     Ground = "label"      // one of the few labels of an enum
	GroundNumber    Ground = "number"     // an amount, a count, a number that a machine gave out
	GroundRandom    Ground = "random"     // a UUID
	GroundRange     Ground = "range"      // a range of numbers or times
	GroundSpan      Ground = "span"       // a span or a time of day
	GroundTime      Ground = "time"       // when something was recorded
	GroundServer    Ground = "server"     // of PostgreSQL's own: oid, pg_lsn
	GroundShort     Ground = "short"      // too short to name anybody
	GroundTechnical Ground = "technical"  // a word of machines, of trade or of large places: status, currency, sha
	GroundCode      Ground = "code"       // a code or number of a thing
	GroundThing     Ground = "thing"      // what a thing is called or is
	GroundOfThings  Ground = "of_things"  // a text in a table of things
	GroundComputed  Ground = "computed"   // a digest of a document or of a file
	GroundMeasured  Ground = "measured"   // a measure or switch about something: max_email_length
	GroundPattern   Ground = "pattern"    // a pattern or a template that somebody configured
	GroundElsewhere Ground = "of_a_place" // where a file or a service of a machine is: path, url, host
	GroundExtension Ground = "extension"  // a well-known extension's, and nobody's
)

// String returns the ground in words: "a time".
func (g Ground) String() string {
	switch g {
	case GroundKey:
		return "a number that only identifies a row"
	case GroundKeyKept:
		return "it refers to a key that is kept"
	case GroundFlag:
		return "yes or no"
	case GroundLabel:
		return "one of a few labels"
	case GroundNumber:
		return "a number that says nothing about a person by itself"
	case GroundRandom:
		return "a random number"
	case GroundRange:
		return "a range"
	case GroundSpan:
		return "a span or a time of day"
	case GroundTime:
		return "a time of a business or of a machine"
	case GroundServer:
		return "of the server's own"
	case GroundShort:
		return "too short to name anybody"
	case GroundTechnical:
		return "a word of machines, of trade or of large places"
	case GroundCode:
		return "a code or number of a thing"
	case GroundThing:
		return "the name of a thing, of no person"
	case GroundOfThings:
		return "a text about things, in a table of things"
	case GroundComputed:
		return "a digest that a machine computed"
	case GroundMeasured:
		return "a measure or a switch"
	case GroundPattern:
		return "a pattern or a template"
	case GroundElsewhere:
		return "where a file or a service of a machine is"
	case GroundExtension:
		return "in a table of a well-known extension"
	}
	return string(g)
}
