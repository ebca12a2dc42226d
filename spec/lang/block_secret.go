package lang

import "github.com/shoji-pg/shoji/spec"

func secretBlock(b *body, s *spec.Secret) {
	b.optional("env", text(&s.Env), &s.At.Env, "An environment variable.")
	b.optional("file", text(&s.File), &s.At.File, "A file, relative to the spec; one newline at its end is cut off.")
	b.check(func() {
		if s.At.Env.Written == s.At.File.Written {
			b.errorf(s.Range, "Secret must have one source", "Give %s either env = \"NAME\" or file = \"PATH\".",
				s.Address())
		}
	})
}
