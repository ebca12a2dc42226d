package spec

import (
	"net/url"
	"regexp"
)

// passwordKey is a parameter that holds a password or names a file of them, of a connection URL or keyword/value
// string.
var passwordKey = regexp.MustCompile(`(?i)(^|[^\w])(ssl)?pass(word|wd|file|phrase)?\s*=`)

// userPassword is the password of a user in an address, also of one that is no proper URL.
var userPassword = regexp.MustCompile(`://[^/?#@\s]*:[^@\s]*@`)

// hasPassword reports whether a connection URL or keyword/value string holds a password. What is written in percent
// signs, also twice, is read as who connects would.
func hasPassword(text string) bool {
	for range 3 {
		if u, err := url.Parse(text); err == nil && u.User != nil {
			if _, has := u.User.Password(); has {
				return true
			}
		}
		if passwordKey.MatchString(text) || userPassword.MatchString(text) {
			return true
		}
		decoded := unescaped(text)
		if decoded == text {
			return false
		}
		text = decoded
	}
	return false
}

var escaped = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescaped decodes what is written in percent signs, and leaves what is wrong as it is.
func unescaped(text string) string {
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		out, err := url.PathUnescape(code)
		if err != nil {
			return code
		}
		return out
	})
}
