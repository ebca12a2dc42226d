package personal

import "strings"

// Head returns the word of a name that says what the column is, in one spelling: "description" for short_descr and
// description_2. Columns of one kind and head ask the same question.
func (c Column) Head() string {
	if hasJapanese(c.Name) {
		return stripJapanese(c.Name)
	}
	words := split(c.Name)
	for len(words) > 1 && (isDigits(words[len(words)-1]) || neutral()[words[len(words)-1]]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return strings.ToLower(c.Name)
	}
	return singular(words[len(words)-1])
}
