package mask

import "slices"

// leaving is a kind that leaves a part of the value itself; its arguments say how much. exceeds returns why it may
// leave more than another kind of the same strength, or "".
type leaving interface {
	exceeds(was kind) string
}

const (
	more         = ", which leaves more of the value"
	uncomparable = ": whether that leaves more of the value cannot be told"
)

// unless returns why, or "" if the condition holds.
func unless(no bool, why string) string {
	if no {
		return ""
	}
	return why
}

// leavesMoreThan says that a kind leaves more than one that leaves nothing. It cannot be compared with another kind
// that leaves something.
func leavesMoreThan(was kind) string {
	if _, ok := was.(leaving); ok {
		return uncomparable
	}
	return more
}

func (p partial) exceeds(was kind) string {
	before, ok := was.(partial)
	if !ok {
		return uncomparable
	}
	return unless(p.left <= before.left && p.right <= before.right, more)
}

func (p pattern) exceeds(kind) string { return uncomparable }

// exceeds compares the expressions as they are run; what they are allowed to call does not matter.
func (m sqlMask) exceeds(was kind) string {
	before, ok := was.(sqlMask)
	return unless(ok && m.expression.sql == before.expression.sql, uncomparable)
}

// exceeds compares units of time. A step leaves more of a number the smaller it is, and of a text the larger.
func (t truncate) exceeds(was kind) string {
	before, ok := was.(truncate)
	if !ok || (t.unit == "") != (before.unit == "") {
		return uncomparable
	}
	if t.unit != "" {
		units := unitsOf(Type{})
		return unless(slices.Index(units, t.unit) >= slices.Index(units, before.unit), more)
	}
	return unless(t.step.Cmp(before.step) == 0, uncomparable)
}

func (b bucket) exceeds(was kind) string {
	before, ok := was.(bucket)
	if !ok {
		return uncomparable
	}
	return unless(!slices.ContainsFunc(b.bounds, func(x string) bool { return !slices.Contains(before.bounds, x) }),
		more)
}

func (n noise) exceeds(was kind) string {
	before, ok := was.(noise)
	if !ok {
		return uncomparable
	}
	return unless(n.ratio.Cmp(before.ratio) >= 0, more)
}

func (j jitter) exceeds(was kind) string {
	before, ok := was.(jitter)
	if !ok {
		return uncomparable
	}
	return unless(j.seconds >= before.seconds, more)
}

func (k ipPrefix) exceeds(was kind) string {
	before, ok := was.(ipPrefix)
	if !ok {
		return uncomparable
	}
	return unless(k.four <= before.four && k.six <= before.six, more)
}

func (d digits) exceeds(was kind) string {
	if before, ok := was.(digits); ok {
		return unless(d.first <= before.first && d.last <= before.last, more)
	}
	return leavesMoreThan(was)
}

func (k creditCard) exceeds(was kind) string {
	switch before := was.(type) {
	case creditCard:
		return unless(k.first <= before.first && k.last <= before.last, more)
	case digits: // leaves all that is no digit besides
		return unless(k.first <= before.first && k.last <= before.last, more)
	}
	return leavesMoreThan(was)
}

// exceeds: the form of a value stays, its length and its separators, which a token hides.
func (shape) exceeds(was kind) string {
	_, ok := was.(leaving)
	return unless(ok, more)
}

func (iban) exceeds(was kind) string {
	_, ok := was.(leaving)
	return unless(ok, more)
}
