package swap

// BeforeRun returns what a target was like before a run that is gone on with, as far as the marks of its databases say:
// without the one that the run builds, and with the copies where they were before the run exchanged them.
func (f *Facts) BeforeRun(run string, n Names) *Facts {
	before := *f
	before.Databases = map[string]Database{}
	for name, db := range f.Databases {
		before.Databases[name] = db
	}
	// One that a run was killed at right after it made it bears no comment yet.
	if next, there := f.Databases[n.Next]; there && (next.Comment == "" || isOf(next, run, Building)) {
		delete(before.Databases, n.Next)
	}
	if live, there := f.Databases[n.Live]; there && isOf(live, run, Live) {
		before.move(n.Previous, n.Live)
		before.move(n.Old, n.Previous)
	}
	return &before
}

func isOf(db Database, run string, state State) bool {
	_, mark, marked := ParseComment(db.Comment)
	return marked && mark.Run == run && mark.State == state
}

// move gives a database another name, in place of the one that has it.
func (f *Facts) move(from, to string) {
	delete(f.Databases, to)
	if db, there := f.Databases[from]; there {
		db.Name = to
		f.Databases[to] = db
		delete(f.Databases, from)
	}
}
