package wire

// Tag is a tag as IAM and RDS write it.
type Tag struct{ Key, Value string }

// FromTags gives tags by their keys.
func FromTags(list []Tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[t.Key] = t.Value
	}
	return m
}

// ToTags lists tags, sorted by their keys.
func ToTags(m map[string]string) []Tag {
	var list []Tag
	for _, k := range SortedKeys(m) {
		list = append(list, Tag{k, m[k]})
	}
	return list
}
